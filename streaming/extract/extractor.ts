/**
 * Drives the extractor's fold over one raw partition: fold a batch, append what comes out in raw order with one request
 * in flight, and only then store state and position together. A crash in between sends records again, which readers of
 * the clean log skip by their raw offset.
 */
import {
  extractStep,
  logTimeAfter,
  type ExtractLimits,
  type ExtractOutcome,
  type RawRecord,
} from '../../domain/extract.ts';
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { ExtractState } from '../../infra/state/extract-state.ts';

/** An outcome that is written somewhere, with the raw record it came from. */
export interface ExtractOutput {
  readonly source: RawRecord;
  readonly outcome: Exclude<ExtractOutcome, { type: 'duplicate' }>;
}

/** Port: appends outputs of one raw partition in order; resolves only when every one is acknowledged. */
export interface CleanLog {
  append(partition: number, outputs: readonly ExtractOutput[]): Promise<void>;
}

export interface ExtractorDeps {
  readonly partition: number;
  readonly limits: ExtractLimits;
  readonly log: CleanLog;
  readonly state: ExtractState;
  readonly onOutcomes?: (outcomes: readonly ExtractOutcome[]) => void;
}

export interface Extractor {
  /** Loads the state and returns the raw offset to read next; `start` where there is no state yet. */
  open(start: number): Promise<number>;
  /** Folds records from the position on and returns the next position. After STATE_MOVED it stands where the state does. */
  process(records: readonly RawRecord[]): Promise<number>;
  /** The log lost what lay before this offset. */
  skipTo(offset: number): void;
}

const moved = (partition: number, actual: number, expected: number): MarqueeError =>
  new MarqueeError('STATE_MOVED', { topic: 'raw-events', partition, actual, expected });

export function createExtractor(deps: ExtractorDeps): Extractor {
  const { partition, limits, log, state } = deps;
  let position = 0;
  let logTime: EpochMs = 0;
  let stored: number | null = null;
  let startWithoutState = 0;

  const open = async (start: number): Promise<number> => {
    startWithoutState = start;
    const loaded = await state.load(partition);
    stored = loaded?.position ?? null;
    position = loaded?.position ?? start;
    logTime = loaded?.logTime ?? 0;
    return position;
  };

  return {
    open,
    skipTo(offset) {
      position = Math.max(position, offset);
    },
    async process(records) {
      const outputs: ExtractOutput[] = [];
      const outcomes: ExtractOutcome[] = [];
      const seen = new Map<string, EpochMs>();
      const lookup = { lastSeen: (key: string) => seen.get(key) ?? state.lastSeen(partition, key) };
      let next = position;
      let time = logTime;
      for (const record of records) {
        if (record.offset < next) continue;
        if (record.offset > next) throw moved(partition, record.offset, next);
        time = logTimeAfter(time, record);
        const outcome = extractStep(record, time, lookup, limits);
        if (outcome.type !== 'dead') seen.set(outcome.key, time);
        if (outcome.type !== 'duplicate') outputs.push({ source: record, outcome });
        outcomes.push(outcome);
        next = record.offset + 1;
      }
      if (next === position) return position;
      // Another owner has moved the state: what was looked up may be of another time, so nothing of it is written.
      if (state.standsAt(partition) !== stored) return open(startWithoutState);
      if (outputs.length > 0) await log.append(partition, outputs);
      try {
        const forgetBefore = time - limits.dedupeWindowMs;
        await state.commit(partition, {
          expected: stored,
          position: next,
          logTime: time,
          seen,
          forgetBefore,
        });
      } catch (error) {
        if (!isMarqueeError(error, 'STATE_MOVED')) throw error;
        return open(startWithoutState);
      }
      stored = position = next;
      logTime = time;
      deps.onOutcomes?.(outcomes);
      return position;
    },
  };
}
