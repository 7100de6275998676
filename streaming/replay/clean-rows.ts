/** Clean records out of the lake's columns: the exact inverse of what the sink makes of them. */
import { ENRICHED_NAMES, type EventField } from '../../domain/events/contract.ts';
import type { CleanRecord } from '../../domain/events/event.ts';
import { CLEAN_TOPICS, type CleanTopic } from '../../domain/topics.ts';
import type { Column, ColumnSet } from '../../infra/duckdb/columns.ts';
import { quoteName } from '../../infra/duckdb/connection.ts';
import {
  columnOfField,
  eventFieldsOf,
  snakeCase,
  TABLE_COLUMNS,
  type LakeTable,
} from '../../infra/lake/tables.ts';

/** A clean record at its place in the clean partition. */
export interface PlacedRecord {
  readonly offset: number;
  readonly record: CleanRecord;
}

type Read = (row: number) => string | number | undefined;

/** Columns of a clean table to select, whole numbers and times (milliseconds) as DOUBLE, exact up to 2^53. */
export function cleanSelection(table: LakeTable): string {
  return TABLE_COLUMNS[table]
    .filter(({ name }) => name !== 'region' && name !== 'generation' && name !== 'partition')
    .map(({ name, type }) => {
      const column = quoteName(name);
      if (type === 'TIMESTAMP') return `CAST(epoch_ms(${column}) AS DOUBLE) AS ${column}`;
      return type === 'BIGINT' || type === 'INTEGER' ? `CAST(${column} AS DOUBLE) AS ${column}` : column;
    })
    .join(', ');
}

const EVENT_COLUMNS = new Map(
  CLEAN_TOPICS.map((topic) => [
    topic,
    [...eventFieldsOf(topic), 'extra' as const].map((field): readonly [string, EventField | 'extra'] => [
      field,
      field === 'extra' ? field : (columnOfField(field) as EventField),
    ]),
  ]),
);

const ENRICHED_COLUMNS = ENRICHED_NAMES.map((name) => [name, snakeCase(name)] as const);

/** The records of a result with the columns of `cleanSelection`, in its order. Fields that are null are absent. */
export function readCleanRows(topic: CleanTopic, { rowCount, columns }: ColumnSet): PlacedRecord[] {
  const read = (name: string): Read => readerOf(columns[name]!);
  const offset = read('offset');
  const rawOffset = read('raw_offset');
  const appendTime = read('append_time');
  const timeStatus = read('time_status');
  const kind = read('kind');
  const eventId = read('event_id');
  const eventTime = read('event_time');
  // Most optional columns are null in most windows, and are then not looked at row by row.
  const present = (pairs: readonly (readonly [string, string])[]) =>
    pairs.flatMap(([field, column]) => (isNull(columns[column]!) ? [] : [[field, read(column)] as const]));
  const fields = present(EVENT_COLUMNS.get(topic)!);
  const enrichedFields = present(ENRICHED_COLUMNS);
  return Array.from({ length: rowCount }, (_, row) => {
    const event: Record<string, unknown> = {
      kind: kind(row),
      eventId: eventId(row),
      eventTime: eventTime(row),
    };
    fill(event, fields, row);
    const enriched: Record<string, unknown> = {};
    const isEnriched = fill(enriched, enrichedFields, row);
    const record = {
      rawOffset: rawOffset(row),
      appendTime: appendTime(row),
      timeStatus: timeStatus(row),
      event,
      ...(isEnriched ? { enriched } : {}),
    };
    return { offset: offset(row) as number, record: record as unknown as CleanRecord };
  });
}

/** Copies what is not null; false when nothing was. */
function fill(
  into: Record<string, unknown>,
  fields: readonly (readonly [string, Read])[],
  row: number,
): boolean {
  let found = false;
  for (const [field, read] of fields) {
    const value = read(row);
    if (value === undefined) continue;
    into[field] = value;
    found = true;
  }
  return found;
}

function isNull(column: Column): boolean {
  if (column.kind === 'numeric') return column.nulls?.every((isAbsent) => isAbsent === 1) === true;
  return column.values.every((value) => value === null);
}

function readerOf(column: Column): Read {
  if (column.kind === 'text') return (row) => column.values[row] ?? undefined;
  if (column.kind === 'blob') throw new TypeError('a clean table has no BLOB');
  const { values, nulls } = column;
  return (row) => (nulls?.[row] === 1 ? undefined : Number(values[row]));
}
