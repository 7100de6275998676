/** The audit's state: windows of append time, how far each log is read, and what outlives a window. Plain data. */
import { createDriftProfile, type DriftProfile, type DriftSnapshot } from '../contracts/drift.ts';
import type { EpochMs } from '../time.ts';
import type { Pulse } from './absence.ts';
import type { SequenceTrack } from './sequence.ts';
import type { WindowTally } from './window.ts';

/** How far one topic-partition is read. */
export interface ReadPosition {
  /** Next offset to be read. */
  next: number;
  /** Highest raw offset taken; -1 before the first. */
  rawHigh: number;
  /** Append time of the last record taken. */
  logTime: EpochMs;
  /** Nothing more is to come of what was appended to the raw log before this time; not stored. */
  provenAt: EpochMs;
}

export interface AuditState {
  /** By `topic/partition`. */
  readonly positions: Map<string, ReadPosition>;
  /** By start, ascending by insertion only. */
  readonly windows: Map<EpochMs, WindowTally>;
  /** Windows that changed since they were last told of, and since they were last stored. */
  readonly untold: Set<EpochMs>;
  readonly unstored: Set<EpochMs>;
  /** Windows before it were left out: the audit began in the midst of them. */
  begin: EpochMs;
  /** Windows before it are closed. */
  closedTo: EpochMs;
  /** Up to when every log is known; at least `closedTo`, and not stored. */
  horizon: EpochMs;
  readonly pulses: Map<string, Pulse>;
  readonly sequences: Map<string, SequenceTrack>;
  /** Start of the window that a play was counted in, by upsert key. */
  readonly plays: Map<string, EpochMs>;
  /** Records of windows that were kept no longer when they came. */
  late: number;
  /** Attributes by producer, app version and kind since the log passed `driftFrom`. */
  readonly drift: DriftProfile;
  driftFrom: EpochMs;
}

/** `begin` is the append time from which on every log is read. */
export const createAuditState = (begin: EpochMs, windowMs: number): AuditState => ({
  positions: new Map(),
  windows: new Map(),
  untold: new Set(),
  unstored: new Set(),
  begin: Math.ceil(begin / windowMs) * windowMs,
  closedTo: Math.ceil(begin / windowMs) * windowMs,
  horizon: Math.ceil(begin / windowMs) * windowMs,
  pulses: new Map(),
  sequences: new Map(),
  plays: new Map(),
  late: 0,
  drift: createDriftProfile(),
  driftFrom: begin,
});

/** What is stored beside the windows. */
export type StoredCore = Pick<
  AuditState,
  'begin' | 'closedTo' | 'pulses' | 'sequences' | 'late' | 'driftFrom'
> & {
  readonly windowMs: number;
  readonly drift: DriftSnapshot;
  readonly starts: readonly EpochMs[];
};

export function coreOf(state: AuditState, windowMs: number): StoredCore {
  const { begin, closedTo, pulses, sequences, late, driftFrom } = state;
  const starts = [...state.windows.keys()];
  return {
    begin,
    closedTo,
    pulses,
    sequences,
    late,
    driftFrom,
    windowMs,
    starts,
    drift: state.drift.snapshot(),
  };
}

/** The state as it was stored. Windows that were stored are told of again: their version says that nothing changed. */
export function restoreState(
  core: StoredCore,
  windows: readonly WindowTally[],
  positions: ReadonlyMap<string, Omit<ReadPosition, 'provenAt'>>,
): AuditState {
  const { begin, closedTo, pulses, sequences, late, driftFrom } = core;
  const drift = createDriftProfile();
  drift.merge(core.drift);
  const plays = new Map(
    windows.flatMap((window) => Array.from(window.plays.keys(), (key) => [key, window.start] as const)),
  );
  return {
    positions: new Map(Array.from(positions, ([at, position]) => [at, { ...position, provenAt: 0 }])),
    windows: new Map(windows.map((window) => [window.start, window])),
    untold: new Set(windows.map(({ start }) => start)),
    unstored: new Set(),
    begin,
    closedTo,
    horizon: closedTo,
    pulses,
    sequences,
    plays,
    late,
    drift,
    driftFrom,
  };
}
