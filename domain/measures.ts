/**
 * What is counted: additive integers per cell, raw and capped per profile side by side. What a record counts for depends
 * on the records before it in its partition (measure-memory.ts), and on nothing else. The same definitions stand in the
 * batch SQL; a property test compares.
 */
import type { EventKind } from './events/contract.ts';
import type { CleanRecord } from './events/event.ts';
import type { Country, ProfileId, TitleId } from './ids.ts';
import { DAY_MS, HOUR_MS, type EpochMs, type TimeStatus } from './time.ts';

/** Column order of every array of measures: the raw ones, then the capped ones in the same order. Seconds are whole. */
export const MEASURES = [
  'plays',
  'qualifiedPlays',
  'impressions',
  'secondsViewed',
  'cappedPlays',
  'cappedQualifiedPlays',
  'cappedImpressions',
  'cappedSecondsViewed',
] as const;
export type Measure = (typeof MEASURES)[number];
export const MEASURE_COUNT = MEASURES.length;

export const RAW_MEASURES = ['plays', 'qualifiedPlays', 'impressions', 'secondsViewed'] as const;
/** A measure's capped twin stands so many columns after it. */
export const CAPPED_AFTER = RAW_MEASURES.length;

export const PLAYS = MEASURES.indexOf('plays');
export const QUALIFIED_PLAYS = MEASURES.indexOf('qualifiedPlays');
export const IMPRESSIONS = MEASURES.indexOf('impressions');
export const SECONDS_VIEWED = MEASURES.indexOf('secondsViewed');

/** A play qualifies from this many seconds viewed … */
const QUALIFIED_SECONDS = 120;
/** … or from this share of the runtime. */
export const QUALIFIED_SHARE = 0.25;

/**
 * Of what one profile does with one title, the first CAP_COUNT events of each measure count in the capped measure within
 * a tumbling window: floor(append time / CAP_WINDOW_MS). Append time is the log's, so a forged event time gains nothing.
 * Changing any of these raises FOLD_VERSION.
 */
export const CAP_COUNT = 3;
export const CAP_WINDOW_MS = HOUR_MS;
/** A play that was proven counts again only when nothing has proven it for longer than this, in append time. */
export const QUALIFY_WINDOW_MS = DAY_MS;

export interface MeasureLimits {
  readonly capCount: number;
  readonly capWindowMs: number;
  readonly qualifyWindowMs: number;
}

export const MEASURE_LIMITS: MeasureLimits = {
  capCount: CAP_COUNT,
  capWindowMs: CAP_WINDOW_MS,
  qualifyWindowMs: QUALIFY_WINDOW_MS,
};

/** The fields of a clean record that counting reads. */
export interface CountedRecord {
  readonly rawOffset: number;
  /** Never steps back along the raw offsets of a partition. */
  readonly appendTime: EpochMs;
  readonly timeStatus: TimeStatus;
  readonly kind: EventKind;
  readonly eventTime: EpochMs;
  readonly profileId: ProfileId;
  readonly country: Country;
  readonly titleId: TitleId;
  readonly playId?: string | undefined;
  readonly viewedSeconds?: number | undefined;
  readonly durationSeconds?: number | undefined;
  readonly row?: string | undefined;
  readonly origin?: 'explicit' | 'synthetic' | undefined;
  /** As enrichment wrote them. */
  readonly profileHash?: number | undefined;
  readonly runtimeSeconds?: number | undefined;
}

/** The fields that counting reads; every counted kind has them. All records are of one shape, for the sake of speed. */
export function countedRecord({
  rawOffset,
  appendTime,
  timeStatus,
  event,
  enriched,
}: CleanRecord): CountedRecord {
  const { titleId, playId, viewedSeconds, durationSeconds, row, origin } = event as Partial<CountedRecord>;
  return {
    rawOffset,
    appendTime,
    timeStatus,
    kind: event.kind,
    eventTime: event.eventTime,
    profileId: event.profileId,
    country: event.country,
    titleId: titleId!,
    playId,
    viewedSeconds,
    durationSeconds,
    row,
    origin,
    profileHash: enriched?.profileHash,
    runtimeSeconds: enriched?.runtimeSeconds,
  };
}

/** Seconds that nobody told are undefined or NaN. */
export function isQualified(viewedSeconds: number, runtimeSeconds: number | undefined): boolean {
  if (viewedSeconds >= QUALIFIED_SECONDS) return true;
  return (
    runtimeSeconds !== undefined && runtimeSeconds > 0 && viewedSeconds >= QUALIFIED_SHARE * runtimeSeconds
  );
}

/** What a record counts for: a bit for each measure, by its column. 0 touches no cell. */
export type Counted = number;

export const bitOf = (measure: number): Counted => 1 << measure;

/** Adds what one record counts for to the measures at `base` of `out`; NaN for seconds that nobody told. */
export function addMeasures(viewedSeconds: number, counted: Counted, out: Float64Array, base: number): void {
  for (let measure = 0, bits = counted; bits !== 0; measure++, bits >>>= 1) {
    if ((bits & 1) === 0) continue;
    const isSeconds = measure === SECONDS_VIEWED || measure === SECONDS_VIEWED + CAPPED_AFTER;
    if (!isSeconds) out[base + measure]! += 1;
    else if (viewedSeconds >= 1) out[base + measure]! += Math.floor(viewedSeconds);
  }
}
