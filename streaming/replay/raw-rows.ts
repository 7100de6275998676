/** Raw records out of the lake, in the order of the log, with what was recorded of each when it was extracted. */
import type { RawRecord } from '../../domain/extract.ts';
import { ENRICHED_NAMES } from '../../domain/events/contract.ts';
import type { CleanRecord, MarqueeEvent } from '../../domain/events/event.ts';
import { CLEAN_TOPICS, type CleanTopic } from '../../domain/topics.ts';
import type { BlobColumn, ColumnSet } from '../../infra/duckdb/columns.ts';
import { quoteName } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { snakeCase, TABLE_COLUMNS } from '../../infra/lake/tables.ts';
import { readWindows, type OffsetRange } from '../../infra/lake/windows.ts';
import { number } from './ranges.ts';

export interface RawSource {
  readonly lake: DuckDbLake;
  /** `raw_events` as of a snapshot. */
  readonly raw: string;
  /** The clean tables as of a snapshot each; empty ones left out. */
  readonly clean: ReadonlyMap<CleanTopic, string>;
  /** Longer values are read as so many zeros and one more: they are refused for their size alone. */
  readonly maxEventBytes: number;
}

export interface RecordedRaw {
  readonly record: RawRecord;
  /** What the clean tables hold of it, as far as enrichment reads it; undefined where it was no new event. */
  readonly recorded: CleanRecord | undefined;
}

const WINDOW_BYTES = 24 << 20;
const ROW_OVERHEAD_BYTES = 200;

export async function* readRecordedRaw(source: RawSource, range: OffsetRange): AsyncGenerator<RecordedRaw[]> {
  const { lake, raw, maxEventBytes } = source;
  const sql = `SELECT CAST("offset" AS DOUBLE) AS "offset", CAST(epoch_ms(append_time) AS DOUBLE) AS append_time,
      CAST(octet_length(value) AS DOUBLE) AS bytes, CASE WHEN octet_length(value) <= ${maxEventBytes} THEN value END AS value,
      CAST(redriven_from AS DOUBLE) AS redriven_from, redriven_sighted
    FROM ${raw} WHERE generation = $generation AND "partition" = $partition AND "offset" >= $from AND "offset" < $to
    ORDER BY "offset"`;
  const windows = readWindows(lake, { range, sql, windowBytes: WINDOW_BYTES, rowBytes });
  for await (const rows of windows) {
    const records = Array.from({ length: rows.rowCount }, (_, row) => rawRecord(rows, row));
    const recorded = await readRecorded(source, range, records[0]!.offset, records.at(-1)!.offset + 1);
    yield records.map((record) => ({ record, recorded: recorded.get(record.offset) }));
  }
}

function rowBytes({ columns, rowCount }: ColumnSet): number {
  let bytes = rowCount * ROW_OVERHEAD_BYTES;
  for (const value of (columns['value'] as BlobColumn).values) bytes += value?.byteLength ?? 0;
  return bytes;
}

function rawRecord(rows: ColumnSet, row: number): RawRecord {
  const bytes = number(rows, 'bytes', row);
  const value = (rows.columns['value'] as BlobColumn).values[row] ?? null;
  const from = number(rows, 'redriven_from', row);
  return {
    offset: number(rows, 'offset', row)!,
    timestamp: number(rows, 'append_time', row)!,
    value: value === null && bytes !== undefined ? new Uint8Array(bytes) : value,
    ...(from === undefined
      ? {}
      : { redriven: { from, sighted: number(rows, 'redriven_sighted', row) === 1 } }),
  };
}

const ENRICHED = ENRICHED_NAMES.map((name) => [name, snakeCase(name)] as const);

async function readRecorded(
  { lake, clean }: RawSource,
  { generation, partition }: OffsetRange,
  from: number,
  to: number,
): Promise<Map<number, CleanRecord>> {
  const found = new Map<number, CleanRecord>();
  if (clean.size === 0) return found;
  const parts = CLEAN_TOPICS.flatMap((topic) => {
    const reference = clean.get(topic);
    return reference === undefined ? [] : [`SELECT ${recordedColumns(topic)} FROM ${reference} ${WHERE}`];
  });
  const rows = await lake.read((connection) =>
    connection.query(parts.join(' UNION ALL '), { generation, partition, from, to }),
  );
  for (let row = 0; row < rows.rowCount; row++) {
    const rawOffset = number(rows, 'raw_offset', row)!;
    found.set(rawOffset, recordedAt(rows, row, rawOffset));
  }
  return found;
}

const WHERE = `WHERE generation = $generation AND "partition" = $partition AND raw_offset >= $from AND raw_offset < $to`;

function recordedColumns(topic: CleanTopic): string {
  const has = new Map(TABLE_COLUMNS[topic].map(({ name, type }) => [name, type]));
  return ['raw_offset', 'row_length', ...ENRICHED.map(([, column]) => column)]
    .map((name) => {
      const type = has.get(name);
      const value = type === undefined ? 'NULL' : quoteName(name);
      return type === 'VARCHAR' ? value : `CAST(${value} AS DOUBLE) AS ${quoteName(name)}`;
    })
    .join(', ');
}

function recordedAt(rows: ColumnSet, row: number, rawOffset: number): CleanRecord {
  const enriched: Record<string, unknown> = {};
  for (const [name, column] of ENRICHED) {
    const found = rows.columns[column]!;
    const value = found.kind === 'text' ? found.values[row] : number(rows, column, row);
    if (value !== null && value !== undefined) enriched[name] = value;
  }
  const rowLength = number(rows, 'row_length', row);
  const event = (rowLength === undefined ? {} : { rowLength }) as unknown as MarqueeEvent;
  return { rawOffset, appendTime: 0, timeStatus: 'ok', event, enriched: enriched };
}
