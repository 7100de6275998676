import { MEASURE_LIMITS, type MeasureLimits } from '../../domain/measures.ts';
import type { ComputePlan } from '../../domain/publishing.ts';
import { BUCKET_MS, FUTURE_LIMIT_MS, type Bucket } from '../../domain/time.ts';
import type { CountedTopic } from '../../domain/topics.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import { emptySource } from '../empty-source.ts';
import { loadSql } from '../sql.ts';
import type { TableReference } from './cells.ts';
import { boundsOf, type Slice, type SliceBounds } from './slice.ts';

export interface CountOrder {
  readonly plan: ComputePlan;
  readonly slice: Slice;
  /** First five-minute bucket of the table `recent`; -1 takes in events out of every window. */
  readonly fromBucket: Bucket;
  readonly limits?: MeasureLimits;
}

/** What counting leaves behind, and the columns that tell its rows apart. */
export const COUNTED_TABLES = {
  hours: ['title_id', 'country', 'hour'],
  recent: ['title_id', 'country', 'bucket'],
  row_hours: ['title_id', 'row', 'hour'],
  registers: ['title_id', 'hour', 'register'],
} as const;
export type CountedTable = keyof typeof COUNTED_TABLES;

/**
 * Counts a slice of the log into the temporary tables of COUNTED_TABLES. What slices without an event in common count
 * adds up, and the registers unite, to what all of them together give. Comes to the same as cells.ts, which lays windows
 * over every event: here raw counts are plain sums, plays are proven by their first proof, and windows are laid over the
 * few caps that are reached.
 */
export async function countSlice(
  connection: DuckDbConnection,
  { plan, slice, fromBucket, limits = MEASURE_LIMITS }: CountOrder,
  reference: TableReference,
): Promise<void> {
  const bounds = boundsOf(slice, limits);
  const logged = (topic: CountedTopic): string => loggedSql(topic, plan, slice, bounds, reference);
  // Plays are few and read six times; impressions are many and read where they are.
  await connection.run(`CREATE OR REPLACE TEMP TABLE plays_logged AS
    SELECT * FROM (${logged('plays')}) WHERE is_proof OR kind IN ('play_start', 'play_stop')`);
  await connection.run(`CREATE OR REPLACE TEMP VIEW impressions_logged AS ${logged('impressions')}`);
  await connection.run(loadSql('proven'), {
    proof_from_ms: bounds.proofFromMs,
    qualify_window_ms: limits.qualifyWindowMs,
  });
  await connection.run(
    loadSql('to-cap')
      .replaceAll('{cap_from_ms}', String(bounds.capFromMs))
      .replaceAll('{cap_window_ms}', String(limits.capWindowMs)),
  );
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE crowded AS
      SELECT cap_key FROM to_cap GROUP BY cap_key HAVING count(*) > $cap_count`,
    { cap_count: limits.capCount },
  );
  await connection.run(loadSql('excess'), { cap_count: limits.capCount });
  const ofHours = { from_time: -1, append_from_ms: bounds.countedFromMs };
  const ofBuckets = {
    from_time: fromBucket,
    append_from_ms: Math.max(bounds.countedFromMs, fromBucket * BUCKET_MS - FUTURE_LIMIT_MS),
  };
  await create(connection, 'hours', measuresSql('hour'), ofHours);
  await create(connection, 'recent', measuresSql('bucket'), ofBuckets);
  const appended = { append_from_ms: bounds.countedFromMs };
  await create(connection, 'row_hours', loadSql('row-measures'), appended);
  await create(connection, 'registers', loadSql('reach'), appended);
  for (const view of ['to_cap', 'impressions_logged']) await connection.run(`DROP VIEW ${view}`);
  for (const table of ['plays_logged', 'proven', 'crowded', 'excess'])
    await connection.run(`DROP TABLE ${table}`);
}

const measuresSql = (time: 'hour' | 'bucket'): string => loadSql('measures').replaceAll('{time}', time);

async function create(
  connection: DuckDbConnection,
  table: CountedTable,
  sql: string,
  params: Readonly<Record<string, number>>,
): Promise<void> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${table} AS ${sql}`, params);
}

function loggedSql(
  topic: CountedTopic,
  plan: ComputePlan,
  slice: Slice,
  { proofFromMs, toMs }: SliceBounds,
  reference: TableReference,
): string {
  const input = plan.inputs.find(({ table }) => table === topic);
  const source = input === undefined ? `(${emptySource(topic)})` : reference(topic, input.snapshotId);
  const before = toMs === undefined ? '' : ` AND append_time < epoch_ms(${toMs})`;
  const put: Readonly<Record<string, string>> = {
    reference: source,
    generation: String(generationNumber(plan)),
    cuts: listSql(plan.cut[topic] ?? []),
    appended: `append_time >= epoch_ms(${proofFromMs})${before}`,
    is_counted: isCountedSql(topic, plan, slice),
  };
  return loadSql(`${topic}-logged`).replaceAll(/\{(\w+)\}/g, (_, name: string) => put[name]!);
}

function isCountedSql(topic: CountedTopic, plan: ComputePlan, slice: Slice): string {
  switch (slice.kind) {
    case 'all':
      return 'true';
    case 'appended':
      return `append_time >= epoch_ms(${slice.fromMs})`;
    case 'since': {
      const isNewer = `generation = '${plan.generation}'
        AND "offset" >= coalesce(${listSql(slice.cut[topic] ?? [])}["partition" + 1], 0)`;
      if (slice.hours.length === 0) return `(${isNewer})`;
      const inHours = `time_status = 'ok' AND epoch_ms(event_time) // 3600000 IN (${slice.hours.join(', ')})`;
      return `((${isNewer}) OR (${inHours}))`;
    }
  }
}

export const generationNumber = ({ generation }: Pick<ComputePlan, 'generation'>): number =>
  Number(generation.slice(1));

/** A list of whole numbers; one without any has a type too. */
export const listSql = (values: readonly number[]): string => `CAST([${values.join(', ')}] AS BIGINT[])`;
