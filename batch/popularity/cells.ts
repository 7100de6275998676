import type { HourRange } from '../../domain/backfill.ts';
import type { ComputePlan } from '../../domain/publishing.ts';
import { MEASURE_LIMITS, type MeasureLimits } from '../../domain/measures.ts';
import { COUNTED_TOPICS } from '../../domain/topics.ts';
import type { WriteColumn } from '../../infra/duckdb/columns.ts';
import type { DuckDbConnection, SqlParams } from '../../infra/duckdb/connection.ts';
import { emptySource } from '../empty-source.ts';
import { loadSql } from '../sql.ts';
import type { HourlyTable } from './base.ts';

/** Counting, with the columns named in `place` (topic, partition, offset) before what is counted. */
export const countedSql = (place: readonly string[] = []): string =>
  loadSql('counted').replace('{place}', () => place.map((column) => `"${column}", `).join(''));

/** How the SQL names a table as of a snapshot. */
export type TableReference = (table: (typeof COUNTED_TOPICS)[number], snapshotId: string) => string;

/** Makes what counted.sql reads of the plan. */
export async function stageInputs(
  connection: DuckDbConnection,
  plan: ComputePlan,
  reference: TableReference,
): Promise<void> {
  for (const topic of COUNTED_TOPICS) {
    const input = plan.inputs.find(({ table }) => table === topic);
    const source =
      input === undefined ? emptySource(topic) : `SELECT * FROM ${reference(topic, input.snapshotId)}`;
    await connection.run(`CREATE OR REPLACE TEMP VIEW ${topic}_input AS ${source}`);
  }
  const cuts = Object.entries(plan.cut).flatMap(([topic, offsets]) =>
    offsets.map((cut, partition) => ({ topic, partition, cut })),
  );
  const columns: Record<string, WriteColumn> = {
    topic: { kind: 'text', values: cuts.map(({ topic }) => topic) },
    partition: { kind: 'number', values: cuts.map(({ partition }) => partition) },
    cut: { kind: 'number', values: cuts.map(({ cut }) => cut) },
  };
  await connection.stage('cut_offsets', columns, cuts.length);
}

/** Parameters of counted.sql. */
export const countedParams = (
  { generation }: Pick<ComputePlan, 'generation'>,
  range?: HourRange,
  limits: MeasureLimits = MEASURE_LIMITS,
): SqlParams => ({
  generation: Number(generation.slice(1)),
  ranged: range !== undefined,
  from_ms: range?.fromMs ?? 0,
  to_ms: range?.toMs ?? 0,
  cap_count: limits.capCount,
  cap_window_ms: limits.capWindowMs,
  qualify_window_ms: limits.qualifyWindowMs,
});

/**
 * Fills the temporary tables `counted` (one row an event) and `cells` (title_id, country, bucket, measures) with what the
 * plan counts, or with the rows of a range of event time alone. Rows marked future or old have no place in a range.
 */
export async function buildCells(
  connection: DuckDbConnection,
  plan: ComputePlan,
  reference: TableReference,
  range?: HourRange,
  limits: MeasureLimits = MEASURE_LIMITS,
): Promise<void> {
  await stageInputs(connection, plan, reference);
  const params = countedParams(plan, range, limits);
  await connection.run(`CREATE OR REPLACE TEMP TABLE counted AS ${countedSql()}`, params);
  await connection.run(`CREATE OR REPLACE TEMP TABLE cells AS ${loadSql('cells')}`);
}

/** A table by hour, as a query over `counted` or `cells`. */
export const hourlySql = (table: HourlyTable): string => loadSql(table.replace('_', '-'));

/** The temporary relations that a computation leaves on its connection. */
export async function dropCells(connection: DuckDbConnection): Promise<void> {
  for (const topic of COUNTED_TOPICS) await connection.run(`DROP VIEW IF EXISTS ${topic}_input`);
  for (const table of ['cut_offsets', 'counted', 'cells'])
    await connection.run(`DROP TABLE IF EXISTS ${table}`);
}
