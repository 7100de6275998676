import type { CutVector } from '../../domain/manifest.ts';
import { MEASURE_LIMITS } from '../../domain/measures.ts';
import type { ComputePlan } from '../../domain/publishing.ts';
import { DAY_MS } from '../../domain/time.ts';
import type { CountedTopic } from '../../domain/topics.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { TABLE_COLUMNS } from '../../infra/lake/tables.ts';
import { generationNumber, listSql } from './log-slice.ts';

/** What was committed to a table between the parent's snapshot and the new one. */
export interface TouchedTable {
  readonly topic: CountedTopic;
  readonly before: string;
  readonly now: string;
  readonly appendedSql: string | null;
  readonly rewrittenHours: readonly number[];
}

/** What counting reads of a row. */
const READ_BY_COUNTING = [
  ...['generation', 'partition', 'offset', 'append_time', 'event_time', 'time_status', 'kind', 'profile_id'],
  ...[
    'title_id',
    'country',
    'play_id',
    'viewed_seconds',
    'duration_seconds',
    'runtime_seconds',
    'row',
    'origin',
  ],
  'profile_hash',
];

/**
 * Days of append time of which the parent may have counted otherwise than would be counted now: those of rows that lie
 * below its cut and were put in, taken away or changed since, and those of later rows of the same profiles, whose caps
 * and proofs looked at them.
 */
export async function findTouched(
  lake: Pick<DuckDbLake, 'read' | 'reference'>,
  plan: ComputePlan,
  cut: CutVector,
  tables: readonly TouchedTable[],
): Promise<number[]> {
  const days = new Set<number>();
  for (const table of tables) {
    const of = await lake.read((connection) => touchedIn(connection, lake, plan, cut, table));
    for (const day of of) days.add(day);
  }
  return [...days].sort((a, b) => a - b);
}

async function touchedIn(
  connection: DuckDbConnection,
  { reference }: Pick<DuckDbLake, 'reference'>,
  plan: ComputePlan,
  cut: CutVector,
  { topic, before, now, appendedSql, rewrittenHours }: TouchedTable,
): Promise<number[]> {
  const generation = generationNumber(plan);
  const counted = `(CAST(substr(generation, 2) AS INTEGER) < ${generation}
    OR (CAST(substr(generation, 2) AS INTEGER) = ${generation}
      AND "offset" < coalesce(${listSql(cut[topic] ?? [])}["partition" + 1], 0)))`;
  const own = new Set(TABLE_COLUMNS[topic].map(({ name }) => name));
  const columns = READ_BY_COUNTING.filter((name) => own.has(name)).map((name) => `"${name}"`);
  const rows = (relation: string, where: string): string =>
    `SELECT ${columns.join(', ')} FROM ${relation} WHERE ${counted} AND ${where}`;
  const [old, fresh] = [reference(topic, before), reference(topic, now)];
  const changed: string[] = [];
  if (appendedSql !== null) changed.push(rows(appendedSql, 'true'));
  for (const hour of rewrittenHours) {
    const ofHour = `append_time >= epoch_ms(${hour * 3_600_000}) AND append_time < epoch_ms(${(hour + 1) * 3_600_000})`;
    const [then, later] = [rows(old, ofHour), rows(fresh, ofHour)];
    changed.push(`(${then} EXCEPT ALL ${later})`, `(${later} EXCEPT ALL ${then})`);
  }
  if (changed.length === 0) return [];
  await connection.run(`CREATE OR REPLACE TEMP TABLE changed AS ${changed.join(' UNION ALL ')}`);
  const spread = await connection.query(
    'SELECT count(*) AS rows, epoch_ms(min(append_time)) AS first_ms, epoch_ms(max(append_time)) AS last_ms FROM changed',
  );
  const at = (name: string): number => Number(spread.columns[name]?.values[0]);
  if (at('rows') === 0) return [];
  const { capWindowMs, qualifyWindowMs } = MEASURE_LIMITS;
  const from = Math.floor(at('first_ms') / capWindowMs) * capWindowMs;
  const to = at('last_ms') + qualifyWindowMs + capWindowMs;
  const near = `append_time >= epoch_ms(${from}) AND append_time < epoch_ms(${to})
    AND (generation, "partition", profile_id) IN (SELECT (generation, "partition", profile_id) FROM changed)`;
  const { columns: found } = await connection.query(`
    SELECT DISTINCT epoch_ms(append_time) // ${DAY_MS} AS day
    FROM (${rows(old, near)} UNION ALL ${rows(fresh, near)} UNION ALL FROM changed)`);
  await connection.run('DROP TABLE changed');
  return Array.from((found['day']?.values ?? []) as ArrayLike<number | bigint>, Number);
}
