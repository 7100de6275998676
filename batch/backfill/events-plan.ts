/** Plans a backfill of events: snapshots, the raw offsets to fold, cut into shards, and what that should take. */
import { leftBy } from '../../domain/backfills/leaves.ts';
import type { EventsOrder } from '../../domain/backfills/order.ts';
import type { EventsPlan, RawShard } from '../../domain/backfills/run.ts';
import { MarqueeError } from '../../domain/errors.ts';
import type { Generation } from '../../domain/ids.ts';
import type { CutVector, TableInput } from '../../domain/manifest.ts';
import type { EpochMs } from '../../domain/time.ts';
import { CLEAN_TOPICS, COUNTED_TOPICS, type CleanTopic } from '../../domain/topics.ts';
import type { ColumnSet } from '../../infra/duckdb/columns.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { RAW_TABLE, type LakeTable } from '../../infra/lake/tables.ts';
import { rawTimesOf, scopeSql } from './scope.ts';

export interface EventsSettings {
  /** Raw offsets of one shard. */
  readonly shardRows: number;
  readonly maxShards: number;
  readonly window: number;
  /** Raw events that one worker folds in a second, for estimates. */
  readonly rowsPerSecond: number;
  /** A raw event younger than this may still be on its way to the lake. */
  readonly settleMs: number;
  readonly dedupeWindowMs: number;
}

export interface PlanInput {
  readonly order: EventsOrder;
  readonly generation: Generation;
  readonly ceiling: CutVector | null;
  readonly asOf: EpochMs;
  readonly lookups: EventsPlan['lookups'];
}

