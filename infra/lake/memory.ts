import { isPacked, packedValue } from '../duckdb/packed-columns.ts';
import { planAppend, partitionKey } from './plan-append.ts';
import type { Lake, LakePosition, LakeSnapshot, PartitionRows } from './port.ts';
import { LAKE_TABLES, type LakeTable } from './tables.ts';

/** A row as the double keeps it. */
export type MemoryRow = Readonly<Record<string, number | string | Uint8Array | null>>;

export interface MemoryLake extends Lake {
  /** Rows of a table in the order they were committed. */
  rows(table: LakeTable, snapshotId?: string): readonly MemoryRow[];
  /** Makes the next appends fail: before the commit, or after it as when a reply is lost. */
  failNext(outcomes: readonly ('before' | 'after')[], error: () => Error): void;
}

/** A lake in memory for tests, with the same plan of what to append as the real one. Injected failures are not retried. */
export function createMemoryLake(region: string): MemoryLake {
  const tables = new Map(
    LAKE_TABLES.map((table) => [table, { rows: [] as MemoryRow[], ends: [] as number[] }]),
  );
  let failures: { at: 'before' | 'after'; error: () => Error }[] = [];
  const tableOf = (table: LakeTable) => tables.get(table)!;

  function rows(table: LakeTable, snapshotId?: string): readonly MemoryRow[] {
    const { rows: all, ends } = tableOf(table);
    return snapshotId === undefined ? all : all.slice(0, ends[Number(snapshotId) - 1]);
  }

  function positions(table: LakeTable, snapshotId?: string): LakePosition[] {
    const found = new Map<string, LakePosition>();
    for (const row of rows(table, snapshotId)) {
      const at = { generation: String(row['generation']), partition: Number(row['partition']) };
      const offset = Number(row['offset']);
      found.set(partitionKey(at), { ...at, offset, rawOffset: Number(row['raw_offset'] ?? offset) });
    }
    return [...found.values()];
  }

  const snapshots = (table: LakeTable): LakeSnapshot[] =>
    tableOf(table).ends.map((_, index) => ({
      id: String(index + 1),
      sequence: index + 1,
      timestampMs: index,
      operation: 'append',
    }));

  return {
    rows,
    failNext(outcomes, error) {
      failures = outcomes.map((at) => ({ at, error }));
    },
    ensureTables: () => Promise.resolve(),
    async appendExactlyOnce(table, partitions) {
      const failure = failures.shift();
      if (failure?.at === 'before') throw failure.error();
      const plans = planAppend(table, partitions, positions(table));
      const { rows: all, ends } = tableOf(table);
      for (const plan of plans) for (const row of plan.take) all.push(rowOf(region, plan.rows, row));
      const appended = plans.reduce((sum, plan) => sum + plan.take.length, 0);
      if (appended > 0) ends.push(all.length);
      if (failure?.at === 'after') throw failure.error();
      const offered = partitions.reduce((sum, batch) => sum + batch.rowCount, 0);
      return {
        appended,
        skipped: offered - appended,
        attempts: 1,
        positions: plans.map((plan) => plan.position),
      };
    },
    positions: (table, snapshotId) => Promise.resolve(positions(table, snapshotId)),
    snapshot: (table) => Promise.resolve(snapshots(table).at(-1)?.id),
    snapshots: (table) => Promise.resolve(snapshots(table)),
  };
}

function rowOf(region: string, batch: PartitionRows, row: number): MemoryRow {
  const { generation, partition } = batch;
  const own = Object.entries(batch.columns).map(([name, values]) => [
    name,
    isPacked(values) ? packedValue(values, row) : (values[row] ?? null),
  ]);
  return { region, generation, partition, ...(Object.fromEntries(own) as MemoryRow) };
}
