/** What a slice of the log comes to, counted a day at a time. */
import type { MeasureLimits } from '../../domain/measures.ts';
import type { CountedTopic } from '../../domain/topics.ts';
import type { ColumnSet } from '../../infra/duckdb/columns.ts';
import type { SpanTable } from './base.ts';
import type { CodesByKey } from './codes.ts';
import { gatherColumns } from './gathered-columns.ts';
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

/** Takes a slice as it is read, to count it. */
export interface Counting {
  /** Some rows of a table, in their order, of `rowCount` in all; they are given away. Each table is told of at least once. */
  take(topic: CountedTopic, rows: ColumnSet, rowCount: number): void;
  /** Once everything has been taken. */
  counted(): Promise<CountedDays>;
  /** Lets go of what was taken of a slice that could not be read to its end. */
  drop(): void;
}

/** Begins with a slice. */
export type Count = () => Counting;

/** What was taken, put together. */
export function gatherLog(): Pick<Counting, 'take'> & { all(): ReadLog } {
  const gathered = { plays: gatherColumns(), impressions: gatherColumns() };
  return {
    take: (topic, rows, rowCount) => gathered[topic].take(rows, rowCount),
    all: () => ({ plays: gathered.plays.all(), impressions: gathered.impressions.all() }),
  };
}

/** Counts on this thread. */
export const countHere =
  (codes: CodesByKey, limits: MeasureLimits, scratch: Scratch = createScratch()): Count =>
  () => {
    const { take, all } = gatherLog();
    return {
      take,
      counted: () => {
        const events = loggedEvents(all(), codes, limits, scratch);
        return Promise.resolve({
          days: events.days,
          of: (day, fromBucket) => {
            const ofDay = events.of({ fromDay: day, toDay: day + 1 });
            return Promise.resolve(countEvents(ofDay, fromBucket, limits, scratch));
          },
          release: () => undefined,
        });
      },
      drop: () => undefined,
    };
  };
