/**
 * The lake's tables as data, derived from the event contract. Column names are snake_case; the event's own `region`
 * ("region that the app talked to") is `event_region`, because `region` is where the row was logged.
 */
import { ENVELOPE_FIELDS, FIELDS, payloadFieldsOf, type EventField } from '../../domain/events/contract.ts';
import { CLEAN_TOPICS, type CleanTopic } from '../../domain/topics.ts';
import type { WriteKind } from '../duckdb/columns.ts';

export const RAW_TABLE = 'raw_events';
export const LAKE_TABLES = [...CLEAN_TOPICS, RAW_TABLE] as const;
export type LakeTable = (typeof LAKE_TABLES)[number];

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

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The column that holds a field of an event. */
export const columnOfField = (field: EventField): string =>
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
  return [...COORDINATES, ...CLEAN_LOG, ...own, column('extra', 'VARCHAR')];
}

const RAW_COLUMNS: readonly LakeColumn[] = [
  ...COORDINATES,
  column('append_time', 'TIMESTAMP'),
  column('key', 'BLOB'),
  column('value', 'BLOB'),
];

/** Every table's columns in order. All tables are partitioned by the hour of `append_time`. */
export const TABLE_COLUMNS = Object.fromEntries([
  ...CLEAN_TOPICS.map((topic) => [topic, cleanColumns(topic)]),
  [RAW_TABLE, RAW_COLUMNS],
]) as Record<LakeTable, readonly LakeColumn[]>;

/** The column that must rise along a partition: raw offset on clean tables, the offset itself on the raw one. */
export const risingColumn = (table: LakeTable): 'raw_offset' | 'offset' =>
  table === RAW_TABLE ? 'offset' : 'raw_offset';
