/** Manifest lists and manifests of format version 2 as records, and back. */
import { readContainer, writeContainer } from '../../avro/object-container.ts';
import { MANIFEST_LIST_SCHEMA, manifestSchema } from './manifest-schemas.ts';
import type { PartitionSpec, TableSchema } from './table-metadata.ts';

export const CONTENT = { data: 0, deletes: 1 } as const;
export const STATUS = { existing: 0, added: 1, deleted: 2 } as const;

/** A line of a manifest list. Longs are bigints. */
export interface ManifestFile {
  readonly manifest_path: string;
  readonly manifest_length: bigint;
  readonly partition_spec_id: number;
  readonly content: number;
  readonly sequence_number: bigint;
  readonly min_sequence_number: bigint;
  readonly added_snapshot_id: bigint;
  readonly added_files_count: number;
  readonly existing_files_count: number;
  readonly deleted_files_count: number;
  readonly added_rows_count: bigint;
  readonly existing_rows_count: bigint;
  readonly deleted_rows_count: bigint;
  readonly partitions: readonly FieldSummary[] | null;
  readonly key_metadata: Buffer | null;
}

export interface FieldSummary {
  readonly contains_null: boolean;
  readonly contains_nan: boolean | null;
  readonly lower_bound: Buffer | null;
  readonly upper_bound: Buffer | null;
}

export interface Pair<T> {
  readonly key: number;
  readonly value: T;
}

/** A file of rows, or of what is deleted from such files. */
export interface DataFile {
  /** 0: rows; 1: deleted positions; 2: equality deletes. */
  readonly content: number;
  readonly file_path: string;
  readonly file_format: string;
  /** Of the hour that all rows are of, under the name that the spec gives it. */
  readonly partition: Readonly<Record<string, number | null>>;
  readonly record_count: bigint;
  readonly file_size_in_bytes: bigint;
  readonly value_counts: readonly Pair<bigint>[] | null;
  readonly null_value_counts: readonly Pair<bigint>[] | null;
  readonly lower_bounds: readonly Pair<Buffer>[] | null;
  readonly upper_bounds: readonly Pair<Buffer>[] | null;
  readonly referenced_data_file: string | null;
}

/** A line of a manifest; numbers that the spec lets a manifest leave out are filled in. */
export interface ManifestEntry {
  readonly status: number;
  readonly snapshot_id: bigint;
  readonly sequence_number: bigint;
  readonly file_sequence_number: bigint;
  readonly data_file: DataFile;
}

const fieldsOf = (record: object): string[] =>
  (record as { fields: { name: string }[] }).fields.map(({ name }) => name);

/** Writers may leave optional fields out, and older ones have other names for counts. */
const OLDER_NAMES: Readonly<Record<string, string>> = {
  added_files_count: 'added_data_files_count',
  existing_files_count: 'existing_data_files_count',
  deleted_files_count: 'deleted_data_files_count',
};
const LIST_FIELDS = fieldsOf(MANIFEST_LIST_SCHEMA);

/** Throws RECORD_CORRUPT. */
export function readManifestList(bytes: Uint8Array, name: string): ManifestFile[] {
  return readContainer(bytes, name).records.map((record) => {
    const from = record as Record<string, unknown>;
    return Object.fromEntries(
      LIST_FIELDS.map((key) => [key, from[key] ?? from[OLDER_NAMES[key] ?? key] ?? null]),
    ) as unknown as ManifestFile;
  });
}

const DATA_FILE_FIELDS = [
  ...['content', 'file_path', 'file_format', 'partition', 'record_count', 'file_size_in_bytes'],
  ...[
    'column_sizes',
    'value_counts',
    'null_value_counts',
    'nan_value_counts',
    'lower_bounds',
    'upper_bounds',
  ],
  ...['key_metadata', 'split_offsets', 'equality_ids', 'sort_order_id', 'referenced_data_file'],
];

