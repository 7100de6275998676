/**
 * The same rows twice: as columns in this process' memory, and as a table in DuckDB's. Twelve columns of an impression;
 * all others are null, and region, generation and partition are the same in every row.
 */
import type { CleanRecord } from '../../domain/events/event.ts';
import type { PartitionRows } from '../../infra/lake/port.ts';
import { createRowBuffer } from '../../streaming/sink/row-buffer.ts';
import { SAMPLE } from './sample-events.ts';

export const COLUMNS = [
  ...['offset', 'raw_offset', 'append_time', 'event_time', 'event_id', 'profile_id', 'country', 'device'],
  ...['title_id', 'row', 'rank', 'recommendation_id'],
] as const;

export const GENERATION = 'g1';
const START_MS = Date.UTC(2026, 10, 1, 12);
/** Eight hours in a million rows. */
const ROW_MS = 29;

/** Rows `from` to `to` as decoded columns of one partition. */
export function columnsInMemory(from: number, to: number): PartitionRows {
  const buffer = createRowBuffer('impressions');
  for (let i = from; i < to; i += 1)
    buffer.push({ offset: i, record: recordAt(i), schemaFingerprint: '', bytes: 0 });
  const wanted = new Set<string>(COLUMNS);
  const columns = Object.fromEntries(Object.entries(buffer.columns()).filter(([name]) => wanted.has(name)));
  return { generation: GENERATION, partition: 0, follows: from - 1, rowCount: to - from, columns };
}

function recordAt(i: number): CleanRecord {
  const profile = (i * 7919) % SAMPLE.profiles.length;
  const event = {
    ...{ kind: 'impression', eventId: `01J9ZQ4T8M-${String(i).padStart(12, '0')}` },
    ...{ eventTime: START_MS + i * ROW_MS - (i % 60_000), profileId: `profile-${profile}` },
    ...{ country: SAMPLE.countries[profile % SAMPLE.countries.length], device: 'tv' },
    ...{ titleId: `title-${(i * 31) % SAMPLE.titles.length}`, row: SAMPLE.rows[i % SAMPLE.rows.length] },
    ...{ rank: i % SAMPLE.rowLength, recommendationId: `rec-${profile}-${i % 17}` },
  };
  const place = { rawOffset: 2 * i, appendTime: START_MS + i * ROW_MS, timeStatus: 'ok' };
  return { ...place, event } as unknown as CleanRecord;
}

/** SQL of a table with the same rows in the types of the lake. */
export function rowsSql(region: string, from: number, to: number): string {
  const oneOf = (values: readonly string[], index: string): string =>
    `[${values.map((value) => `'${value}'`).join(', ')}][1 + ${index} % ${values.length}]`;
  const profile = `(i * 7919) % ${SAMPLE.profiles.length}`;
  return `SELECT '${region}' AS region, '${GENERATION}' AS generation, 0::INTEGER AS "partition", i AS "offset",
    2 * i AS raw_offset, epoch_ms(${START_MS} + i * ${ROW_MS}) AS append_time,
    epoch_ms(${START_MS} + i * ${ROW_MS} - i % 60000) AS event_time,
    '01J9ZQ4T8M-' || lpad(i::VARCHAR, 12, '0') AS event_id, 'profile-' || ${profile} AS profile_id,
    ${oneOf(SAMPLE.countries, `(${profile})`)} AS country, 'tv' AS device,
    'title-' || (i * 31) % ${SAMPLE.titles.length} AS title_id, ${oneOf(SAMPLE.rows, 'i')} AS "row",
    i % ${SAMPLE.rowLength} AS rank, 'rec-' || ${profile} || '-' || i % 17 AS recommendation_id
    FROM range(${from}, ${to}) t(i)`;
}

/** What a table holds, in one line that two tables share only when they hold the same rows. */
export const digestSql = (reference: string): string =>
  `SELECT count(*) || ' rows, digest ' || coalesce(bit_xor(hash(${COLUMNS.map((name) => `"${name}"`).join(', ')},
    region, generation, "partition")), 0) AS digest FROM ${reference}`;
