/** What the catalog says of a table, in the names of the Iceberg table spec; fields that nobody here reads are left out. */
import { z } from 'zod';

/** Decimal text, as everywhere here: the ids are 64 bits wide. */
const snapshotId = z.string().regex(/^-?\d{1,20}$/);

const snapshot = z.object({
  'snapshot-id': snapshotId,
  'parent-snapshot-id': snapshotId.optional(),
  'sequence-number': z.number().default(0),
  'timestamp-ms': z.number(),
  'manifest-list': z.string(),
  summary: z.looseObject({ operation: z.string() }).default({ operation: 'append' }),
  'schema-id': z.number().optional(),
});

const reference = z.looseObject({ 'snapshot-id': snapshotId, type: z.enum(['tag', 'branch']) });

/** `type` is a text for primitive types. */
const schemaField = z.looseObject({
  id: z.number(),
  name: z.string(),
  required: z.boolean(),
  type: z.unknown(),
});
const schema = z.looseObject({ 'schema-id': z.number().default(0), fields: z.array(schemaField) });

const partitionField = z.looseObject({
  name: z.string(),
  transform: z.string(),
  'source-id': z.number(),
  'field-id': z.number(),
});
const partitionSpec = z.object({ 'spec-id': z.number(), fields: z.array(partitionField) });

const statisticsFile = z.looseObject({ 'snapshot-id': snapshotId, 'statistics-path': z.string() });
const logged = z.looseObject({ 'metadata-file': z.string() });

/** Go writes a list that is empty as null. */
const list = <T extends z.ZodType>(of: T) =>
  z
    .array(of)
    .nullish()
    .transform((found): z.infer<T>[] => found ?? []);

const tableMetadata = z.object({
  'format-version': z.number(),
  'table-uuid': z.string(),
  location: z.string(),
  'last-sequence-number': z.number().default(0),
  'last-updated-ms': z.number(),
  'current-schema-id': z.number().default(0),
  schemas: z.array(schema),
  'default-spec-id': z.number().default(0),
  'partition-specs': z.array(partitionSpec),
  /** -1 or none while the table is empty. */
  'current-snapshot-id': snapshotId.nullish(),
  snapshots: list(snapshot),
  refs: z
    .record(z.string(), reference)
    .nullish()
    .transform((found) => found ?? {}),
  statistics: list(statisticsFile),
  'partition-statistics': list(statisticsFile),
  'metadata-log': list(logged),
  properties: z.record(z.string(), z.string()).nullish(),
});

export type TableMetadata = z.infer<typeof tableMetadata>;
export type Snapshot = z.infer<typeof snapshot>;
export type PartitionSpec = z.infer<typeof partitionSpec>;
export type TableSchema = z.infer<typeof schema>;

export const loadedTable = z.object({ 'metadata-location': z.string().nullish(), metadata: tableMetadata });
export type LoadedTable = z.infer<typeof loadedTable>;

/** The branch that readers see where they name no snapshot. */
export const MAIN = 'main';

/** The snapshot that readers see; undefined while the table is empty. */
export function currentSnapshot(metadata: TableMetadata): Snapshot | undefined {
  const id = metadata.refs[MAIN]?.['snapshot-id'] ?? metadata['current-snapshot-id'];
  return metadata.snapshots.find((one) => one['snapshot-id'] === id);
}

export const currentSchema = (metadata: TableMetadata): TableSchema | undefined =>
  metadata.schemas.find((one) => one['schema-id'] === metadata['current-schema-id']);

/** Columns that a snapshot's rows are read with: those that were added later are not among them. */
export const schemaOf = (metadata: TableMetadata, snapshot: Snapshot): TableSchema | undefined =>
  metadata.schemas.find((one) => one['schema-id'] === snapshot['schema-id']) ?? currentSchema(metadata);

export const defaultSpec = (metadata: TableMetadata): PartitionSpec | undefined =>
  metadata['partition-specs'].find((one) => one['spec-id'] === metadata['default-spec-id']);
