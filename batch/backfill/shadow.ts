/**
 * The shadow of a backfill: what its shards would change in the clean tables, as Parquet beside the lake. A shadow row has
 * the table's columns and `change`: `replaced` (in place of the row with its partition and offset), `removed` (the row as
 * it is), `added` (not in the lake), and `moves`: whether rows after it may count otherwise as well.
 */
import { join } from 'node:path';
import type { EventsOrder } from '../../domain/backfills/order.ts';
import { NO_COUNTS, type EventsPlan, type RawShard, type ShardCounts } from '../../domain/backfills/run.ts';
import { CLEAN_TOPICS, type CleanTopic } from '../../domain/topics.ts';
import { quoteName, quoteText, type DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import type { PartitionRows } from '../../infra/lake/port.ts';
import { stageRows } from '../../infra/lake/stage-rows.ts';
import { RAW_TABLE, TABLE_COLUMNS } from '../../infra/lake/tables.ts';
import { scopeSql } from './scope.ts';

export interface ShadowPart {
  readonly topic: CleanTopic;
  readonly path: string;
  readonly rows: number;
}

export interface ShardShadow {
  readonly counts: ShardCounts;
  /** Tables without a change are left out. */
  readonly parts: readonly ShadowPart[];
}

export interface ShadowInput {
  readonly order: EventsOrder;
  readonly plan: EventsPlan;
  readonly shard: RawShard;
  readonly folded: { readonly raw: number; readonly rows: ReadonlyMap<CleanTopic, readonly PartitionRows[]> };
  readonly region: string;
  /** Folder for the files. */
  readonly dir: string;
}

/** Where a row stands, and which views or schema it was made with: no change by themselves. */
const NOT_COMPARED = new Set([
  ...['region', 'generation', 'partition', 'offset', 'raw_offset'],
  ...['schema_fingerprint', 'catalogue_version', 'pages_version'],
]);
/** What proofs and caps of later rows go by. */
const MOVING = new Set([
  ...['kind', 'profile_id', 'title_id', 'play_id', 'viewed_seconds', 'duration_seconds', 'runtime_seconds'],
  'origin',
]);

/** Holds what a shard came to against the lake as of the plan. */
export function writeShadow(lake: DuckDbLake, input: ShadowInput): Promise<ShardShadow> {
  const { plan, folded } = input;
  return lake.read(async (connection) => {
    let counts: ShardCounts = { ...NO_COUNTS, raw: folded.raw };
    const parts: ShadowPart[] = [];
    for (const topic of CLEAN_TOPICS) {
      const table = plan.inputs.find((one) => one.table === topic);
      const rows = folded.rows.get(topic) ?? [];
      if (table === undefined && rows.length === 0) continue;
      await stageRows(connection, 'folded', { table: topic, region: input.region, rows });
      await stageCurrent(connection, lake, topic, input);
      const found = await compare(connection, topic, input);
      counts = {
        raw: counts.raw,
        same: counts.same + found.counts.same,
        replaced: counts.replaced + found.counts.replaced,
        removed: counts.removed + found.counts.removed,
        missing: counts.missing + found.counts.missing,
        withoutRaw: counts.withoutRaw + found.counts.withoutRaw,
      };
      if (found.part.rows > 0) parts.push(found.part);
    }
    for (const name of ['folded', 'standing', 'known']) await connection.run(`DROP TABLE IF EXISTS ${name}`);
    return { counts, parts };
  });
}

/**
 * `standing`: the table's rows of the shard, and whether their raw events are still kept. `known`: the partition's first raw
 * offset, and the raw offsets whose events were sent again and taken since.
 */
async function stageCurrent(
  connection: DuckDbConnection,
  lake: DuckDbLake,
  topic: CleanTopic,
  { plan, shard }: ShadowInput,
): Promise<void> {
  const at = (table: CleanTopic | typeof RAW_TABLE): string | undefined => {
    const input = plan.inputs.find((one) => one.table === table);
    return input && lake.reference(table, input.snapshotId);
  };
  const place = `generation = ${quoteText(plan.generation)} AND "partition" = ${shard.partition}`;
  const reference = at(topic);
  const rows =
    reference === undefined
      ? `SELECT * FROM folded WHERE false`
      : `SELECT ${columnsSql(topic)} FROM ${reference} WHERE ${place} AND raw_offset >= ${shard.from} AND raw_offset < ${shard.to}`;
  await connection.run(`CREATE OR REPLACE TEMP TABLE standing AS
    WITH kept AS (SELECT "offset" AS raw_offset FROM ${at(RAW_TABLE)}
      WHERE ${place} AND "offset" >= ${shard.from} AND "offset" < ${shard.to})
    SELECT s.*, k.raw_offset IS NOT NULL AS has_raw FROM (${rows}) AS s LEFT JOIN kept AS k USING (raw_offset)`);
  const known =
    reference === undefined
      ? 'SELECT NULL::BIGINT AS first, NULL::BIGINT[] AS redriven'
      : `SELECT min(raw_offset) AS first, list(redriven_from) FILTER (redriven_from IS NOT NULL) AS redriven
        FROM ${reference} WHERE ${place}`;
  await connection.run(`CREATE OR REPLACE TEMP TABLE known AS ${known}`);
}

async function compare(
  connection: DuckDbConnection,
  topic: CleanTopic,
  { order, shard, dir }: ShadowInput,
): Promise<{ counts: Omit<ShardCounts, 'raw'>; part: ShadowPart }> {
  const scoped = scopeSql(order, topic, 's');
  const inScope = `(${scoped}) AND s.raw_offset >= ${shard.from}`;
  const missing = `SELECT f.* FROM folded AS f ANTI JOIN standing USING (raw_offset) WHERE ${missingSql(order, topic)}`;
  await connection.run(`CREATE OR REPLACE TEMP TABLE compared AS
    SELECT 'replaced' AS change, ${differsSql(topic, MOVING)} AS moves, ${differsSql(topic)} AS differs, true AS kept,
      ${replacementSql(topic)}
    FROM standing AS s JOIN folded AS f USING (raw_offset) WHERE ${inScope}
    UNION ALL BY NAME
    SELECT 'removed' AS change, true AS moves, true AS differs, s.has_raw AS kept, ${columnsSql(topic, 's')}
    FROM standing AS s ANTI JOIN folded USING (raw_offset) WHERE ${inScope}
    UNION ALL BY NAME
    SELECT 'added' AS change, true AS moves, true AS differs, true AS kept, ${columnsSql(topic, 'm')} FROM (${missing}) AS m`);
  const found = await connection.query(`SELECT
    count(*) FILTER (NOT differs) AS same, count(*) FILTER (change = 'replaced' AND differs) AS replaced,
    count(*) FILTER (change = 'removed' AND kept) AS removed, count(*) FILTER (change = 'added') AS missing,
    count(*) FILTER (NOT kept) AS without_raw FROM compared`);
  const count = (name: string): number => Number(found.columns[name]?.values[0]);
  const changes = order.reason === 'correct' ? `change <> 'added'` : `change = 'added'`;
  const path = join(dir, `${topic}.parquet`);
  await connection.run(`COPY (SELECT change, moves, ${columnsSql(topic)} FROM compared WHERE differs AND kept AND ${changes}
    ORDER BY raw_offset) TO ${quoteText(path)} (FORMAT parquet)`);
  await connection.run('DROP TABLE compared');
  const isCorrect = order.reason === 'correct';
  const counts = {
    same: count('same'),
    replaced: isCorrect ? count('replaced') : 0,
    removed: isCorrect ? count('removed') : 0,
    missing: count('missing'),
    withoutRaw: isCorrect ? count('without_raw') : 0,
  };
  const rows = isCorrect ? counts.replaced + counts.removed : counts.missing;
  return { counts, part: { topic, path, rows } };
}

/** Of what the fold makes and the lake has not: what the order asks for. */
const missingSql = (order: EventsOrder, topic: CleanTopic): string =>
  order.reason === 'bootstrap'
    ? 'f.raw_offset < (SELECT first FROM known)'
    : `(${scopeSql(order, topic, 'f')})
      AND NOT coalesce(list_contains((SELECT redriven FROM known), f.raw_offset), false)`;

const differsSql = (topic: CleanTopic, among?: ReadonlySet<string>): string => {
  const compared = TABLE_COLUMNS[topic].filter(
    ({ name }) => !NOT_COMPARED.has(name) && (among === undefined || among.has(name)),
  );
  return `(${compared.map(({ name }) => `s.${quoteName(name)} IS DISTINCT FROM f.${quoteName(name)}`).join(' OR ')})`;
};

/** The row as it is folded now, in the place of the one that stands. */
const replacementSql = (topic: CleanTopic): string =>
  TABLE_COLUMNS[topic]
    .map(({ name }) => {
      const standsFor = ['region', 'generation', 'partition', 'offset'].includes(name);
      return name === 'raw_offset' ? 'raw_offset' : `${standsFor ? 's' : 'f'}.${quoteName(name)}`;
    })
    .join(', ');

export const columnsSql = (topic: CleanTopic, alias?: string): string =>
  TABLE_COLUMNS[topic]
    .map(({ name }) => (alias === undefined ? quoteName(name) : `${alias}.${quoteName(name)}`))
    .join(', ');
