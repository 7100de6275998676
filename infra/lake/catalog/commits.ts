/** What a commit asks of a table, and what it changes, as the Iceberg REST catalog's OpenAPI document spells it. */
import type { Snapshot } from './table-metadata.ts';

/** A commit whose requirements do not hold is refused whole. */
export type Requirement =
  | { readonly type: 'assert-table-uuid'; readonly uuid: string }
  /** null: there must be no such ref. */
  | {
      readonly type: 'assert-ref-snapshot-id';
      readonly ref: string;
      readonly 'snapshot-id': string | null;
    };

export type TableUpdate =
  | { readonly action: 'add-snapshot'; readonly snapshot: Snapshot }
  | {
      readonly action: 'set-snapshot-ref';
      readonly 'ref-name': string;
      readonly type: 'tag' | 'branch';
      readonly 'snapshot-id': string;
    }
  | { readonly action: 'remove-snapshot-ref'; readonly 'ref-name': string }
  /** Takes a snapshot that has a tag as well, and the tag with it: look at `refs` first. */
  | { readonly action: 'remove-snapshots'; readonly 'snapshot-ids': readonly string[] }
  | { readonly action: 'set-statistics'; readonly statistics: StatisticsFile }
  | { readonly action: 'remove-statistics'; readonly 'snapshot-id': string }
  | { readonly action: 'set-properties'; readonly updates: Readonly<Record<string, string>> }
  | { readonly action: 'remove-properties'; readonly removals: readonly string[] };

/** A Puffin file beside the table. */
export interface StatisticsFile {
  readonly 'snapshot-id': string;
  readonly 'statistics-path': string;
  readonly 'file-size-in-bytes': number;
  readonly 'file-footer-size-in-bytes': number;
  readonly 'blob-metadata': readonly unknown[];
}

export interface TableCommit {
  readonly requirements: readonly Requirement[];
  readonly updates: readonly TableUpdate[];
}

export const setTag = (name: string, snapshotId: string): TableUpdate => ({
  action: 'set-snapshot-ref',
  'ref-name': name,
  type: 'tag',
  'snapshot-id': snapshotId,
});

export const removeTag = (name: string): TableUpdate => ({ action: 'remove-snapshot-ref', 'ref-name': name });

export const removeSnapshots = (ids: readonly string[]): TableUpdate => ({
  action: 'remove-snapshots',
  'snapshot-ids': ids,
});

/** Where `ref` must stand; null: it must not be there. */
export const refIsAt = (ref: string, snapshotId: string | null): Requirement => ({
  type: 'assert-ref-snapshot-id',
  ref,
  'snapshot-id': snapshotId,
});
