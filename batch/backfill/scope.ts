/** What part of the log an order is about, as SQL and as raw offsets. */
import { rangeOf, type EventsOrder } from '../../domain/backfills/order.ts';
import { FUTURE_LIMIT_MS, PAST_LIMIT_MS, HOUR_MS } from '../../domain/time.ts';
import type { CleanTopic } from '../../domain/topics.ts';
import { quoteText } from '../../infra/duckdb/connection.ts';
import { TABLE_COLUMNS } from '../../infra/lake/tables.ts';

/** Whether a row of a clean table is one of those that the order is about; columns are of the relation `alias`. */
export function scopeSql(order: EventsOrder, topic: CleanTopic, alias: string): string {
  const conditions: string[] = [];
  const range = rangeOf(order);
  if (range !== undefined) {
    const column = `${alias}.${order.axis === 'arrival' ? 'append_time' : 'event_time'}`;
    conditions.push(`${column} >= epoch_ms(${range.fromMs}) AND ${column} < epoch_ms(${range.toMs})`);
    // Lets whole files of the lake be left out; the hour is for clocks that step back.
    if (order.axis === 'event')
      conditions.push(`${alias}.append_time >= epoch_ms(${range.fromMs - FUTURE_LIMIT_MS - HOUR_MS})`);
  }
  const named: [string, string | null][] = [
    ['title_id', order.titleId],
    ['producer', order.producer],
  ];
  for (const [column, value] of named) {
    if (value === null) continue;
    const has = TABLE_COLUMNS[topic].some(({ name }) => name === column);
    conditions.push(has ? `${alias}.${column} = ${quoteText(value)}` : 'false');
  }
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}

/** Append times of the raw events that may be of the order's range: what never became a row says nothing else of itself. */
export function rawTimesOf(order: EventsOrder): { readonly fromMs: number; readonly toMs: number } {
  const range = rangeOf(order);
  if (range === undefined) return { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  if (order.axis === 'arrival') return range;
  return { fromMs: range.fromMs - FUTURE_LIMIT_MS - HOUR_MS, toMs: range.toMs + PAST_LIMIT_MS };
}
