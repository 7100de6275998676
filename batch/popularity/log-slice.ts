import { MEASURE_LIMITS, type MeasureLimits } from '../../domain/measures.ts';
import type { ComputePlan } from '../../domain/publishing.ts';
import { DAY_MS } from '../../domain/time.ts';
import { COUNTED_TOPICS, type CountedTopic } from '../../domain/topics.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import { emptySource } from '../empty-source.ts';
import { loadSql } from '../sql.ts';
import type { TableReference } from './cells.ts';
import { cellSql, codesSql, codeSql, dropNames, nameInOrder, TITLE_SHIFT } from './codes.ts';
import type { Span } from './spans.ts';
import { boundsOf, type Slice } from './slice.ts';

export interface LogOrder {
  readonly plan: ComputePlan;
  readonly slice: Slice;
  readonly limits?: MeasureLimits;
  /** SQL of further relations whose titles, countries and rows get codes. */
  readonly named?: readonly string[];
}

const LOGGED = ['plays_logged', 'impressions_logged', 'played', 'excess'];

/**
 * Reads a slice of the log once, into temporary tables of numbers (plays-logged.sql and those that read it), from which
 * every table of the view is counted (tables.ts). Comes to the same as cells.ts, which lays windows over every event:
 * here raw counts are plain sums, plays are proven by their first proof, and windows are laid over the few caps that are
 * reached. Resolves with the days of append time on which there is something to count.
 */
export async function logSlice(
  connection: DuckDbConnection,
  { plan, slice, limits = MEASURE_LIMITS, named = [] }: LogOrder,
  reference: TableReference,
): Promise<number[]> {
  const bounds = boundsOf(slice, limits);
  const before = bounds.toMs === undefined ? '' : ` AND append_time < epoch_ms(${bounds.toMs})`;
  const sources = COUNTED_TOPICS.map((topic) => {
    const input = plan.inputs.find(({ table }) => table === topic);
    const fromMs = topic === 'plays' ? bounds.proofFromMs : bounds.capFromMs;
    return {
      topic,
      reference: input === undefined ? `(${emptySource(topic)})` : reference(topic, input.snapshotId),
      appended: `append_time >= epoch_ms(${fromMs})${before}`,
    };
  });
  await nameInOrder(connection, [
    ...sources.map(
      (source) =>
        `SELECT title_id, country${source.topic === 'plays' ? '' : ', "row"'} FROM ${source.reference} WHERE ${source.appended}`,
    ),
    ...named,
  ]);
  for (const source of sources) {
    const put: Readonly<Record<string, string>> = {
      ...source,
      generation: String(generationNumber(plan)),
      cuts: listSql(plan.cut[source.topic] ?? []),
      is_counted: isCountedSql(source.topic, plan, slice),
      cap_window_ms: String(limits.capWindowMs),
      codes: codesSql(source.topic === 'plays' ? ['title_id', 'country'] : ['title_id', 'country', 'row']),
      cell: cellSql(`CASE WHEN time_status = 'ok' THEN epoch_ms(event_time) // 3600000 ELSE -1 END`),
      row_code: codeSql('row'),
    };
    await connection.run(
      loadSql(`${source.topic}-logged`).replaceAll(/\{(\w+)\}/g, (_, name: string) => put[name]!),
    );
  }
  await connection.run(loadSql('proven'), { qualify_window_ms: limits.qualifyWindowMs });
  await connection.run(loadSql('played'));
  await connection.run('DROP TABLE proven');
  await connection.run(`CREATE OR REPLACE TEMP TABLE excess
    (what TINYINT, day INTEGER, cell BIGINT, twelfth UTINYINT, row_code INTEGER, seconds BIGINT)`);
  return countedDays(connection);
}

/** Fills `excess` for the days of a span: each of them once. */
export async function capSpan(
  connection: DuckDbConnection,
  { fromDay, toDay }: Span,
  { capCount }: MeasureLimits = MEASURE_LIMITS,
): Promise<void> {
  const sql = loadSql('excess').replaceAll('{title_shift}', String(TITLE_SHIFT));
  await connection.run(sql, { from_day: fromDay, to_day: toDay, cap_count: capCount });
}

export async function dropLog(connection: DuckDbConnection): Promise<void> {
  for (const table of LOGGED) await connection.run(`DROP TABLE IF EXISTS ${table}`);
  await dropNames(connection);
}

async function countedDays(connection: DuckDbConnection): Promise<number[]> {
  const { columns } = await connection.query(`SELECT DISTINCT day FROM (
    SELECT day FROM impressions_logged WHERE is_counted UNION ALL SELECT day FROM played WHERE is_counted) ORDER BY day`);
  return Array.from((columns['day']?.values ?? []) as ArrayLike<number>, Number);
}

function isCountedSql(topic: CountedTopic, plan: ComputePlan, slice: Slice): string {
  switch (slice.kind) {
    case 'all':
      return 'true';
    case 'appended':
      return `append_time >= epoch_ms(${slice.fromDay * DAY_MS})`;
    case 'happened':
      return `(time_status = 'ok' AND event_time >= epoch_ms(${slice.fromMs}) AND event_time < epoch_ms(${slice.toMs}))`;
    case 'since': {
      const isNewer = `generation = '${plan.generation}'
        AND "offset" >= coalesce(${listSql(slice.cut[topic] ?? [])}["partition" + 1], 0)`;
      const { days, fromDay } = slice.recounted;
      const day = `epoch_ms(append_time) // ${DAY_MS}`;
      const again = [
        ...(days.length === 0 ? [] : [`${day} IN (${days.join(', ')})`]),
        ...(fromDay === Infinity ? [] : [`${day} >= ${fromDay}`]),
      ];
      return `((${isNewer})${again.map((sql) => ` OR ${sql}`).join('')})`;
    }
  }
}

export const generationNumber = ({ generation }: Pick<ComputePlan, 'generation'>): number =>
  Number(generation.slice(1));

/** A list of whole numbers; one without any has a type too. */
export const listSql = (values: readonly number[]): string => `CAST([${values.join(', ')}] AS BIGINT[])`;
