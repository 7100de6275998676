/** A lake in DuckDB's own tables that keeps every snapshot, and on which rows below the newest can be changed. */
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import type { TableChanges } from '../../infra/lake/changes.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { positionsSql } from '../../infra/lake/lake-sql.ts';
import type { LakeTable } from '../../infra/lake/tables.ts';
import { createTableLake } from './table-lake.ts';

export interface VersionedLake extends DuckDbLake {
  /** Runs a statement that changes rows of a table, as a commit that is no append; or inserts some, as one that is. */
  commit(
    table: LakeTable,
    operation: 'append' | 'overwrite',
    sql: (reference: string) => string,
  ): Promise<void>;
}

export async function createVersionedLake(duckdb: DuckDb): Promise<VersionedLake> {
  const lake = await createTableLake(duckdb);
  const operations = new Map<LakeTable, ('append' | 'overwrite')[]>();
  const versionOf = (table: LakeTable, id: string): string => `lake.test."${table}@${id}"`;

  async function keep(table: LakeTable, operation: 'append' | 'overwrite'): Promise<void> {
    const of = operations.get(table) ?? [];
    operations.set(table, [...of, operation]);
    await duckdb.use((connection) =>
      connection.run(
        `CREATE TABLE ${versionOf(table, String(of.length + 1))} AS FROM ${lake.reference(table)}`,
      ),
    );
  }

  return {
    ...lake,
    reference: (table, id) => (id === undefined ? lake.reference(table) : versionOf(table, id)),
    rowsByHour: () => Promise.resolve(undefined),
    rowsSql: (table, id) => Promise.resolve(versionOf(table, id)),
    snapshot: (table) => Promise.resolve(operations.get(table)?.length.toString()),
    positions: (table, id) =>
      duckdb.use(async (connection) => {
        const reference = id === undefined ? lake.reference(table) : versionOf(table, id);
        const sql = positionsSql(reference, table);
        const { rowCount, columns } = await connection.query(sql, { floor: 0, since: 0 });
        return Array.from({ length: rowCount }, (_, row) => ({
          generation: String(columns['generation']?.values[row]),
          partition: Number(columns['partition']?.values[row]),
          offset: Number(columns['offset']?.values[row]),
          rawOffset: Number(columns['raw_offset']?.values[row]),
        }));
      }),
    async appendExactlyOnce(table, partitions) {
      const appended = await lake.appendExactlyOnce(table, partitions);
      await keep(table, 'append');
      return appended;
    },
    async commit(table, operation, sql) {
      await duckdb.use((connection) => connection.run(sql(lake.reference(table))));
      await keep(table, operation);
    },
    changes: (table, from, to) =>
      duckdb.use(async (connection): Promise<TableChanges> => {
        const appended: string[] = [];
        const hours = new Set<number>();
        for (let id = Number(from) + 1; id <= Number(to); id++) {
          const [before, after] = [versionOf(table, String(id - 1)), versionOf(table, String(id))];
          const added = `(FROM ${after} EXCEPT ALL FROM ${before})`;
          if (operations.get(table)![id - 1] === 'append') appended.push(added);
          else {
            const { columns } =
              await connection.query(`SELECT DISTINCT epoch_ms(append_time) // 3600000 AS hour
              FROM (${added} UNION ALL (FROM ${before} EXCEPT ALL FROM ${after}))`);
            for (const hour of columns['hour']!.values as BigInt64Array) hours.add(Number(hour));
          }
        }
        const appendedSql = appended.length === 0 ? null : `(${appended.join(' UNION ALL ')})`;
        return { kind: 'known', appendedSql, rewrittenHours: [...hours] };
      }),
  };
}
