/** Compares with the truth once the stream has come to rest. */
import { setTimeout as sleep } from 'node:timers/promises';
import { compareCounts, type Comparison } from './compare.ts';
import { readAllCounts, type CountsOptions } from './counts.ts';
import type { TitleTruth } from './truth.ts';

export interface SettleOptions {
  readonly counts: CountsOptions;
  /** Asked of every title: those of the truth and those that must have nothing. */
  readonly titleIds: readonly string[];
  /** How long records may still be on their way. */
  readonly patienceMs: number;
}

/** So few titles are asked while waiting; all of them only when these agree. */
const SAMPLE = 24;
const WAIT_MS = 500;

const isSettled = ({ differences, incomplete }: Comparison): boolean => differences === 0 && incomplete === 0;

/**
 * The comparison of all titles, repeated until nothing differs or patience ends. What differs then is a fault, since
 * nothing is being sent any more: the caller reports it.
 */
export async function settledComparison(
  truth: ReadonlyMap<string, TitleTruth>,
  options: SettleOptions,
): Promise<Comparison> {
  const givesUpAt = Date.now() + options.patienceMs;
  const busiest = [...truth.values()].toSorted((a, b) => b.impressions - a.impressions).slice(0, SAMPLE);
  const sampleTruth = new Map(busiest.map((title) => [title.titleId, title]));
  for (;;) {
    const sample = await readAllCounts([...sampleTruth.keys()], options.counts);
    if (isSettled(compareCounts(sample, sampleTruth)) || Date.now() > givesUpAt) {
      const all = compareCounts(await readAllCounts(options.titleIds, options.counts), truth);
      if (isSettled(all) || Date.now() > givesUpAt) return all;
    }
    await sleep(WAIT_MS);
  }
}
