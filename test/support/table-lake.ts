/** A lake in DuckDB's own tables: real SQL without a server. Snapshots are counted but always read the newest rows. */
import { quoteName } from '../../infra/duckdb/connection.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { tableReference } from '../../infra/lake/lake-sql.ts';
import { createMemoryLake } from '../../infra/lake/memory.ts';
import type { PartitionRows } from '../../infra/lake/port.ts';
import { insertPlans } from '../../infra/lake/insert.ts';
import { LAKE_TABLES, TABLE_COLUMNS, type LakeTable } from '../../infra/lake/tables.ts';

const NAMESPACE = 'test';

export async function createTableLake(duckdb: DuckDb, region = 'test'): Promise<DuckDbLake> {
  const positions = createMemoryLake(region);
  await duckdb.use(async (connection) => {
    await connection.run(`ATTACH ':memory:' AS lake; CREATE SCHEMA lake.${NAMESPACE}`);
    for (const table of LAKE_TABLES) {
      const columns = TABLE_COLUMNS[table].map(({ name, type }) => `${quoteName(name)} ${type}`);
      await connection.run(`CREATE TABLE ${tableReference(NAMESPACE, table)} (${columns.join(', ')})`);
    }
  });

  async function insert(table: LakeTable, partitions: readonly PartitionRows[]): Promise<void> {
    const all = partitions.map((rows) => ({
      rows,
      take: Array.from({ length: rows.rowCount }, (_, row) => row),
      position: { generation: rows.generation, partition: rows.partition, offset: 0, rawOffset: 0 },
    }));
    await duckdb.use((connection) => insertPlans(connection, { namespace: NAMESPACE, region, table }, all));
  }

  return {
    ...positions,
    read: (work) => duckdb.use(work),
    use: duckdb.use,
    reference: (table) => tableReference(NAMESPACE, table),
    rowsByHour: () => Promise.resolve(undefined),
    rowsSql: (table) => Promise.resolve(tableReference(NAMESPACE, table)),
    changes: () => Promise.resolve({ kind: 'unknown', reason: 'this lake keeps no snapshots' }),
    /** Repeats are not looked for: give it rows that the lake does not have. */
    async appendExactlyOnce(table, partitions) {
      await insert(table, partitions);
      return positions.appendExactlyOnce(table, partitions);
    },
  };
}