/** Raw offsets [from, to) of a partition. */
interface RawRange {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** Throws BACKFILL_ABOVE_CUT and BACKFILL_ORDER_INVALID. */
export async function planEvents(
  lake: DuckDbLake,
  settings: EventsSettings,
  input: PlanInput,
): Promise<EventsPlan> {
  const { order, generation, ceiling } = input;
  const inputs = await snapshotsOf(lake);
  const at = (table: LakeTable): string | undefined => {
    const found = inputs.find((one) => one.table === table);
    return found && lake.reference(table, found.snapshotId);
  };
  const raw = at(RAW_TABLE);
  if (raw === undefined) throw invalid(order, 'the lake has no raw events');
  return lake.read(async (connection) => {
    const question = { connection, at, generation };
    const rows = order.reason === 'correct' ? await scopedRows(question, order, ceiling) : [];
    const ranges =
      order.reason === 'correct'
        ? rangesByPartition(rows)
        : order.reason === 'fill'
          ? await rangesToFill(question, raw, order, input.asOf - settings.settleMs)
          : await rangesBefore(question, raw);
    if (order.reason === 'fill')
      await assertRemembered(question, raw, order, ranges, settings.dedupeWindowMs);
    const { shards, warmRows } = await shardsOf(question, raw, ranges, settings);
    if (shards.length > settings.maxShards)
      throw invalid(order, `it has ${shards.length} shards, at most ${settings.maxShards} are taken`);
    const total = (of: (shard: RawShard) => number): number =>
      shards.reduce((sum, shard) => sum + of(shard), 0);
    return {
      ...{ generation, inputs, shards, warmRows, ceiling, window: settings.window, lookups: input.lookups },
      leaves: leftBy(order, order.reason === 'correct' ? topicsOf(rows) : CLEAN_TOPICS).map(
        ({ what }) => what,
      ),
      rows: total((shard) => shard.rows),
      bytes: total((shard) => shard.bytes),
      cleanRows: rows.reduce((sum, one) => sum + one.rows, 0),
      estimatedSeconds: Math.ceil((total((shard) => shard.rows) + warmRows) / settings.rowsPerSecond),
    };
  });
}

interface Question {
  readonly connection: DuckDbConnection;
  /** Undefined where the table is empty. */
  readonly at: (table: LakeTable) => string | undefined;
  readonly generation: Generation;
}

/** Raw events first: what the clean tables hold of them by then can only be more. */
async function snapshotsOf(lake: DuckDbLake): Promise<TableInput[]> {
  const inputs: TableInput[] = [];
  for (const table of [RAW_TABLE, ...CLEAN_TOPICS] as const) {
    const snapshotId = await lake.snapshot(table);
    if (snapshotId !== undefined) inputs.push({ table, snapshotId });
  }
  return inputs;
}

interface ScopedRows extends RawRange {
  readonly topic: CleanTopic;
  readonly rows: number;
}

/** What the clean tables have of the order, all of it below the ceiling. */
async function scopedRows(
  { connection, at, generation }: Question,
  order: EventsOrder,
  ceiling: CutVector | null,
): Promise<ScopedRows[]> {
  const found: ScopedRows[] = [];
  for (const topic of CLEAN_TOPICS) {
    const reference = at(topic);
    if (reference === undefined) continue;
    const rows = await connection.query(
      `SELECT "partition", CAST(count(*) AS DOUBLE) AS rows, CAST(min(raw_offset) AS DOUBLE) AS first,
        CAST(max(raw_offset) AS DOUBLE) AS last, CAST(max("offset") AS DOUBLE) AS highest
      FROM (FROM ${reference}) AS t WHERE generation = $generation AND ${scopeSql(order, topic, 't')}
      GROUP BY "partition" ORDER BY "partition"`,
      { generation },
    );
    for (let row = 0; row < rows.rowCount; row++) {
      const partition = numberAt(rows, 'partition', row);
      const limit = limitOf(ceiling, topic, partition);
      if (numberAt(rows, 'highest', row) >= limit)
        throw await aboveCut({ connection, at, generation }, order, { topic, partition, limit });
      found.push({
        ...{ topic, partition },
        from: numberAt(rows, 'first', row),
        to: numberAt(rows, 'last', row) + 1,
        rows: numberAt(rows, 'rows', row),
      });
    }
  }
  return found;
}

const topicsOf = (rows: readonly ScopedRows[]): readonly CleanTopic[] => rows.map(({ topic }) => topic);

/** First offset that must not be touched. */
function limitOf(ceiling: CutVector | null, topic: CleanTopic, partition: number): number {
  const isCounted = (COUNTED_TOPICS as readonly string[]).includes(topic);
  return ceiling === null || !isCounted ? Infinity : (ceiling[topic]?.[partition] ?? 0);
}

async function aboveCut(
  { connection, at, generation }: Question,
  order: EventsOrder,
  { topic, partition, limit }: { topic: CleanTopic; partition: number; limit: number },
): Promise<MarqueeError> {
  const rows = await connection.query(
    `SELECT CAST(count(*) AS DOUBLE) AS rows FROM (FROM ${at(topic)}) AS t
    WHERE generation = $generation AND "partition" = $partition AND "offset" >= $limit AND ${scopeSql(order, topic, 't')}`,
    { generation, partition, limit },
  );
  return new MarqueeError('BACKFILL_ABOVE_CUT', {
    ...{ rows: numberAt(rows, 'rows', 0), topic, partition, offset: limit },
  });
}

/** One range a partition, whatever lies between. */
export function rangesByPartition(rows: readonly RawRange[]): RawRange[] {
  const ranges = new Map<number, RawRange>();
  for (const { partition, from, to } of rows) {
    const known = ranges.get(partition) ?? { partition, from, to };
    ranges.set(partition, { partition, from: Math.min(known.from, from), to: Math.max(known.to, to) });
  }
  return [...ranges.values()].sort((a, b) => a.partition - b.partition);
}

async function rangesToFill(
  { connection, generation }: Question,
  raw: string,
  order: EventsOrder,
  settledMs: EpochMs,
): Promise<RawRange[]> {
  const { fromMs, toMs } = rawTimesOf(order);
  const rows = await connection.query(
    `SELECT "partition", CAST(min("offset") AS DOUBLE) AS first, CAST(max("offset") AS DOUBLE) AS last FROM ${raw}
    WHERE generation = $generation AND append_time >= epoch_ms($from_ms) AND append_time < epoch_ms($to_ms)
    GROUP BY "partition" ORDER BY "partition"`,
    { generation, from_ms: Math.max(0, fromMs), to_ms: Math.min(toMs, settledMs) },
  );
  return rangesAt(rows);
}

/** Before the first row of any clean table. A table that is empty has no row to be before. */
async function rangesBefore({ connection, at, generation }: Question, raw: string): Promise<RawRange[]> {
  const firsts = CLEAN_TOPICS.flatMap((topic) => {
    const reference = at(topic);
    return reference === undefined
      ? []
      : [
          `SELECT "partition", min(raw_offset) AS first FROM ${reference} WHERE generation = $generation GROUP BY ALL`,
        ];
  });
  if (firsts.length === 0) return [];
  const rows = await connection.query(
    `WITH ends AS (SELECT "partition", max(first) AS until FROM (${firsts.join(' UNION ALL ')}) GROUP BY ALL)
    SELECT r."partition", CAST(min(r."offset") AS DOUBLE) AS first, CAST(max(r."offset") AS DOUBLE) AS last
    FROM (FROM ${raw}) AS r JOIN ends USING ("partition") WHERE r.generation = $generation AND r."offset" < until
    GROUP BY ALL ORDER BY r."partition"`,
    { generation },
  );
  return rangesAt(rows);
}

const rangesAt = (rows: ColumnSet): RawRange[] =>
  Array.from({ length: rows.rowCount }, (_, row) => ({
    partition: numberAt(rows, 'partition', row),
    from: numberAt(rows, 'first', row),
    to: numberAt(rows, 'last', row) + 1,
  }));

/** What came twice is told by the window before the range: without it a repeat would be sent as if it were new. */
async function assertRemembered(
  { connection, generation }: Question,
  raw: string,
  order: EventsOrder,
  ranges: readonly RawRange[],
  dedupeWindowMs: number,
): Promise<void> {
  for (const { partition, from } of ranges) {
    const rows = await connection.query(
      `SELECT CAST(min("offset") AS DOUBLE) AS first, CAST(epoch_ms(min(append_time)) AS DOUBLE) AS first_ms,
        CAST(epoch_ms(min(append_time) FILTER ("offset" >= $from)) AS DOUBLE) AS begin_ms
      FROM ${raw} WHERE generation = $generation AND "partition" = $partition AND redriven_from IS NULL`,
      { generation, partition, from },
    );
    const isWhole = numberAt(rows, 'first', 0) === 0;
    const isOlder = numberAt(rows, 'first_ms', 0) <= numberAt(rows, 'begin_ms', 0) - dedupeWindowMs;
    if (!isWhole && !isOlder)
      throw invalid(order, `raw events of the dedupe window before it are gone in partition ${partition}`);
  }
}

/** Pieces of at most so many offsets, those without raw events left out; and the raw events before them to be read. */
async function shardsOf(
  { connection, generation }: Question,
  raw: string,
  ranges: readonly RawRange[],
  { shardRows, dedupeWindowMs }: EventsSettings,
): Promise<{ shards: RawShard[]; warmRows: number }> {
  const shards: RawShard[] = [];
  let warmRows = 0;
  for (const { partition, from, to } of ranges) {
    const params = { generation, partition, from, to };
    const rows = await connection.query(
      `SELECT CAST(("offset" - $from) // ${shardRows} AS DOUBLE) AS piece, CAST(count(*) AS DOUBLE) AS rows,
        CAST(sum(coalesce(octet_length(value), 0)) AS DOUBLE) AS bytes, CAST(epoch_ms(min(append_time)) AS DOUBLE) AS begin_ms
      FROM ${raw} WHERE generation = $generation AND "partition" = $partition AND "offset" >= $from AND "offset" < $to
      GROUP BY ALL ORDER BY ALL`,
      params,
    );
    for (let row = 0; row < rows.rowCount; row++) {
      const first = from + numberAt(rows, 'piece', row) * shardRows;
      shards.push({
        ...{ partition, from: first, to: Math.min(to, first + shardRows) },
        ...{ rows: numberAt(rows, 'rows', row), bytes: numberAt(rows, 'bytes', row) },
      });
      const warm = await connection.query(
        `SELECT CAST(count(*) AS DOUBLE) AS rows FROM ${raw} WHERE generation = $generation AND "partition" = $partition
          AND "offset" < $first AND append_time >= epoch_ms($since)`,
        {
          generation,
          partition,
          first,
          since: Math.max(0, numberAt(rows, 'begin_ms', row) - dedupeWindowMs),
        },
      );
      warmRows += numberAt(warm, 'rows', 0);
    }
  }
  return { shards, warmRows };
}

const numberAt = ({ columns }: ColumnSet, name: string, row: number): number =>
  Number(columns[name]?.values[row]);

const invalid = ({ name }: EventsOrder, reason: string): MarqueeError =>
  new MarqueeError('BACKFILL_ORDER_INVALID', { name, reason });
