import { MarqueeError } from '../../domain/errors.ts';
import type { ProfileId, TitleId } from '../../domain/ids.ts';
import { createBestTitles } from '../../domain/scores.ts';
import { viewName } from '../../domain/views.ts';
import type { History, Interactions, ModelTable, Scorer } from './model.ts';
import { createPace } from './pace.ts';

export const PROFILE_ROWS_VIEW = viewName('profile-rows');
/** The row that is precomputed, as pages name it. */
export const TOP_PICKS = 'top-picks';

export interface PrecomputeOptions {
  /** Titles in a row at most. */
  readonly length: number;
  /** Called between profiles with the share done, 0 to 1; throws to end the work. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** Profiles [from, to) of the interactions, which part `name` holds the rows of. */
export interface ProfileRange {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The range of one shard, from 0, of so many: equal shares in order, so that parts in order are the view in order. */
export function profileRange(profiles: number, shard: number, shards: number): ProfileRange {
  if (!Number.isInteger(shards) || shards < 1 || !Number.isInteger(shard) || shard < 0 || shard >= shards)
    throw new RangeError(`there is no shard ${shard} of ${shards}`);
  return {
    name: `rows-${String(shard).padStart(5, '0')}`,
    from: Math.floor((profiles * shard) / shards),
    to: Math.floor((profiles * (shard + 1)) / shards),
  };
}

/**
 * One part of the view `profile-rows`: profile_id, row, rank from 1, title_id and score, the scorer's best titles for each
 * profile of the range without those it watched. Profiles that watched nothing, and titles whose score is NaN or −∞, have
 * no rows. Memory grows with the range alone; a part can be made anew anywhere and is the same. MODEL_INPUT_INVALID where
 * the scorer is of other titles than the interactions.
 */
export async function precomputeRows(
  scorer: Scorer,
  interactions: Interactions,
  { name, from, to }: ProfileRange,
  { length, onProgress }: PrecomputeOptions,
): Promise<ModelTable> {
  assertSameTitles(scorer, interactions);
  const { profiles, titles, rowStarts, columns, weights, times } = interactions;
  const pace = createPace(onProgress);
  const scores = new Float32Array(titles.length);
  const best = createBestTitles(Math.min(length, titles.length));
  const rows = createRows((to - from) * best.titles.length);
  for (let profile = from; profile < to; profile++) {
    const [start, end] = [rowStarts[profile]!, rowStarts[profile + 1]!];
    if (start < end) {
      const history: History = {
        columns: columns.subarray(start, end),
        weights: weights.subarray(start, end),
        times: times.subarray(start, end),
      };
      scorer.score(history, scores);
      const size = best.select(scores, titles.length, history.columns);
      for (let rank = 0; rank < size; rank++)
        rows.add(profiles[profile]!, rank + 1, titles[best.titles[rank]!]!, best.scores[rank]!);
    }
    await pace((profile - from) / (to - from));
  }
  return rows.table(name);
}

function assertSameTitles(scorer: Scorer, { titles }: Interactions): void {
  if (scorer.titles.length === titles.length && scorer.titles.every((title, i) => title === titles[i]))
    return;
  throw new MarqueeError('MODEL_INPUT_INVALID', {
    model: PROFILE_ROWS_VIEW,
    reason: `the scorer's ${scorer.titles.length} titles are not the ${titles.length} of the interactions`,
  });
}

function createRows(most: number): {
  add(profile: ProfileId, rank: number, title: TitleId, score: number): void;
  table(name: string): ModelTable;
} {
  const ids: ProfileId[] = [];
  const ofTitles: TitleId[] = [];
  const ranks = new Int32Array(most);
  const scores = new Float32Array(most);
  return {
    add(profile, rank, title, score) {
      ranks[ids.length] = rank;
      scores[ids.length] = score;
      ids.push(profile);
      ofTitles.push(title);
    },
    table: (name) => ({
      name,
      rows: ids.length,
      columns: {
        profile_id: { type: 'VARCHAR', values: ids },
        row: { type: 'VARCHAR', values: ids.map(() => TOP_PICKS) },
        rank: { type: 'INTEGER', values: ranks.slice(0, ids.length) },
        title_id: { type: 'VARCHAR', values: ofTitles },
        score: { type: 'FLOAT', values: scores.slice(0, ids.length) },
      },
    }),
  };
}