/** Throws RECORD_CORRUPT. What an entry leaves out it has from its manifest (spec, "Sequence Number Inheritance"). */
export function readManifest(bytes: Uint8Array, of: ManifestFile): ManifestEntry[] {
  return readContainer(bytes, of.manifest_path).records.map((record) => {
    const from = record as Record<string, unknown> & { data_file: Record<string, unknown> };
    const sequence = (from['sequence_number'] as bigint | null | undefined) ?? of.sequence_number;
    return {
      status: from['status'] as number,
      snapshot_id: (from['snapshot_id'] as bigint | null | undefined) ?? of.added_snapshot_id,
      sequence_number: sequence,
      file_sequence_number: (from['file_sequence_number'] as bigint | null | undefined) ?? sequence,
      data_file: {
        ...Object.fromEntries(DATA_FILE_FIELDS.map((key) => [key, from.data_file[key] ?? null])),
        content: (from.data_file['content'] as number | undefined) ?? 0,
      } as unknown as DataFile,
    };
  });
}

export interface ManifestHead {
  readonly schema: TableSchema;
  readonly spec: PartitionSpec;
  readonly content: (typeof CONTENT)[keyof typeof CONTENT];
}

export function writeManifest(
  entries: readonly ManifestEntry[],
  { schema, spec, content }: ManifestHead,
): Buffer {
  return writeContainer(manifestSchema(spec), {
    records: entries,
    meta: {
      schema: JSON.stringify(schema),
      'schema-id': String(schema['schema-id']),
      'partition-spec': JSON.stringify(spec.fields),
      'partition-spec-id': String(spec['spec-id']),
      'format-version': '2',
      content: content === CONTENT.data ? 'data' : 'deletes',
    },
  });
}

/** The line of a manifest that was just written. */
export function describeManifest(
  entries: readonly ManifestEntry[],
  { spec, content }: ManifestHead,
  at: {
    readonly path: string;
    readonly length: number;
    readonly snapshotId: bigint;
    readonly sequence: bigint;
  },
): ManifestFile {
  const of = (status: number): readonly ManifestEntry[] => entries.filter((entry) => entry.status === status);
  const rows = (list: readonly ManifestEntry[]): bigint =>
    list.reduce((sum, { data_file }) => sum + data_file.record_count, 0n);
  const [added, existing, deleted] = [of(STATUS.added), of(STATUS.existing), of(STATUS.deleted)];
  const live = [...added, ...existing];
  const lowest = live.reduce(
    (low, entry) => (entry.sequence_number < low ? entry.sequence_number : low),
    at.sequence,
  );
  return {
    manifest_path: at.path,
    manifest_length: BigInt(at.length),
    partition_spec_id: spec['spec-id'],
    content,
    sequence_number: at.sequence,
    min_sequence_number: lowest,
    added_snapshot_id: at.snapshotId,
    added_files_count: added.length,
    existing_files_count: existing.length,
    deleted_files_count: deleted.length,
    added_rows_count: rows(added),
    existing_rows_count: rows(existing),
    deleted_rows_count: rows(deleted),
    partitions: spec.fields.map(({ name }) =>
      summaryOf(entries.map(({ data_file }) => data_file.partition[name])),
    ),
    key_metadata: null,
  };
}

function summaryOf(values: readonly (number | null | undefined)[]): FieldSummary {
  const known = values.filter((value): value is number => value !== null && value !== undefined);
  const bound = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return bytes;
  };
  const [low, high] = known.reduce(
    ([a, b], value) => [Math.min(a, value), Math.max(b, value)],
    [Infinity, -Infinity],
  );
  return {
    contains_null: known.length < values.length,
    contains_nan: false,
    lower_bound: known.length === 0 ? null : bound(low),
    upper_bound: known.length === 0 ? null : bound(high),
  };
}

export function writeManifestList(
  manifests: readonly ManifestFile[],
  at: { readonly snapshotId: bigint; readonly parentId: bigint | null; readonly sequence: bigint },
): Buffer {
  return writeContainer(MANIFEST_LIST_SCHEMA, {
    records: manifests,
    meta: {
      'snapshot-id': String(at.snapshotId),
      'parent-snapshot-id': String(at.parentId ?? 'null'),
      'sequence-number': String(at.sequence),
      'format-version': '2',
    },
  });
}
