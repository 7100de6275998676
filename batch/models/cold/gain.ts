import { createWeightedFoldIn, gramOf, type Regularisation } from '../../../domain/fold-in.ts';
import { createRandom, seedOf, type Random } from '../../../domain/random.ts';
import { readFactorTable, type FactorRows } from '../factor-table.ts';
import { tableNamed } from '../model-tables.ts';
import type { Interactions, Model, TrainingData } from '../model.ts';
import { watchersOf } from '../sides.ts';
import { askForNew, type ColdRanks } from './ranks.ts';
import { foldInNewTitles, type NewTitles, type NewTitlesOptions } from './new-titles.ts';

/** The factors of new titles that are held against each other; `none` is to have none, a score of 0. */
export const COLD_METHODS = ['none', 'content', 'foldedIn', 'moved'] as const;
export type ColdMethod = (typeof COLD_METHODS)[number];

export interface ColdGainOptions {
  readonly seed: number;
  readonly threads: number;
  /** Share of the titles that are made new. */
  readonly share: number;
  /** Only titles with more watchers than this are made new: the others are asked for. */
  readonly leastWatchers: number;
  /** Watchers that a new title comes back with, each a part of the answer. */
  readonly left: readonly number[];
  /** Pairs that are asked for at most. */
  readonly mostAsked: number;
  readonly newTitles?: Partial<NewTitlesOptions>;
}

const COLD_GAIN_DEFAULTS: Omit<ColdGainOptions, 'seed' | 'threads'> = {
  share: 0.1,
  leastWatchers: 10,
  left: [0, 1, 3, 10],
  mostAsked: 20_000,
};

export interface ColdGain extends ColdRanks {
  /** Watchers that each new title had. */
  readonly left: number;
  readonly method: ColdMethod;
}

/** What factors of titles a model has, and how profiles are folded into them. */
export interface ColdSource {
  readonly model: Model;
  /** The table with title_id, f0, f1, … */
  readonly table: string;
  readonly regularisation: Regularisation;
}

/**
 * What factors for new titles are worth. A share of the titles is taken out of the data, the model is trained on the rest,
 * and each title comes back with the plays of a few of its watchers only; then the watchers that it never comes back with
 * are asked for, by the place of the title among all that the profile did not see. The same data and seed give the same
 * answer. MODEL_INPUT_INVALID where the model cannot learn from the rest.
 */
export async function measureColdGain(
  { model, table, regularisation }: ColdSource,
  data: TrainingData,
  given: Pick<ColdGainOptions, 'seed' | 'threads'> & Partial<ColdGainOptions>,
): Promise<ColdGain[]> {
  const options = { ...COLD_GAIN_DEFAULTS, ...given };
  const { interactions, features } = data;
  const turns = drawTurns(interactions, options, createRandom(seedOf(options.seed, 'cold titles')));
  const random = createRandom(seedOf(options.seed, model.name));
  const rest = keepBelow(interactions, turns, 0);
  const trained = await model.train({ features, interactions: rest }, { random, threads: options.threads });
  const known = withoutNew(
    readFactorTable(tableNamed(model.name, trained, table), 'title_id'),
    interactions,
    turns,
  );
  const pairs = askedPairs(turns, Math.max(...options.left), options.mostAsked);
  // Profiles are folded in alike, whatever the factors of new titles.
  const gram = gramOf(known.values, known.width);
  const answers: ColdGain[] = [];
  for (const left of options.left) {
    const shown = { features, interactions: keepBelow(interactions, turns, left) };
    const found = await foldInNewTitles(known, regularisation, shown, options.newTitles);
    for (const method of COLD_METHODS) {
      const values = allFactors(known, interactions, found, method);
      const foldIn = createWeightedFoldIn({ values, width: known.width, gram }, regularisation);
      answers.push({
        left,
        method,
        ...askForNew({ interactions, rest, pairs, isNew: found.columns, values, foldIn }),
      });
    }
  }
  return answers;
}

/**
 * Of each entry of a title that is made new, its turn to come back, from 0, in an order by chance; −1 for entries of
 * titles that stay.
 */
function drawTurns(
  interactions: Interactions,
  { share, leastWatchers }: ColdGainOptions,
  random: Random,
): Int32Array {
  const { columnStarts, entries } = watchersOf(interactions);
  const turns = new Int32Array(interactions.columns.length).fill(-1);
  for (let title = 0; title < interactions.titles.length; title++) {
    const own = entries.slice(columnStarts[title], columnStarts[title + 1]);
    const isNew = random.chance(share);
    if (!isNew || own.length <= leastWatchers) continue;
    for (let turn = 0; turn < own.length; turn++) {
      const other = turn + random.below(own.length - turn);
      [own[turn], own[other]] = [own[other]!, own[turn]!];
      turns[own[turn]!] = turn;
    }
  }
  return turns;
}

/** The entries whose turn is below `left`, and those of titles that stay; profiles and titles keep their numbers. */
function keepBelow(interactions: Interactions, turns: Int32Array, left: number): Interactions {
  const { rowStarts, columns, weights, times } = interactions;
  const isKept = (_: number, entry: number): boolean => turns[entry]! < left;
  const starts = new Uint32Array(rowStarts.length);
  for (let row = 0; row + 1 < rowStarts.length; row++) {
    const kept = turns
      .subarray(rowStarts[row], rowStarts[row + 1])
      .reduce((sum, turn) => sum + (turn < left ? 1 : 0), 0);
    starts[row + 1] = starts[row]! + kept;
  }
  return {
    ...interactions,
    rowStarts: starts,
    columns: columns.filter(isKept),
    weights: weights.filter(isKept),
    times: times.filter(isKept),
  };
}

/** The factors of the titles that stay. */
function withoutNew(
  { ids, width, values }: FactorRows,
  { titles, columns }: Interactions,
  turns: Int32Array,
): FactorRows {
  const isNew = new Set<string>();
  turns.forEach((turn, entry) => turn >= 0 && isNew.add(titles[columns[entry]!]!));
  const rows = [...ids.keys()].filter((row) => !isNew.has(ids[row]!));
  const kept = new Float32Array(rows.length * width);
  rows.forEach((row, place) => {
    kept.set(values.subarray(row * width, (row + 1) * width), place * width);
  });
  return { ids: rows.map((row) => ids[row]!), width, values: kept };
}

/** Entries that never come back: the first `most` by their turns, so that every new title has its share. */
function askedPairs(turns: Int32Array, left: number, most: number): Uint32Array {
  const entries = Uint32Array.from(turns.keys()).filter((entry) => turns[entry]! >= left);
  return entries
    .sort((a, b) => turns[a]! - turns[b]! || a - b)
    .subarray(0, most)
    .sort();
}

/** Rows of factors by column of the interactions. */
function allFactors(
  known: FactorRows,
  { titles }: Interactions,
  { columns, ...found }: NewTitles,
  method: ColdMethod,
): Float32Array {
  const { width } = known;
  const values = new Float32Array(titles.length * width);
  const columnOf = new Map<string, number>(titles.map((title, column) => [title, column]));
  known.ids.forEach((id, row) => {
    values.set(known.values.subarray(row * width, (row + 1) * width), columnOf.get(id)! * width);
  });
  if (method === 'none') return values;
  columns.forEach((column, row) => {
    values.set(found[method].subarray(row * width, (row + 1) * width), column * width);
  });
  return values;
}
