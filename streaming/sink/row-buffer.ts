import { ENRICHED_NAMES, type EventField } from '../../domain/events/contract.ts';
import type { DerivedRecord } from '../../domain/events/derived.ts';
import type { CleanRecord } from '../../domain/events/event.ts';
import type { Redriven } from '../../domain/redrive.ts';
import { CLEAN_TOPICS, DERIVED_TOPICS, type CleanTopic } from '../../domain/topics.ts';
import type { LakeValues } from '../../infra/lake/port.ts';
import {
  columnOfField,
  DERIVED_TABLES,
  derivedColumnsOf,
  eventFieldsOf,
  isDerivedTable,
  RAW_TABLE,
  snakeCase,
  TABLE_COLUMNS,
  type LakeTable,
} from '../../infra/lake/tables.ts';

/** A clean record with its place in the clean partition. */
export interface CleanRow {
  readonly offset: number;
  readonly record: CleanRecord;
  /** Of the writer's schema, hexadecimal. */
  readonly schemaFingerprint: string;
  /** Size on the wire. */
  readonly bytes: number;
}

/** A raw record as the broker holds it. */
export interface RawRow {
  readonly offset: number;
  /** Broker append time, milliseconds. */
  readonly appendTime: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly redriven?: Redriven | undefined;
}

/** A derived record with its place in its partition. */
export interface DerivedRow {
  readonly offset: number;
  readonly derived: DerivedRecord;
  /** Size on the wire. */
  readonly bytes: number;
}

export type SinkRow = CleanRow | RawRow | DerivedRow;

type Value = number | string | Uint8Array | null;

/** Rows of one partition as growing columns, ready for the lake. */
export interface RowBuffer {
  push(row: SinkRow): void;
  /** Adds the rows of another buffer of the same table after its own. */
  absorb(later: RowBuffer): void;
  rowCount(): number;
  bytes(): number;
  columns(): Readonly<Record<string, LakeValues>>;
}

/** What a row costs beside its payload, bytes; an estimate that bounds memory. */
const ROW_OVERHEAD_BYTES = 200;

const FIELDS_OF = new Map(
  CLEAN_TOPICS.map((topic) => [
    topic,
    [...eventFieldsOf(topic), 'extra' as const].map((field): [string, EventField | 'extra'] => [
      field === 'extra' ? field : columnOfField(field),
      field,
    ]),
  ]),
);

const ENRICHED_COLUMNS = ENRICHED_NAMES.map((name) => [snakeCase(name), name] as const);
const DERIVED_COLUMNS = new Map(
  DERIVED_TOPICS.map((topic) => [
    DERIVED_TABLES[topic],
    derivedColumnsOf(topic).map(([field, { name }]) => [name, field] as const),
  ]),
);

export function createRowBuffer(table: LakeTable): RowBuffer {
  const columns: Record<string, Value[]> = {};
  for (const { name } of TABLE_COLUMNS[table]) {
    if (name !== 'region' && name !== 'generation' && name !== 'partition') columns[name] = [];
  }
  const put = (name: string, value: Value): void => void columns[name]!.push(value);
  let rowCount = 0;
  let bytes = 0;

  function pushRaw({ offset, appendTime, key, value, redriven }: RawRow): void {
    put('offset', offset);
    put('append_time', appendTime);
    put('key', key);
    put('value', value);
    put('redriven_from', redriven?.from ?? null);
    put('redriven_sighted', redriven === undefined ? null : Number(redriven.sighted));
    bytes += (key?.byteLength ?? 0) + (value?.byteLength ?? 0);
  }

  function pushClean(topic: CleanTopic, { offset, record, schemaFingerprint, bytes: size }: CleanRow): void {
    const { event } = record;
    put('offset', offset);
    put('raw_offset', record.rawOffset);
    put('append_time', record.appendTime);
    put('event_time', event.eventTime);
    put('time_status', record.timeStatus);
    put('kind', event.kind);
    put('event_id', event.eventId);
    put('schema_fingerprint', schemaFingerprint);
    const values = event as unknown as Readonly<Record<string, Value | undefined>>;
    for (const [column, field] of FIELDS_OF.get(topic)!) put(column, values[field] ?? null);
    for (const [column, name] of ENRICHED_COLUMNS) put(column, record.enriched?.[name] ?? null);
    bytes += size;
  }

  function pushDerived(
    { offset, derived, bytes: size }: DerivedRow,
    columnsOf: readonly (readonly [string, string])[],
  ): void {
    put('offset', offset);
    const values = derived as unknown as Readonly<Record<string, Value | undefined>>;
    for (const [column, field] of columnsOf) put(column, values[field] ?? null);
    bytes += size;
  }

  return {
    push(row) {
      if (table === RAW_TABLE) pushRaw(row as RawRow);
      else if (isDerivedTable(table)) pushDerived(row as DerivedRow, DERIVED_COLUMNS.get(table)!);
      else pushClean(table, row as CleanRow);
      rowCount++;
      bytes += ROW_OVERHEAD_BYTES;
    },
    absorb(later) {
      for (const [name, values] of Object.entries(later.columns())) {
        for (const value of values) put(name, value);
      }
      rowCount += later.rowCount();
      bytes += later.bytes();
    },
    rowCount: () => rowCount,
    bytes: () => bytes,
    columns: () => columns as Record<string, LakeValues>,
  };
}
