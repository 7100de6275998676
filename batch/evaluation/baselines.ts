/** What every model is held against beside popularity, which is a model itself. */
import type { Interactions, Scorer } from '../models/model.ts';

/**
 * The row that somebody gets of whom nothing is known: by how many profiles watched a title in the time before the newest
 * entry, which is what trending and popular rows count.
 */
export function unpersonalisedScorer(
  { titles, columns, times }: Interactions,
  windowMs: number = UNPERSONALISED_WINDOW_MS,
): Scorer {
  const newest = times.reduce((latest, time) => Math.max(latest, time), -Infinity);
  const counts = new Float32Array(titles.length);
  columns.forEach((title, entry) => {
    if (times[entry]! > newest - windowMs) counts[title]! += 1;
  });
  return { titles, score: (_, scores) => scores.set(counts) };
}

/** Four weeks: long enough that every title of a small service is watched, short enough to follow what is new. */
const UNPERSONALISED_WINDOW_MS = 28 * 24 * 3_600_000;
