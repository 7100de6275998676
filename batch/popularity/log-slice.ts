import { MEASURE_LIMITS, type MeasureLimits } from '../../domain/measures.ts';
import type { ComputePlan } from '../../domain/publishing.ts';
import { DAY_MS } from '../../domain/time.ts';
import { COUNTED_TOPICS, type CountedTopic } from '../../domain/topics.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { emptySource } from '../empty-source.ts';
import { loadSql } from '../sql.ts';
import { nameInOrder, type Codes } from './codes.ts';
import { countHere, type CountedDays, type Counting } from './counted-days.ts';
import { boundsOf, type Slice } from './slice.ts';
import type { Span } from './spans.ts';

export interface LogOrder {
  readonly plan: ComputePlan;
  readonly slice: Slice;
  readonly limits?: MeasureLimits;
  /** SQL of further relations whose titles, countries and rows get codes. */
  readonly named?: readonly string[];
  /** Codes of a log that this is a slice of; what the slice has is named without them. */
  readonly codes?: Codes;
  /** Days of append time beyond which nothing of the slice is read, but for what proofs look at. */
  readonly within?: Span | undefined;
}

/** SQL of a relation that has a snapshot's rows of some append times, and maybe others. */
export type RowSource = DuckDbLake['rowsSql'];

/** A slice of the log, in memory. */
export interface Logged {
  readonly codes: Codes;
  readonly counted: CountedDays;
}

/**
 * Reads a slice of the log once, into columns of numbers, from which every table of the view is counted (span-counts.ts).
 * Comes to the same as cells.ts, which lays windows over every event: here plays are proven by their first proof, and
 * only the few caps that are reached are put in order.
 */
export async function logSlice(
  connection: DuckDbConnection,
  order: LogOrder,
  rowsSql: RowSource,
): Promise<Logged> {
  const limits = order.limits ?? MEASURE_LIMITS;
  const { codes, counting } = await readLog(connection, order, rowsSql, (codes) =>
    countHere(codes, limits)(),
  );
  return { codes, counted: await counting.counted() };
}

/** Reads a slice into what is opened for it. */
export async function readLog(
  connection: DuckDbConnection,
  { plan, slice, limits = MEASURE_LIMITS, named = [], codes: known, within }: LogOrder,
  rowsSql: RowSource,
  open: (codes: Codes) => Counting,
): Promise<{ readonly codes: Codes; readonly counting: Counting }> {
  const sources = await sourcesOf({ plan, slice, limits, within }, rowsSql);
  const codes = known ?? (await nameInOrder(connection, [...sources.map(namedSql), ...named]));
  const counting = open(codes);
  for (const { topic, ...source } of sources) {
    const put: Readonly<Record<string, string>> = {
      ...source,
      generation: String(generationNumber(plan)),
      cuts: listSql(plan.cut[topic] ?? []),
      least_cut: String(leastOf(plan.cut[topic] ?? [])),
      is_counted: isCountedSql(topic, plan, slice),
      cap_window_ms: String(limits.capWindowMs),
      title: codes.keySql('title_id'),
      country: codes.keySql('country'),
      row: codes.keySql('row'),
    };
    const sql = loadSql(`${topic}-logged`);
    const statement = sql.replaceAll(/\{(\w+)\}/g, (_, name: string) => put[name]!);
    try {
      await connection.queryByBatch(statement, (rows, rowCount) => counting.take(topic, rows, rowCount));
    } catch (error) {
      counting.drop();
      throw error;
    }
  }
  return { codes, counting };
}

/** Numbers the names of a slice of which some stretches of days are read, each by itself. */
export async function nameLog(
  connection: DuckDbConnection,
  { plan, slice, limits = MEASURE_LIMITS, named = [] }: LogOrder,
  rowsSql: RowSource,
  chapters: readonly (Span | undefined)[] = [undefined],
): Promise<Codes> {
  const sources: string[] = [];
  for (const within of chapters)
    sources.push(...(await sourcesOf({ plan, slice, limits, within }, rowsSql)).map(namedSql));
  return nameInOrder(connection, [...sources, ...named]);
}

interface Source {
  readonly topic: CountedTopic;
  readonly reference: string;
  /** SQL of what is read of it. */
  readonly appended: string;
}

async function sourcesOf(
  { plan, slice, limits, within }: Pick<LogOrder, 'plan' | 'slice' | 'within'> & { limits: MeasureLimits },
  rowsSql: RowSource,
): Promise<Source[]> {
  const bounds = boundsOf(slice, limits, within);
  const before = bounds.toMs === undefined ? '' : ` AND append_time < epoch_ms(${bounds.toMs})`;
  const sources: Source[] = [];
  for (const topic of COUNTED_TOPICS) {
    const input = plan.inputs.find(({ table }) => table === topic);
    const fromMs = topic === 'plays' ? bounds.proofFromMs : bounds.capFromMs;
    const window = { fromMs, toMs: bounds.toMs };
    const reference =
      input === undefined ? `(${emptySource(topic)})` : await rowsSql(topic, input.snapshotId, window);
    sources.push({ topic, reference, appended: `append_time >= epoch_ms(${fromMs})${before}` });
  }
  return sources;
}

const namedSql = ({ topic, reference, appended }: Source): string =>
  `SELECT title_id, country${topic === 'plays' ? '' : ', "row"'} FROM ${reference} WHERE ${appended}`;

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
      const again =
        slice.recounted.length === 0
          ? ''
          : ` OR epoch_ms(append_time) // ${DAY_MS} IN (${slice.recounted.join(', ')})`;
      return `((${isNewer})${again})`;
    }
  }
}

export const generationNumber = ({ generation }: Pick<ComputePlan, 'generation'>): number =>
  Number(generation.slice(1));

const leastOf = (cuts: readonly number[]): number =>
  cuts.reduce((least, cut) => Math.min(least, cut), cuts[0] ?? 0);

/** A list of whole numbers; one without any has a type too. */
export const listSql = (values: readonly number[]): string => `CAST([${values.join(', ')}] AS BIGINT[])`;
