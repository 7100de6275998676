/** Backfills: a range of hours counted anew from the lake, shown as a difference, and published once approved. */
import { MarqueeError } from './errors.ts';
import { MEASURES, type Measure } from './measures.ts';
import { HOUR_MS, type EpochMs } from './time.ts';
import type { ViewName, ViewVersion } from './views.ts';

/** Event time in [fromMs, toMs), whole hours. */
export interface HourRange {
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
}

export type MeasureSums = Readonly<Record<Measure, number>>;

/** A row of the part `hours` that the recomputation says otherwise. All zero where there was or will be no row. */
export interface RowChange {
  readonly titleId: string;
  readonly country: string;
  /** Start of the hour, ISO. */
  readonly hour: string;
  readonly before: MeasureSums;
  readonly after: MeasureSums;
}

/** What a backfill would change in the published version, over its range. */
export interface BackfillDiff {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly before: MeasureSums;
  readonly after: MeasureSums;
  /** The rows that move most, largest first; at most `TOP_CHANGES`. */
  readonly top: readonly RowChange[];
}

export const TOP_CHANGES = 20;

export const BACKFILL_PHASES = ['planning', 'recomputing', 'waiting', 'publishing', 'done'] as const;
/** `waiting`: for approval. */
export type BackfillPhase = (typeof BACKFILL_PHASES)[number];

export interface BackfillProgress {
  readonly phase: BackfillPhase;
  readonly hoursDone: number;
  readonly hoursTotal: number;
  /** The published version that is compared with; null while planning. */
  readonly base: ViewVersion | null;
  readonly diff: BackfillDiff | null;
}

/** What is asked for: `from` and `to` are ISO instants at whole hours, `to` excluded. */
export interface BackfillOrder {
  readonly view: ViewName;
  readonly from: string;
  readonly to: string;
  /** Ends with the difference; nothing is published. */
  readonly dryRun: boolean;
}

export const BACKFILL_OUTCOMES = ['dry-run', 'announced', 'rejected', 'unchanged', 'expired'] as const;
export type BackfillOutcome = (typeof BACKFILL_OUTCOMES)[number];

export interface BackfillResult {
  readonly outcome: BackfillOutcome;
  /** The version compared with at the end. */
  readonly base: ViewVersion;
  readonly diff: BackfillDiff;
  /** Announced or rejected; null where nothing was published. */
  readonly version: ViewVersion | null;
  readonly approver: string | null;
  /** The version that the approved difference was against, when another was announced before publishing. */
  readonly rebasedFrom: ViewVersion | null;
  readonly rule: string | null;
  readonly reason: string | null;
}

export const hoursOf = ({ fromMs, toMs }: HourRange): number => (toMs - fromMs) / HOUR_MS;

/** Throws BACKFILL_RANGE_INVALID unless both are instants at whole hours, in order and at most `maxHours` apart. */
export function parseHourRange(from: string, to: string, maxHours: number): HourRange {
  const refuse = (reason: string): never => {
    throw new MarqueeError('BACKFILL_RANGE_INVALID', { from, to, reason });
  };
  const range = { fromMs: Date.parse(from), toMs: Date.parse(to) };
  for (const [name, text, ms] of [
    ['from', from, range.fromMs],
    ['to', to, range.toMs],
  ] as const) {
    if (!ISO_INSTANT.test(text) || Number.isNaN(ms))
      refuse(`${name} is no instant like 2026-01-31T13:00:00Z`);
    if (ms % HOUR_MS !== 0) refuse(`${name} is not at a whole hour`);
    if (ms < 0) refuse(`${name} is before 1970`);
  }
  if (range.toMs <= range.fromMs) refuse('it ends before it begins');
  if (hoursOf(range) > maxHours) refuse(`it has ${hoursOf(range)} hours, at most ${maxHours} are taken`);
  return range;
}

const ISO_INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

/** The range in runs of at most `hours`, in order. */
export function splitRange({ fromMs, toMs }: HourRange, hours: number): HourRange[] {
  const step = hours * HOUR_MS;
  const runs: HourRange[] = [];
  for (let start = fromMs; start < toMs; start += step) {
    runs.push({ fromMs: start, toMs: Math.min(start + step, toMs) });
  }
  return runs;
}

const sumsBy = (of: (measure: Measure) => number): MeasureSums =>
  Object.fromEntries(MEASURES.map((measure) => [measure, of(measure)])) as Record<Measure, number>;

export const EMPTY_SUMS: MeasureSums = sumsBy(() => 0);

export const EMPTY_DIFF: BackfillDiff = {
  added: 0,
  removed: 0,
  changed: 0,
  unchanged: 0,
  before: EMPTY_SUMS,
  after: EMPTY_SUMS,
  top: [],
};

export const isEmptyDiff = (diff: BackfillDiff): boolean => diff.added + diff.removed + diff.changed === 0;

/** The difference over two ranges that have no hour in common. */
export function joinDiffs(a: BackfillDiff, b: BackfillDiff): BackfillDiff {
  return {
    added: a.added + b.added,
    removed: a.removed + b.removed,
    changed: a.changed + b.changed,
    unchanged: a.unchanged + b.unchanged,
    before: addSums(a.before, b.before),
    after: addSums(a.after, b.after),
    top: [...a.top, ...b.top].sort(byWeight).slice(0, TOP_CHANGES),
  };
}

/** What was recorded before a measure was there has none of it. */
const addSums = (a: Partial<MeasureSums>, b: Partial<MeasureSums>): MeasureSums =>
  sumsBy((measure) => (a[measure] ?? 0) + (b[measure] ?? 0));

/** How far a row moves: plays and impressions, whichever way. Seconds would drown both. */
export const weightOf = ({ before, after }: RowChange): number =>
  Math.abs(after.plays - before.plays) +
  Math.abs(after.qualifiedPlays - before.qualifiedPlays) +
  Math.abs(after.impressions - before.impressions);

function byWeight(a: RowChange, b: RowChange): number {
  const keyA = `${a.titleId}|${a.country}|${a.hour}`;
  const keyB = `${b.titleId}|${b.country}|${b.hour}`;
  return weightOf(b) - weightOf(a) || (keyA < keyB ? -1 : 1);
}

export const BACKFILL_STATES = [
  'running',
  'completed',
  'failed',
  'cancelled',
  'terminated',
  'timed-out',
] as const;
export type BackfillState = (typeof BACKFILL_STATES)[number];

/** One line of the list of backfills. Instants are ISO. */
export interface BackfillSummary extends BackfillOrder {
  /** `<view>.<run>`. */
  readonly id: string;
  readonly state: BackfillState;
  readonly startedAt: string;
  readonly closedAt: string | null;
}

export interface BackfillReport extends BackfillSummary {
  /** Null where no worker answers, and once it has ended. */
  readonly progress: BackfillProgress | null;
  /** Null until it has completed. */
  readonly result: BackfillResult | null;
  /** Why it failed. */
  readonly error: { readonly code: string; readonly message: string } | null;
}
