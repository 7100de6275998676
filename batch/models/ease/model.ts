import { MarqueeError } from '../../../domain/errors.ts';
import { createBestTitles } from '../../../domain/scores.ts';
import { viewName } from '../../../domain/views.ts';
import { columnOf, tableNamed, titlesOf } from '../model-tables.ts';
import type { Interactions, Model, ModelTable } from '../model.ts';
import { createPace, type Pace } from '../pace.ts';
import { createPairScorer, popularityPrior } from '../pair-scorer.ts';
import { newestOf, watchedTitlesTable } from '../sides.ts';
import { assertTrainable } from '../training-input.ts';
import { addTo, copyColumn, createTiledMatrix, invert, type TiledMatrix } from './tiles.ts';

const NAME = 'ease';
const TABLE = 'item-weights';
const TITLES = 'titles';
/** Far below what a weight that matters says. */
const MOST_PRIOR = 1e-6;

export interface EaseOptions {
  /** λ: what is added to the diagonal of XᵀX. */
  readonly regularisation: number;
  /** Weights kept of each scored title: those furthest from 0. */
  readonly kept: number;
  /** More titles are refused: memory grows with their square (1.6 GB at 20,000), time with their cube. */
  readonly mostTitles: number;
  /** Newest titles of a profile that are learnt from. */
  readonly mostEntries: number;
}

const EASE_DEFAULTS: EaseOptions = {
  regularisation: 300,
  kept: 300,
  mostTitles: 20_000,
  mostEntries: 2000,
};

/**
 * EASE (Steck 2019, Embarrassingly Shallow Autoencoders for Sparse Data): the linear model of titles by titles with a zero
 * diagonal that best restores who watched what, in closed form. With X the interactions and P = (XᵀX + λ I)⁻¹,
 *
 *   B_ij = −P_ij / P_jj for i ≠ j, and a profile's scores are x B.
 *
 * Its part `item-weights` holds title_id (the title scored), rank from 1, watched_id and weight; `titles` every
 * title_id and how many profiles watched it.
 */
export function createEaseModel(given: Partial<EaseOptions> = {}): Model {
  const options = { ...EASE_DEFAULTS, ...given };
  return {
    name: NAME,
    view: viewName('item-weights'),
    async train({ interactions }, { onProgress }) {
      assertTrainable(NAME, interactions);
      const { titles } = interactions;
      if (titles.length > options.mostTitles)
        refuse(`${titles.length} titles are more than the ${options.mostTitles} that fit`);
      if (!(options.regularisation > 0))
        refuse(`a regularisation of ${options.regularisation} is not above 0`);
      const pace = createPace(onProgress);
      const matrix = await gramOfTitles(newestOf(interactions, options.mostEntries), options.regularisation);
      if (!(await invert(matrix, (share) => pace(share * 0.9)))) refuse('its matrix cannot be inverted');
      return [
        await weightsTable(matrix, interactions, options.kept, (share) => pace(0.9 + share * 0.1)),
        watchedTitlesTable(TITLES, interactions),
      ];
    },
    scorer(tables) {
      const table = tableNamed(NAME, tables, TABLE);
      const titles = tableNamed(NAME, tables, TITLES);
      return createPairScorer({
        titles: titlesOf(NAME, titles),
        prior: popularityPrior(columnOf(NAME, titles, 'profiles', 'INTEGER'), MOST_PRIOR),
        scored: titlesOf(NAME, table),
        watched: titlesOf(NAME, table, 'watched_id'),
        weights: columnOf(NAME, table, 'weight', 'FLOAT'),
      });
    },
  };
}

function refuse(reason: string): never {
  throw new MarqueeError('MODEL_INPUT_INVALID', { model: NAME, reason });
}

/** XᵀX + λ I. */
async function gramOfTitles(
  { titles, rowStarts, columns, weights }: Interactions,
  regularisation: number,
): Promise<TiledMatrix> {
  const matrix = await createTiledMatrix(titles.length);
  for (let profile = 0; profile + 1 < rowStarts.length; profile++) {
    for (let entry = rowStarts[profile]!; entry < rowStarts[profile + 1]!; entry++)
      for (let other = rowStarts[profile]!; other <= entry; other++)
        addTo(matrix, columns[entry]!, columns[other]!, weights[entry]! * weights[other]!);
  }
  for (let title = 0; title < titles.length; title++) addTo(matrix, title, title, regularisation);
  return matrix;
}

async function weightsTable(
  inverse: TiledMatrix,
  { titles }: Interactions,
  kept: number,
  pace: Pace,
): Promise<ModelTable> {
  const most = Math.min(kept, titles.length - 1);
  const rows = titles.length * most;
  const scored: string[] = [];
  const watched: string[] = [];
  const ranks = new Int32Array(rows);
  const weights = new Float32Array(rows);
  const best = createBestTitles(most);
  const column = new Float64Array(titles.length);
  const sizes = new Float32Array(titles.length);
  for (let title = 0; title < titles.length; title++) {
    copyColumn(inverse, title, column);
    const diagonal = column[title]!;
    for (let other = 0; other < titles.length; other++) sizes[other] = Math.abs(column[other]! / diagonal);
    // A title that nobody watched with this one has a weight of 0, and needs no row.
    for (let other = 0; other < titles.length; other++) if (sizes[other] === 0) sizes[other] = -Infinity;
    sizes[title] = -Infinity;
    const size = best.select(sizes, titles.length);
    for (let rank = 0; rank < size; rank++) {
      const other = best.titles[rank]!;
      ranks[scored.length] = rank + 1;
      weights[scored.length] = -column[other]! / diagonal;
      scored.push(titles[title]!);
      watched.push(titles[other]!);
    }
    await pace(title / titles.length);
  }
  return {
    name: TABLE,
    rows: scored.length,
    columns: {
      title_id: { type: 'VARCHAR', values: scored },
      rank: { type: 'INTEGER', values: ranks.subarray(0, scored.length) },
      watched_id: { type: 'VARCHAR', values: watched },
      weight: { type: 'FLOAT', values: weights.subarray(0, scored.length) },
    },
  };
}
