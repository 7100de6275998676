/** What came of the lake's care as rows of a table. */
import type { Compacted } from '../lake/care/compact.ts';
import type { Expiry } from '../lake/care/expiry.ts';
import type { Orphans } from '../lake/care/orphans.ts';
import type { TableStatistics } from '../lake/care/statistics.ts';
import type { Tagged } from '../lake/care/tags.ts';

type Rows = string[][];

/** Lines of a list; the rest is in `--json`. */
const MOST_LINES = 20;
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function sizeText(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const size = bytes / 2 ** (10 * power);
  return `${power === 0 ? size : size.toFixed(1)} ${UNITS[power]}`;
}

/** With a head, and no rows where there is nothing to tell. */
const withHead = (head: readonly string[], rows: Rows): Rows =>
  rows.length === 0 ? [] : [[...head], ...rows];

export const statisticsRows = (tables: readonly TableStatistics[]): Rows =>
  withHead(
    [
      'table',
      'rows',
      'size',
      'files',
      'deletes',
      'small',
      'most an hour',
      'hours',
      'to compact',
      'snapshots',
      'tags',
      'oldest tag',
    ],
    tables.map((one) => [
      ...[one.table, String(one.rows), sizeText(one.bytes), String(one.dataFiles), String(one.deleteFiles)],
      ...[one.smallFiles, one.mostSmallFiles, one.hours, one.hoursToCompact, one.snapshots, one.tags].map(
        String,
      ),
      one.oldestTag === null ? '' : `${one.oldestTag.name} of ${one.oldestTag.madeAt}`,
    ]),
  );

export const taggedRows = (tables: readonly Tagged[]): Rows =>
  withHead(
    ['table', 'tag', ''],
    tables.flatMap(({ table, set, removed, lost }) => [
      ...set.map((tag) => [table, tag, 'set']),
      ...removed.map((tag) => [table, tag, 'removed']),
      ...lost.map((tag) => [table, tag, 'its snapshot is gone']),
    ]),
  );

export const compactedRows = (commits: readonly Compacted[]): Rows =>
  withHead(
    ['table', 'hours', 'files', 'size', 'left', ''],
    commits.map((one) => [
      ...[one.table, String(one.hours), `${one.filesBefore} -> ${one.filesAfter}`],
      ...[
        `${sizeText(one.bytesBefore)} -> ${sizeText(one.bytesAfter)}`,
        String(one.waiting),
        one.reason ?? '',
      ],
    ]),
  );

export const expiredRows = (tables: readonly Expiry[]): Rows =>
  withHead(
    ['table', 'snapshots', 'kept'],
    tables
      .filter(({ expired }) => expired.length > 0)
      .map(({ table, expired, kept }) => [table, String(expired.length), String(kept)]),
  );

export function orphanRows(tables: readonly Orphans[]): Rows {
  const all = tables.flatMap(({ table, found }) => found.map((one) => ({ table, ...one })));
  const rows = all
    .slice(0, MOST_LINES)
    .map((one) => [one.table, one.isDue ? 'due' : `since ${one.since}`, sizeText(one.bytes), one.path]);
  const more = all.length - rows.length;
  return withHead(
    ['table', '', 'size', 'file'],
    more > 0 ? [...rows, ['', '', '', `and ${more} more, with --json`]] : rows,
  );
}
