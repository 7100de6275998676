/** A slice of the log, however long: read at once where it is short, else some days of it at a time. */
import { MEASURE_LIMITS } from '../../domain/measures.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { chaptersOf, countedByChapters } from './chapters.ts';
import { logSlice, nameLog, type Logged, type LogOrder } from './log-slice.ts';
import { appendDays, eventsBelow } from './pieces.ts';
import { boundsOf, mayCount } from './slice.ts';

/** Reads what was asked for on a connection; may be called again where the first time failed. */
export type SliceReader = (connection: DuckDbConnection) => Promise<Logged>;

/**
 * How a slice is to be read: what has more than `atOnce` events by chapters, days between that are not counted left out.
 * To be asked while no connection is held.
 */
export async function sliceReader(
  lake: Pick<DuckDbLake, 'read' | 'rowsSql' | 'rowsByHour'>,
  order: Pick<LogOrder, 'plan' | 'slice' | 'named'>,
  atOnce: number,
): Promise<SliceReader> {
  const { plan, slice } = order;
  const whole: SliceReader = (connection) => logSlice(connection, order, lake.rowsSql);
  // Most logs of tests and of the first days are short as a whole: no metadata is read for them.
  if (eventsBelow(plan) <= atOnce) return whole;
  const { capFromMs, toMs } = boundsOf(slice, MEASURE_LIMITS);
  const events = await appendDays(lake, plan, { fromMs: capFromMs, toMs });
  const total = [...events.values()].reduce((sum, count) => sum + count, 0);
  if (total <= atOnce) return whole;
  const isWanted = (day: number): boolean => mayCount(slice, day);
  const chapters = chaptersOf(events, atOnce, isWanted);
  return async (connection) => {
    const codes = await nameLog(connection, order, lake.rowsSql, chapters);
    const days = [...events.keys()].filter(isWanted);
    const read = async (within: (typeof chapters)[number], on: DuckDbConnection) =>
      (await logSlice(on, { plan, slice, codes, within }, lake.rowsSql)).counted;
    return { codes, counted: countedByChapters(days, chapters, read) };
  };
}
