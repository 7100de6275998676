/**
 * A log that has more events than are read at once. DuckDB reads one piece of it on its threads while the piece before is
 * counted on a thread of its own, and written: of two pieces that are both read and then both counted, a core has nothing to
 * do while they are counted.
 */
import { MEASURE_LIMITS } from '../../domain/measures.ts';
import type { ComputePlan } from '../../domain/publishing.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { chaptersOf, countedByChapters } from './chapters.ts';
import type { Codes } from './codes.ts';
import { countHere, type Count, type CountedDays } from './counted-days.ts';
import { countingBeside } from './counting-beside.ts';
import { nameLog, readLog } from './log-slice.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { piecesOf } from './pieces.ts';
import type { Slice } from './slice.ts';
import type { Span } from './spans.ts';

/** Days of append time with how many events each has. */
export type EventsByDay = ReadonlyMap<number, number>;

/** A log, or whole days of one. */
export interface LongLog {
  readonly plan: ComputePlan;
  readonly slice: Slice;
  readonly days: EventsByDay;
  readonly eventsAtOnce: number;
  /** More events than these are counted beside: a thread takes a tenth of a second to begin. */
  readonly besideFrom: number;
}

/** What of a log is in memory is some whole spans. */
export interface LogInTurns {
  /** Of all of it. */
  readonly codes: Codes;
  readonly pieces: readonly Span[];
  /** Pieces may be asked for at the same time; one is read at a time. */
  read(piece: Span): Promise<CountedDays>;
  /** Lends a connection to write on. */
  readonly use: DuckDbLake['use'];
}

/** Lends the log to `work`; the thread that counts it ends with that. */
export async function withLogInTurns<T>(
  lake: Pick<DuckDbLake, 'read' | 'rowsSql' | 'use'>,
  { plan, slice, days, eventsAtOnce, besideFrom }: LongLog,
  asOf: EpochMs,
  work: (log: LogInTurns) => Promise<T>,
): Promise<T> {
  const codes = await lake.read((connection) => nameLog(connection, { plan, slice }, lake.rowsSql));
  const inOrder = oneAtATime();
  const lend = (count: Count): Promise<T> => {
    const read = async (span: Span): Promise<CountedDays> => {
      const order = { plan, codes, slice: { kind: 'appended', ...span } } as const;
      const { counting } = await inOrder(() =>
        lake.read((connection) => readLog(connection, order, lake.rowsSql, count)),
      );
      return counting.counted();
    };
    return work({
      ...{ codes, use: lake.use },
      pieces: piecesOf(days, asOf, { eventsPerPiece: eventsAtOnce, maxPieces: Infinity }),
      read: async (piece) => {
        const own = daysWithin(piece, days);
        const chapters = chaptersOf(own, eventsAtOnce);
        return chapters.length > 1 ? countedByChapters([...own.keys()], chapters, read) : read(piece);
      },
    });
  };
  return eventsOf(days) > besideFrom
    ? countingBeside(codes, MEASURE_LIMITS, lend)
    : lend(countHere(codes, MEASURE_LIMITS));
}

export const daysWithin = ({ fromDay, toDay }: Span, days: EventsByDay): EventsByDay =>
  new Map([...days].filter(([day]) => day >= fromDay && day < toDay));

export const eventsOf = (days: EventsByDay): number => [...days.values()].reduce((sum, of) => sum + of, 0);
