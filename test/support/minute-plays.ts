/** A log of plays, one a minute, as raw offsets, clean records and rows of the lake. */
import { parseEventsOrder, type AskedEvents, type EventsOrder } from '../../domain/backfills/order.ts';
import type { CleanRecord } from '../../domain/events/event.ts';
import type { PartitionRows } from '../../infra/lake/port.ts';
import { createRowBuffer } from '../../streaming/sink/row-buffer.ts';
import { LOG_START } from './clean-rows.ts';

export const MINUTE = 60_000;

/** Of a backfill that takes all of such a log. */
export const BACKFILL = {
  ...{ shardRows: 10, maxShards: 100, window: 2, rowsPerSecond: 100 },
  ...{ settleMs: 0, dedupeWindowMs: 3_600_000 },
};

/** A play of the nth raw record, in the nth minute. */
export function play(n: number, change: object = {}): CleanRecord {
  const time = LOG_START + n * MINUTE;
  const event = {
    ...{ kind: 'play_start', eventId: `e${n}`, eventTime: time, profileId: `p${n}` },
    ...{ titleId: `t${n % 3}`, country: 'DE', ...change },
  };
  return { rawOffset: n, appendTime: time, timeStatus: 'ok', event } as unknown as CleanRecord;
}

export function rowsOf(records: readonly CleanRecord[], place: 'raw' | number): PartitionRows {
  const buffer = createRowBuffer('plays');
  for (const [i, record] of records.entries()) {
    const offset = place === 'raw' ? record.rawOffset : place + i;
    buffer.push({ offset, record, schemaFingerprint: 'f', bytes: 100 });
  }
  const columns = buffer.columns();
  return { generation: 'g1', partition: 0, follows: -1, rowCount: records.length, columns };
}

export const plays = Array.from({ length: 40 }, (_, n) => play(n));

export const orderOf = (asked: Partial<AskedEvents> = {}): EventsOrder =>
  parseEventsOrder({ name: 'test', reason: 'correct', ...between(0, 40), ...asked }, 1000);
export const between = (from: number, to: number) => ({
  from: new Date(LOG_START + from * MINUTE).toISOString(),
  to: new Date(LOG_START + to * MINUTE).toISOString(),
});

export const textsOf = (records: readonly CleanRecord[]): string[] =>
  records.map(
    ({ rawOffset, event }, i) =>
      `${i} ${rawOffset} ${(event as { titleId: string }).titleId} ${event.country}`,
  );
