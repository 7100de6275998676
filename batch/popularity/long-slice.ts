/** A slice of the log, however long: read at once where it is short, else some days of it at a time. */
import { MEASURE_LIMITS } from '../../domain/measures.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { chaptersOf, countedByChapters } from './chapters.ts';
import type { CountedDays } from './counted-days.ts';
import { logSlice, nameLog, type Logged, type LogOrder } from './log-slice.ts';
import { appendDays, eventsBelow } from './pieces.ts';
import { boundsOf, mayCount } from './slice.ts';

/**
 * Reads what has more than `atOnce` events by chapters, as its days are asked for; days between that are not counted are left out.
 * To be called while no connection is held.
 */
export async function readSlice(
  lake: Pick<DuckDbLake, 'read' | 'rowsSql' | 'rowsByHour'>,
  order: Pick<LogOrder, 'plan' | 'slice' | 'named'>,
  atOnce: number,
): Promise<Logged> {
  const { plan, slice } = order;
  const whole = (): Promise<Logged> => lake.read((connection) => logSlice(connection, order, lake.rowsSql));
  // Most logs of tests and of the first days are short as a whole: no metadata is read for them.
  if (eventsBelow(plan) <= atOnce) return whole();
  const { capFromMs, toMs } = boundsOf(slice, MEASURE_LIMITS);
  const events = await appendDays(lake, plan, { fromMs: capFromMs, toMs });
  const total = [...events.values()].reduce((sum, count) => sum + count, 0);
  if (total <= atOnce) return whole();
  const isWanted = (day: number): boolean => mayCount(slice, day);
  const chapters = chaptersOf(events, atOnce, isWanted);
  const codes = await lake.read((connection) => nameLog(connection, order, lake.rowsSql, chapters));
  const days = [...events.keys()].filter(isWanted);
  const read = async (within: (typeof chapters)[number]): Promise<CountedDays> =>
    (await lake.read((connection) => logSlice(connection, { plan, slice, codes, within }, lake.rowsSql)))
      .counted;
  return { codes, counted: countedByChapters(days, chapters, read) };
}
