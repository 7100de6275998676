/** Deletes raw events that have been kept long enough, in one commit that Iceberg refuses where the table moved. */
import { HOUR_MS, type EpochMs } from '../../domain/time.ts';
import { quoteText, type DuckDbConnection } from '../duckdb/connection.ts';
import type { DuckDbLake } from './lake.ts';
import { RAW_TABLE } from './tables.ts';

export interface RawRetention {
  /** Whole hours of append time before this go. */
  readonly before: EpochMs;
  readonly dryRun?: boolean;
}

export interface Deleted {
  readonly before: EpochMs;
  readonly rows: number;
}

/**
 * Keeps each partition's last row, whatever its age: it says where the sink reads on; and redriven records, which say that
 * their letters are settled and are few. Done again, nothing is left to do.
 * Throws LAKE_CONFLICT where others kept committing in between. Files go with the snapshots that name them.
 */
export async function deleteOldRaw(
  lake: DuckDbLake,
  { before, dryRun = false }: RawRetention,
): Promise<Deleted> {
  const hour = Math.floor(before / HOUR_MS) * HOUR_MS;
  const rows = await lake.read((connection) =>
    connection.transaction(() => deleteOnce(connection, lake.reference(RAW_TABLE), hour, dryRun)),
  );
  return { before: hour, rows };
}

async function deleteOnce(
  connection: DuckDbConnection,
  table: string,
  before: EpochMs,
  dryRun: boolean,
): Promise<number> {
  const last = await connection.query(
    `SELECT generation, "partition", CAST(max("offset") AS VARCHAR) AS last FROM ${table} GROUP BY ALL`,
  );
  const text = (name: string, row: number): string => String(last.columns[name]!.values[row]);
  const kept = Array.from(
    { length: last.rowCount },
    (_, row) =>
      `(generation = ${quoteText(text('generation', row))} AND "partition" = ${text('partition', row)} AND "offset" = ${text('last', row)})`,
  );
  if (kept.length === 0) return 0;
  const old = `append_time < epoch_ms(${before}) AND redriven_from IS NULL AND NOT (${kept.join(' OR ')})`;
  const counted = await connection.query(
    `SELECT CAST(count(*) AS INTEGER) AS rows FROM ${table} WHERE ${old}`,
  );
  const rows = Number(counted.columns['rows']!.kind === 'numeric' ? counted.columns['rows']!.values[0] : 0);
  if (rows > 0 && !dryRun) await connection.run(`DELETE FROM ${table} WHERE ${old}`);
  return rows;
}
