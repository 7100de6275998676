/** Rows of a partition for tests of the lake itself: coordinates, a profile, and nothing that counts. */
import { HOUR_MS } from '../../domain/time.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import type { PartitionRows } from '../../infra/lake/port.ts';
import type { LakeTable } from '../../infra/lake/tables.ts';

/** Start of an hour. */
export const LAKE_START = Math.floor(1_790_000_000_000 / HOUR_MS) * HOUR_MS;

/** Offsets `from` to before `to`, one a minute unless `appendTime` says otherwise. */
export function searchRows(
  partition: number,
  from: number,
  to: number,
  appendTime: (offset: number) => number = (offset) => LAKE_START + offset * 60_000,
): PartitionRows {
  const offset = Array.from({ length: to - from }, (_, i) => from + i);
  return {
    generation: 'g1',
    partition,
    follows: from - 1,
    rowCount: offset.length,
    columns: {
      offset,
      raw_offset: offset,
      append_time: offset.map(appendTime),
      profile_id: offset.map((at) => `profile-${at % 7}`),
    },
  };
}

/** Everything that a reader could tell tables apart by. */
export async function digestOf(lake: DuckDbLake, table: LakeTable, snapshotId?: string): Promise<string> {
  const { columns } = await lake.read((connection) =>
    connection.query(
      `SELECT count(*) || '/' || count(DISTINCT ("partition", "offset")) || '/' || sum(CAST(hash(one) AS HUGEINT)) AS digest
        FROM (SELECT * FROM ${lake.reference(table, snapshotId)}) AS one`,
    ),
  );
  return String(columns['digest']?.values[0]);
}
