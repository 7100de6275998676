/**
 * The lake's tables as data, derived from the event contract. Column names are snake_case; the event's own `region`
 * ("region that the app talked to") is `event_region`, because `region` is where the row was logged.
 */
import {
  ENRICHED_FIELDS,
  ENRICHED_NAMES,
  ENVELOPE_FIELDS,
  FIELDS,
  payloadFieldsOf,
  type EventField,
} from '../../domain/events/contract.ts';
import { DERIVED_FIELDS, type DerivedField } from '../../domain/events/derived.ts';
import { CLEAN_TOPICS, DERIVED_TOPICS, type CleanTopic, type DerivedTopic } from '../../domain/topics.ts';
import type { WriteKind } from '../duckdb/columns.ts';

export const RAW_TABLE = 'raw_events';
/** The table that holds each derived topic. */
export const DERIVED_TABLES = {
  'attributed-plays': 'attributed_plays',
  'user-behavior-features': 'signals',
  completions: 'completions',
  'quality-metrics': 'quality_metrics',
  'served-rows': 'served_rows',
} as const satisfies Record<DerivedTopic, string>;
export type DerivedTable = (typeof DERIVED_TABLES)[DerivedTopic];
const DERIVED_TABLE_NAMES: readonly DerivedTable[] = DERIVED_TOPICS.map((topic) => DERIVED_TABLES[topic]);

export const isDerivedTable = (table: LakeTable): table is DerivedTable =>
  (DERIVED_TABLE_NAMES as readonly string[]).includes(table);

export const LAKE_TABLES: readonly LakeTable[] = [...CLEAN_TOPICS, RAW_TABLE, ...DERIVED_TABLE_NAMES];
export type LakeTable = CleanTopic | typeof RAW_TABLE | DerivedTable;

export const isLakeTable = (name: string): name is LakeTable =>
  (LAKE_TABLES as readonly string[]).includes(name);

export type LakeType = 'VARCHAR' | 'INTEGER' | 'BIGINT' | 'DOUBLE' | 'TIMESTAMP' | 'BLOB';

export interface LakeColumn {
  readonly name: string;
  readonly type: LakeType;
  /** How a buffer holds it: timestamps as milliseconds since the epoch. */
  readonly kind: WriteKind;
}

const KIND: Readonly<Record<LakeType, WriteKind>> = {
  VARCHAR: 'text',
  INTEGER: 'number',
  BIGINT: 'number',
  DOUBLE: 'number',
  TIMESTAMP: 'number',
  BLOB: 'blob',
};
const column = (name: string, type: LakeType): LakeColumn => ({ name, type, kind: KIND[type] });

const EVENT_TYPE = { string: 'VARCHAR', integer: 'BIGINT', number: 'DOUBLE' } as const;

/** Where a row stood in its log; first columns of every table. */
const COORDINATES: readonly LakeColumn[] = [
  column('region', 'VARCHAR'),
  column('generation', 'VARCHAR'),
  column('partition', 'INTEGER'),
  column('offset', 'BIGINT'),
];

const CLEAN_LOG: readonly LakeColumn[] = [
  column('raw_offset', 'BIGINT'),
  column('append_time', 'TIMESTAMP'),
  column('event_time', 'TIMESTAMP'),
  column('time_status', 'VARCHAR'),
  column('kind', 'VARCHAR'),
  column('event_id', 'VARCHAR'),
  column('schema_fingerprint', 'VARCHAR'),
];

export const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The column that holds a field of an event or of a derived record. */
export const columnOfField = (field: string): string =>
  field === 'region' ? 'event_region' : snakeCase(field);

/** The event fields that a clean table has as columns of their own, beyond those of the log. */
export function eventFieldsOf(topic: CleanTopic): readonly EventField[] {
  const envelope = (Object.keys(ENVELOPE_FIELDS) as EventField[]).filter(
    (field) => field !== 'eventId' && field !== 'eventTime',
  );
  return [...envelope, ...payloadFieldsOf(topic)];
}

function cleanColumns(topic: CleanTopic): readonly LakeColumn[] {
  const own = eventFieldsOf(topic).map((field) =>
    column(columnOfField(field), EVENT_TYPE[FIELDS[field].type]),
  );
  const enriched = ENRICHED_NAMES.map((name) =>
    column(snakeCase(name), EVENT_TYPE[ENRICHED_FIELDS[name].type]),
  );
  return [...COORDINATES, ...CLEAN_LOG, ...own, column('extra', 'VARCHAR'), ...enriched];
}

/** Columns of a derived table by the field that each holds; times are TIMESTAMP where the field is one. */
function derivedColumnsOf(topic: DerivedTopic): readonly (readonly [string, LakeColumn])[] {
  return Object.entries<DerivedField>(DERIVED_FIELDS[topic]).map(([field, { type }]) => [
    field,
    column(snakeCase(field), TIME_FIELDS.has(field) ? 'TIMESTAMP' : EVENT_TYPE[type]),
  ]);
}

const TIME_FIELDS: ReadonlySet<string> = new Set(['appendTime', 'eventTime']);

const RAW_COLUMNS: readonly LakeColumn[] = [
  ...COORDINATES,
  column('append_time', 'TIMESTAMP'),
  column('key', 'BLOB'),
  column('value', 'BLOB'),
  column('redriven_from', 'BIGINT'),
  column('redriven_sighted', 'INTEGER'),
];

/** Every table's columns in order. All tables are partitioned by the hour of `append_time`. */
export const TABLE_COLUMNS = Object.fromEntries([
  ...CLEAN_TOPICS.map((topic) => [topic, cleanColumns(topic)]),
  [RAW_TABLE, RAW_COLUMNS],
  ...DERIVED_TOPICS.map((topic) => [
    DERIVED_TABLES[topic],
    [...COORDINATES, ...derivedColumnsOf(topic).map(([, column]) => column)],
  ]),
]) as Record<LakeTable, readonly LakeColumn[]>;

/** The column that must rise along a partition: raw offset on clean tables, the offset itself on the others. */
export const risingColumn = (table: LakeTable): 'raw_offset' | 'offset' =>
  table === RAW_TABLE || isDerivedTable(table) ? 'offset' : 'raw_offset';
