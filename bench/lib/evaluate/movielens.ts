/** Ratings as who watched what: every rating is a play, as if nobody rated what they had not seen. */
import { profileId, titleId } from '../../../domain/ids.ts';
import { compareTexts } from '../../../domain/text-order.ts';
import type { TrainingData } from '../../../batch/models/model.ts';
import type { DataSet } from '../../../infra/datasets/data-set.ts';

const SECOND_MS = 1000;

/**
 * Weights are 1. Times are in milliseconds; of ratings of one profile in the same second the later line of the file is
 * later by a fraction of it, so that order by time is order by time, then by file.
 */
export function watchedOf({ ratings, titles, users }: DataSet): TrainingData {
  const profiles = [...users].sort(compareTexts);
  const columnIds = titles.map((title) => title.titleId).sort(compareTexts);
  const columnOf = new Map(columnIds.map((id, column) => [id, column]));
  const rowOf = new Map(profiles.map((id, row) => [id, row]));
  const rows = profiles.map(() => new Map<number, number>());
  ratings.forEach(({ userId, titleId: id, timeSeconds }, order) => {
    const row = rows[rowOf.get(userId)!]!;
    row.set(columnOf.get(id)!, (timeSeconds + order / ratings.length) * SECOND_MS);
  });
  const sorted = rows.map((row) => [...row].sort(([a], [b]) => a - b));
  const rowStarts = new Uint32Array(rows.length + 1);
  sorted.forEach(({ length }, row) => (rowStarts[row + 1] = rowStarts[row]! + length));
  const entries = sorted.flat();
  const details = new Map(titles.map((title) => [title.titleId, title]));
  return {
    interactions: {
      profiles: profiles.map(profileId),
      titles: columnIds.map(titleId),
      rowStarts,
      columns: Uint32Array.from(entries, ([column]) => column),
      weights: new Float32Array(entries.length).fill(1),
      times: Float64Array.from(entries, ([, time]) => time),
    },
    features: {
      genres: columnIds.map((id) => details.get(id)?.genres ?? []),
      years: Uint16Array.from(columnIds, (id) => details.get(id)?.year ?? 0),
      launchTimes: new Float64Array(columnIds.length).fill(NaN),
    },
  };
}
