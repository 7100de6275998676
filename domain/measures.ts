/** What is counted: additive integers per cell. The same definitions stand in the batch SQL; a property test compares. */
import type { EventKind } from './events/contract.ts';
import type { Country, TitleId } from './ids.ts';
import type { EpochMs, TimeStatus } from './time.ts';

/** Column order of every array of measures. `secondsViewed` is in whole seconds. */
export const MEASURES = ['plays', 'qualifiedPlays', 'impressions', 'secondsViewed'] as const;
export type Measure = (typeof MEASURES)[number];
export const MEASURE_COUNT = MEASURES.length;

const PLAYS = MEASURES.indexOf('plays');
const QUALIFIED_PLAYS = MEASURES.indexOf('qualifiedPlays');
const IMPRESSIONS = MEASURES.indexOf('impressions');
const SECONDS_VIEWED = MEASURES.indexOf('secondsViewed');

/** A play qualifies from this many seconds viewed … */
export const QUALIFIED_SECONDS = 120;
/** … or from this share of the runtime. */
export const QUALIFIED_SHARE = 0.25;

/** The fields of a clean record that counting reads. Seconds are absent where the event has none. */
export interface CountedRecord {
  readonly rawOffset: number;
  readonly timeStatus: TimeStatus;
  readonly kind: EventKind;
  readonly eventTime: EpochMs;
  readonly country: Country;
  readonly titleId: TitleId;
  readonly viewedSeconds?: number;
  readonly durationSeconds?: number;
}

export function isQualified(viewedSeconds: number, durationSeconds: number | undefined): boolean {
  if (viewedSeconds >= QUALIFIED_SECONDS) return true;
  return (
    durationSeconds !== undefined && durationSeconds > 0 && viewedSeconds >= QUALIFIED_SHARE * durationSeconds
  );
}

/** Whether a record counts at all; pauses, resumes and skips do not touch any cell. */
export function isCounted(kind: EventKind): boolean {
  return kind === 'play_start' || kind === 'play_stop' || kind === 'impression';
}

/** Adds what one record counts to the measures at `base` of `out`. */
export function addMeasures(record: CountedRecord, out: Float64Array, base: number): void {
  switch (record.kind) {
    case 'play_start':
      out[base + PLAYS]! += 1;
      return;
    case 'impression':
      out[base + IMPRESSIONS]! += 1;
      return;
    case 'play_stop': {
      const viewed = record.viewedSeconds ?? 0;
      if (isQualified(viewed, record.durationSeconds)) out[base + QUALIFIED_PLAYS]! += 1;
      out[base + SECONDS_VIEWED]! += Math.floor(viewed);
      return;
    }
    default:
      return;
  }
}
