import type { TableInput } from '../domain/manifest.ts';
import { DAY_MS, type EpochMs } from '../domain/time.ts';
import type { DuckDbLake } from '../infra/lake/lake.ts';
import type { LakeTable } from '../infra/lake/tables.ts';

/** How long before a snapshot was committed its newest row is looked for, before the whole table is read. */
const WINDOWS_MS = [DAY_MS, 8 * DAY_MS];

/**
 * When the newest row of these snapshots was logged; null where they have no rows. Tables are partitioned by that time, so
 * that as a rule only files of the last day before a snapshot are read.
 */
export async function newestAppend(lake: DuckDbLake, inputs: readonly TableInput[]): Promise<EpochMs | null> {
  let newest: EpochMs | null = null;
  for (const input of inputs) {
    const found = await newestOf(lake, input);
    if (found !== null) newest = Math.max(newest ?? found, found);
  }
  return newest;
}

async function newestOf(lake: DuckDbLake, { table, snapshotId }: TableInput): Promise<EpochMs | null> {
  const named = table as LakeTable;
  const committed = (await lake.snapshots(named)).find(({ id }) => id === snapshotId)?.timestampMs;
  const windows = committed === undefined ? [] : WINDOWS_MS.map((windowMs) => committed - windowMs);
  for (const since of [...windows, null]) {
    const where = since === null ? '' : `WHERE append_time >= epoch_ms(CAST(${Math.floor(since)} AS BIGINT))`;
    const { columns } = await lake.read((connection) =>
      connection.query(
        `SELECT CAST(max(epoch_ms(append_time)) AS DOUBLE) AS newest FROM ${lake.reference(named, snapshotId)} ${where}`,
      ),
    );
    const found = columns['newest']!;
    if (found.kind === 'numeric' && found.nulls?.[0] !== 1) return Number(found.values[0]);
  }
  return null;
}
