/**
 * Replaces rows of tables in one commit: each keeps the partition and the offset of the one it stands for. Iceberg refuses
 * the commit where a table moved, and it is tried again from the read; done already, nothing is done.
 */
import { MarqueeError } from '../../domain/errors.ts';
import { quoteName, type DuckDbConnection } from '../duckdb/connection.ts';
import type { DuckDbLake } from './lake.ts';
import { TABLE_COLUMNS, type LakeTable } from './tables.ts';

export interface Replacement {
  readonly table: LakeTable;
  /**
   * A relation with the table's columns and `change`: `replaced` in place of the row of that generation, partition and offset,
   * `removed` as the row stands, `added` where no row is.
   */
  readonly rows: string;
}

export interface ReplacedRows {
  readonly replaced: number;
  readonly removed: number;
  readonly added: number;
}

/** Within a transaction of `connection`. Throws BACKFILL_MOVED where rows are not what they are replaced for. */
export async function replaceRows(
  connection: DuckDbConnection,
  lake: Pick<DuckDbLake, 'reference'>,
  replacements: readonly Replacement[],
): Promise<ReplacedRows> {
  const sums = { replaced: 0, removed: 0, added: 0 };
  for (const { table, rows } of replacements) {
    const found = await replaceIn(connection, table, lake.reference(table), rows);
    sums.replaced += found.replaced;
    sums.removed += found.removed;
    sums.added += found.added;
  }
  return sums;
}

const KEY = 'generation, "partition", "offset"';

async function replaceIn(
  connection: DuckDbConnection,
  table: LakeTable,
  target: string,
  rows: string,
): Promise<ReplacedRows> {
  const columns = TABLE_COLUMNS[table].map(({ name }) => quoteName(name));
  const same = TABLE_COLUMNS[table].map(
    ({ name }) => `t.${quoteName(name)} IS NOT DISTINCT FROM s.${quoteName(name)}`,
  );
  const bounds = await connection.query(`SELECT coalesce(epoch_ms(min(append_time)), 0) AS first_ms,
    coalesce(epoch_ms(max(append_time)), -1) AS last_ms FROM ${rows}`);
  // Lets files of other hours be left out.
  const near = `append_time >= epoch_ms(${numberAt(bounds, 'first_ms')}) AND append_time <= epoch_ms(${numberAt(bounds, 'last_ms')})`;
  const standing = `(SELECT ${columns.join(', ')} FROM ${target} WHERE ${near})`;
  const found = await connection.query(`SELECT
      count(*) FILTER (change = 'replaced') AS replaced, count(*) FILTER (change = 'removed') AS removed,
      count(*) FILTER (change = 'added') AS added,
      count(*) FILTER (change = 'replaced' AND t."offset" IS NULL) AS vanished,
      count(*) FILTER (change <> 'removed' AND t."offset" IS NOT NULL AND ${same.join(' AND ')}) AS done,
      count(*) FILTER (change = 'removed' AND t."offset" IS NULL) AS gone,
      count(*) FILTER (change = 'added' AND t."offset" IS NOT NULL) AS taken,
      count(*) FILTER (t."offset" IS NOT NULL AND t.raw_offset <> s.raw_offset) AS others
    FROM ${rows} AS s LEFT JOIN ${standing} AS t USING (${KEY})`);
  const counts = {
    replaced: numberAt(found, 'replaced'),
    removed: numberAt(found, 'removed'),
    added: numberAt(found, 'added'),
  };
  const total = counts.replaced + counts.removed + counts.added;
  if (numberAt(found, 'done') + numberAt(found, 'gone') === total) return counts;
  for (const [name, reason] of [
    ['vanished', 'they are not there'],
    ['taken', 'rows stand where some are added'],
    ['others', 'others stand in their places'],
  ] as const) {
    const rowsOfIt = numberAt(found, name);
    if (rowsOfIt > 0) throw new MarqueeError('BACKFILL_MOVED', { table, reason: `${rowsOfIt}: ${reason}` });
  }
  if (counts.replaced + counts.removed > 0)
    await connection.run(`DELETE FROM ${target} WHERE ${near} AND (${KEY}) IN
      (SELECT (${KEY}) FROM ${rows} WHERE change <> 'added')`);
  await connection.run(`INSERT INTO ${target} (${columns.join(', ')})
    SELECT ${columns.join(', ')} FROM ${rows} WHERE change <> 'removed' ORDER BY ${KEY}`);
  return counts;
}

const numberAt = ({ columns }: Awaited<ReturnType<DuckDbConnection['query']>>, name: string): number =>
  Number(columns[name]?.values[0]);
