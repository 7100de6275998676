/** What the lake holds of an experiment: what was served to its arms, joined with what was seen and played of it. */
import type { ArmSums, Credit } from '../../domain/experiments/report.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { ColumnSet } from '../../infra/duckdb/columns.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import type { LakeTable } from '../../infra/lake/tables.ts';
import { loadSql } from '../sql.ts';

export interface ArmsRead {
  readonly sums: readonly ArmSums[];
  /** Profiles that were in more than one arm, since weights or salt were changed: each counts in both. */
  readonly moved: number;
}

/** Sums of answers given since then, by arm. LAKE_UNAVAILABLE. */
export function readArms(lake: DuckDbLake, experiment: string, since: EpochMs): Promise<ArmsRead> {
  return lake.read(async (connection) => {
    const values = { experiment, from_ms: since };
    const found = await ask(
      connection,
      lake,
      ['served_rows', 'impressions', 'plays'],
      'experiment-arms',
      values,
    );
    const number = (name: string, row: number): number => Number(found.columns[name]?.values[row]);
    return {
      moved: found.rowCount === 0 ? 0 : number('moved', 0),
      sums: Array.from({ length: found.rowCount }, (_, row) => ({
        arm: String(found.columns['arm']?.values[row]),
        ...{ profiles: number('profiles', row), x: number('x', row), y: number('y', row) },
        ...{ xx: number('xx', row), xy: number('xy', row), yy: number('yy', row) },
      })),
    };
  });
}

/** Plays of each profile in an interleaved row, by whose choice they were. LAKE_UNAVAILABLE. */
export function readTeams(lake: DuckDbLake, row: string, since: EpochMs): Promise<readonly Credit[]> {
  return lake.read(async (connection) => {
    const values = { row, from_ms: since };
    const found = await ask(connection, lake, ['served_rows', 'plays'], 'experiment-teams', values);
    const number = (name: string, at: number): number => Number(found.columns[name]?.values[at]);
    return Array.from({ length: found.rowCount }, (_, at) => ({ a: number('a', at), b: number('b', at) }));
  });
}

async function ask(
  connection: DuckDbConnection,
  lake: DuckDbLake,
  tables: readonly LakeTable[],
  sql: string,
  values: Readonly<Record<string, string | number>>,
): Promise<ColumnSet> {
  for (const table of tables)
    await connection.run(
      `CREATE OR REPLACE TEMP VIEW ${table}_input AS SELECT * FROM ${lake.reference(table)}`,
    );
  const found = await connection.query(loadSql(sql), values);
  for (const table of tables) await connection.run(`DROP VIEW ${table}_input`);
  return found;
}
