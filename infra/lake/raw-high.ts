/** What the lake knows of a partition's beginning when the log has forgotten it. */
import type { DuckDbLake } from './lake.ts';
import type { LakeTable } from './tables.ts';

/**
 * The highest raw offset among a partition's rows below `offset`; undefined while the lake has not read up to it. Throws
 * LAKE_UNAVAILABLE like every read.
 */
export async function rawHighBelow(
  lake: Pick<DuckDbLake, 'read' | 'reference' | 'positions'>,
  table: LakeTable,
  at: { readonly generation: string; readonly partition: number; readonly offset: number },
): Promise<number | undefined> {
  const positions = await lake.positions(table);
  const reached = positions.find((one) => one.generation === at.generation && one.partition === at.partition);
  if (reached === undefined || reached.offset + 1 < at.offset) return undefined;
  const sql = `SELECT CAST(coalesce(max(raw_offset), -1) AS BIGINT) AS raw_high FROM ${lake.reference(table)}
    WHERE generation = $generation AND "partition" = $partition AND "offset" < $offset`;
  const found = await lake.read((connection) => connection.query(sql, { ...at }));
  const column = found.columns['raw_high'];
  return column?.kind === 'numeric' ? Number(column.values[0] ?? -1) : -1;
}
