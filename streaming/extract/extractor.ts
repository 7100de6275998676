/**
 * Drives the extractor's fold over one raw partition: decide a batch, look up what is known beside it, append what comes
 * out in raw order with one request in flight, and only then store state and position together. A crash in between sends
 * records again, which readers of the clean log skip by their raw offset.
 */
import {
  decide,
  finish,
  logTimeAfter,
  type Clean,
  type Dead,
  type Duplicate,
  type ExtractLimits,
  type ExtractOutcome,
  type Fresh,
  type RawRecord,
  type SeenKeys,
  type Settled,
} from '../../domain/extract.ts';
import type { EventOwners } from '../../domain/erasure/book.ts';
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import { NOTHING_KNOWN, type SideInputs } from '../../domain/side-inputs.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { ExtractState, PendingCompletion } from '../../infra/state/extract-state.ts';

/** An outcome that is written somewhere, with the raw record it came from. */
export interface ExtractOutput {
  readonly source: RawRecord;
  readonly outcome: Clean | Dead;
}

/**
 * Port: appends outputs of one raw partition in order, then takes back the letters of the `settled` raw offsets; resolves
 * only when all of it is acknowledged.
 */
export interface CleanLog {
  append(partition: number, outputs: readonly ExtractOutput[], settled: readonly number[]): Promise<void>;
}

/** Port: what is known beside events of these profiles, now. Never rejects, and bounds how long it takes. */
export interface SideInputSource {
  /** May hold a profile more than once. */
  lookUp(profileIds: readonly string[]): SideInputs | Promise<SideInputs>;
}

export interface ExtractorDeps {
  readonly partition: number;
  readonly limits: ExtractLimits;
  readonly log: CleanLog;
  readonly state: ExtractState;
  /** Whose the partition's events are, where profiles were erased. */
  readonly owners?: EventOwners | undefined;
  /** Without it events go out as nothing but themselves. */
  readonly sideInputs?: SideInputSource;
  /** How many more records may wait for their completion. */
  readonly pendingRoom?: () => number;
  readonly onOutcomes?: (outcomes: readonly ExtractOutcome[]) => void;
  /** Records whose missing answer will never be completed, for want of room. */
  readonly onForgone?: (count: number) => void;
}

export interface Extractor {
  /** Loads the state and returns the raw offset to read next; `start` where there is no state yet. */
  open(start: number): Promise<number>;
  /** Folds records from the position on and returns the next position. After STATE_MOVED it stands where the state does. */
  process(records: readonly RawRecord[]): Promise<number>;
  /** The log lost what lay before this offset. */
  skipTo(offset: number): void;
}

/** A record decided from the log alone, at its log time. */
interface Decided {
  readonly record: RawRecord;
  readonly logTime: EpochMs;
  readonly decision: Fresh | Duplicate | Dead | Settled;
}

interface DecidedBatch {
  readonly decided: readonly Decided[];
  /** Whether it ends before the records do. */
  readonly isCut: boolean;
  readonly seen: ReadonlyMap<string, EpochMs>;
  /** Of those that are new. */
  readonly profileIds: readonly string[];
  readonly next: number;
  readonly logTime: EpochMs;
}

const moved = (partition: number, actual: number, expected: number): MarqueeError =>
  new MarqueeError('STATE_MOVED', { topic: 'raw-events', partition, actual, expected });

export function createExtractor(deps: ExtractorDeps): Extractor {
  const { partition, limits, log, state, sideInputs, pendingRoom = () => 0 } = deps;
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

  const decideAll = (records: readonly RawRecord[]): DecidedBatch => {
    const decided: Decided[] = [];
    const profileIds: string[] = [];
    const seen = new Map<string, EpochMs>();
    const redriven = new Set<number>();
    const lookup: SeenKeys = {
      lastSeen: (key) => seen.get(key) ?? state.lastSeen(partition, key),
      isSettled: (rawOffset) => state.isSettled(partition, rawOffset),
    };
    let next = position;
    let time = logTime;
    let isCut = false;
    for (const record of records) {
      if (record.offset < next) continue;
      if (record.offset > next) throw moved(partition, record.offset, next);
      const from = record.redriven?.from;
      // Whether its letter is settled is known once what was redriven for it before is finished.
      if (from !== undefined && (isCut = redriven.has(from))) break;
      if (from !== undefined) redriven.add(from);
      time = logTimeAfter(time, record);
      const decision = decide(record, time, lookup, limits, deps.owners);
      if (decision.key !== undefined) seen.set(decision.key, time);
      if (decision.type === 'fresh') profileIds.push(decision.event.profileId);
      decided.push({ record, logTime: time, decision });
      next = record.offset + 1;
    }
    return { decided, isCut, seen, profileIds, next, logTime: time };
  };

  /** False where the state has moved: what was decided may have been of another time. */
  const take = async (batch: DecidedBatch): Promise<boolean> => {
    if (state.standsAt(partition) !== stored) return false;
    const inputs = await (sideInputs?.lookUp(batch.profileIds) ?? NOTHING_KNOWN);
    const { outcomes, outputs, unanswered, settled } = finishAll(batch.decided, inputs);
    if (outputs.length + settled.length > 0) await log.append(partition, outputs, settled);
    const pending = unanswered.length === 0 ? unanswered : unanswered.slice(0, Math.max(0, pendingRoom()));
    try {
      await state.commit(partition, {
        expected: stored,
        position: batch.next,
        logTime: batch.logTime,
        seen: batch.seen,
        settled,
        forgetBefore: batch.logTime - limits.dedupeWindowMs,
        pending,
      });
    } catch (error) {
      if (!isMarqueeError(error, 'STATE_MOVED')) throw error;
      return false;
    }
    stored = position = batch.next;
    logTime = batch.logTime;
    deps.onOutcomes?.(outcomes);
    if (pending.length < unanswered.length) deps.onForgone?.(unanswered.length - pending.length);
    return true;
  };

  return {
    open,
    skipTo(offset) {
      position = Math.max(position, offset);
    },
    async process(records) {
      for (;;) {
        const batch = decideAll(records);
        if (batch.next === position) return position;
        // Another owner has moved the state: nothing of it is written.
        if (!(await take(batch))) return open(startWithoutState);
        if (!batch.isCut) return position;
      }
    },
  };
}

interface FinishedBatch {
  readonly outcomes: readonly ExtractOutcome[];
  readonly outputs: readonly ExtractOutput[];
  readonly unanswered: readonly PendingCompletion[];
  /** Raw offsets of letters whose redriven event was accepted. */
  readonly settled: readonly number[];
}

function finishAll(decided: readonly Decided[], inputs: SideInputs): FinishedBatch {
  const outcomes: ExtractOutcome[] = [];
  const outputs: ExtractOutput[] = [];
  const unanswered: PendingCompletion[] = [];
  const settled: number[] = [];
  for (const { record, logTime, decision } of decided) {
    const outcome = decision.type === 'fresh' ? finish(record, logTime, decision, inputs) : decision;
    outcomes.push(outcome);
    if (outcome.type !== 'dead' && record.redriven !== undefined) settled.push(record.redriven.from);
    if (outcome.type === 'duplicate' || outcome.type === 'settled') continue;
    outputs.push({ source: record, outcome });
    if (outcome.type !== 'clean' || outcome.record.enriched?.profileAnswer !== 'unavailable') continue;
    const { topic, record: clean } = outcome;
    const { rawOffset, appendTime, event } = clean;
    const { eventId, profileId } = event;
    unanswered.push({ rawOffset, topic, eventId, profileId, appendTime });
  }
  return { outcomes, outputs, unanswered, settled };
}
