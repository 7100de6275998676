/** What a slice of the log comes to, counted a day at a time. */
import type { MeasureLimits } from '../../domain/measures.ts';
import type { ColumnSet } from '../../infra/duckdb/columns.ts';
import type { SpanTable } from './base.ts';
import type { CodesByKey } from './codes.ts';
import { loggedEvents } from './logged-events.ts';
import type { CodedRows } from './rows.ts';
import { createScratch, type Scratch } from './scratch.ts';
import { countEvents } from './span-counts.ts';

/** Every table of a day but `totals`. */
export type DayCounts = Record<SpanTable, CodedRows>;

export interface CountedDays {
  /** Days of append time on which there is something to count. */
  readonly days: readonly number[];
  /** Counts a day; `recent` begins with a bucket, and is empty without one. To be asked while no connection is held: what is not in memory is read. */
  of(day: number, fromBucket: number | undefined): Promise<DayCounts>;
  /** Lets go of what was read: no day is asked for any more. */
  release(): void;
}

/** What is read of a slice, as in plays-logged.sql and impressions-logged.sql. */
export interface ReadLog {
  readonly plays: ColumnSet;
  readonly impressions: ColumnSet;
}

/** How what was read is counted; it is given away. */
export type Count = (read: ReadLog) => Promise<CountedDays>;

/** Counts on this thread. */
export const countHere =
  (codes: CodesByKey, limits: MeasureLimits, scratch: Scratch = createScratch()): Count =>
  (read) => {
    const events = loggedEvents(read, codes, limits, scratch);
    return Promise.resolve({
      days: events.days,
      of: (day, fromBucket) => {
        const ofDay = events.of({ fromDay: day, toDay: day + 1 });
        return Promise.resolve(countEvents(ofDay, fromBucket, limits, scratch));
      },
      release: () => undefined,
    });
  };
