/**
 * Drift of a log that goes on: the newest events, judged again and again. Time is append time. Events are counted in panes;
 * the pane that fills and the one before it are judged together, so that what is told is at most two panes old, and a
 * fault that was put right is forgotten after as long.
 */
import type { CleanRecord } from '../events/event.ts';
import type { EpochMs } from '../time.ts';
import type { ContractBook } from './contract-book.ts';
import { createDriftProfile, DRIFT_LIMITS, type DriftLimits } from './drift-profile.ts';
import type { DriftReport } from './drift-report.ts';
import type { DriftSnapshot } from './drift-snapshot.ts';
import { JUDGE_OPTIONS, judgeDrift, type JudgeOptions } from './judge-drift.ts';

export interface DriftWatchOptions {
  /** Length of a pane. */
  readonly paneMs: number;
  readonly limits?: DriftLimits;
  readonly judging?: JudgeOptions;
}

export interface DriftWatch {
  /** Records of several partitions in any interleaving; one of a pane gone by is counted in the pane that fills. */
  add(record: CleanRecord): void;
  report(contracts: ContractBook): DriftReport;
}

export function createDriftWatch(options: DriftWatchOptions): DriftWatch {
  const { paneMs, limits = DRIFT_LIMITS, judging = JUDGE_OPTIONS } = options;
  const filling = createDriftProfile(limits);
  let before: DriftSnapshot | undefined;
  let paneEnd: EpochMs | undefined;

  function turn(time: EpochMs, end: EpochMs): void {
    // After a gap of a whole pane, what was counted before it is old.
    before = time < end + paneMs ? filling.snapshot() : undefined;
    filling.clear();
    paneEnd = (Math.floor(time / paneMs) + 1) * paneMs;
  }

  return {
    add(record) {
      const time = record.appendTime;
      paneEnd ??= (Math.floor(time / paneMs) + 1) * paneMs;
      if (time >= paneEnd) turn(time, paneEnd);
      filling.add(record);
    },
    report(contracts) {
      if (before === undefined) return judgeDrift(filling.snapshot(), contracts, judging);
      const both = createDriftProfile(limits);
      both.merge(before);
      both.merge(filling.snapshot());
      return judgeDrift(both.snapshot(), contracts, judging);
    },
  };
}
