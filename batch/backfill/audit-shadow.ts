/** Looks a shadow over before anybody is asked, against the lake as it is now. */
import type { AuditCheck, EventsPlan, ShadowAudit, ShardCounts } from '../../domain/backfills/run.ts';
import type { CutVector } from '../../domain/manifest.ts';
import { MEASURE_LIMITS } from '../../domain/measures.ts';
import type { BlockRange } from '../../domain/parity/choose.ts';
import { COUNTED_TOPICS, type CleanTopic, type CountedTopic } from '../../domain/topics.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { dropShadow, shadowTable, shadowTopics, stageShadow, type Shadow } from './overlay.ts';

export interface AuditInput extends Shadow {
  readonly plan: EventsPlan;
  /** Summed over the shards. */
  readonly counts: ShardCounts;
  /** The lowest cut that may be served now. */
  readonly ceiling: CutVector | null;
  readonly blockSize: number;
}

export function auditShadow(lake: DuckDbLake, input: AuditInput): Promise<ShadowAudit> {
  return lake.read(async (connection) => {
    const { order, files, plan, counts } = input;
    await stageShadow(connection, lake.reference, input);
    const checks: AuditCheck[] = [
      {
        check: 'every raw event of the plan was folded',
        ok: counts.raw === plan.rows,
        detail: `${counts.raw} of ${plan.rows}`,
      },
    ];
    const rows: Partial<Record<CleanTopic, number>> = {};
    const blocks: BlockRange[] = [];
    for (const topic of shadowTopics(files)) {
      const found = await auditTable(connection, lake, topic, input);
      rows[topic] = found.rows;
      checks.push(...found.checks);
      if (isCounted(topic) && order.reason !== 'fill')
        blocks.push(...(await touchedBlocks(connection, lake, topic, input.blockSize)));
    }
    await dropShadow(connection);
    return { checks, rows, blocks: { generation: plan.generation, blocks } };
  });
}

const isCounted = (topic: CleanTopic): topic is CountedTopic =>
  (COUNTED_TOPICS as readonly string[]).includes(topic);

const KEY = 'generation, "partition", "offset"';
/** What a row keeps, whatever the fold says of it. */
const IDENTITY = ['raw_offset', 'append_time', 'event_time', 'event_id', 'kind', 'profile_id'];

async function auditTable(
  connection: DuckDbConnection,
  lake: DuckDbLake,
  topic: CleanTopic,
  { order, ceiling, plan }: AuditInput,
): Promise<{ rows: number; checks: AuditCheck[] }> {
  const shadow = shadowTable(topic);
  const near = `append_time >= (SELECT min(append_time) FROM ${shadow}) AND append_time <= (SELECT max(append_time) FROM ${shadow})`;
  const standing = `(SELECT * FROM ${lake.reference(topic)} WHERE ${near})`;
  const same = IDENTITY.map((name) => `t.${name} IS NOT DISTINCT FROM s.${name}`).join(' AND ');
  const limits = (ceiling?.[topic] ?? []).join(', ');
  const isAbove =
    ceiling === null || !isCounted(topic) || order.reason === 'fill'
      ? 'false'
      : `s."offset" >= coalesce(CAST([${limits}] AS BIGINT[])[s."partition" + 1], 0)`;
  const found = await connection.query(`
    WITH ends AS (SELECT generation, "partition", max("offset") AS last FROM ${lake.reference(topic)} GROUP BY ALL)
    SELECT count(*) AS rows, count(DISTINCT (s.generation, s."partition", s."offset")) AS places,
      count(DISTINCT (s.generation, s."partition", s.raw_offset)) AS raw_places,
      count(*) FILTER (change <> 'added' AND t."offset" IS NULL) AS unmatched,
      count(*) FILTER (change <> 'added' AND t."offset" IS NOT NULL AND NOT (${same})) AS others,
      count(*) FILTER (change = 'added' AND t."offset" IS NOT NULL) AS taken,
      count(*) FILTER (${isAbove}) AS above, count(*) FILTER (change = 'removed' AND s."offset" = last) AS last_rows,
      count(*) FILTER (s."offset" < 0) AS negative, count(*) FILTER (s.generation <> '${plan.generation}') AS foreign
    FROM ${shadow} AS s LEFT JOIN ${standing} AS t USING (${KEY}) LEFT JOIN ends USING (generation, "partition")`);
  const at = (name: string): number => Number(found.columns[name]?.values[0]);
  const none = (check: string, name: string): AuditCheck => ({
    check: `${topic}: ${check}`,
    ok: at(name) === 0,
    detail: at(name) === 0 ? `${at('rows')} rows` : `${at(name)} of ${at('rows')} rows are otherwise`,
  });
  const isOnce = at('places') === at('rows') && at('raw_places') === at('rows');
  const checks: AuditCheck[] = [
    {
      check: `${topic}: every row has a place of its own`,
      ok: isOnce,
      detail: `${at('places')} of ${at('rows')}`,
    },
    none('rows are of the generation that is written', 'foreign'),
  ];
  if (order.reason !== 'fill') {
    checks.push(
      none('every row that is replaced stands in the lake', 'unmatched'),
      none('event, time and profile stay what they are', 'others'),
      none('places of added rows are free', 'taken'),
      none('all lies below the lowest cut that may be served', 'above'),
      none("no partition's last row is removed", 'last_rows'),
      none('no place is before the log', 'negative'),
    );
  }
  return { rows: at('rows'), checks };
}

/** Blocks of the rows, and where proofs or caps may move those of the same profiles after them. */
async function touchedBlocks(
  connection: DuckDbConnection,
  lake: DuckDbLake,
  topic: CountedTopic,
  blockSize: number,
): Promise<BlockRange[]> {
  const shadow = shadowTable(topic);
  const reachMs = MEASURE_LIMITS.qualifyWindowMs + MEASURE_LIMITS.capWindowMs;
  const rows = await connection.query(`
    WITH moving AS (SELECT generation, "partition", profile_id, min("offset") AS first FROM ${shadow} WHERE moves GROUP BY ALL),
    times AS (SELECT min(append_time) AS first, max(append_time) AS last FROM ${shadow} WHERE moves),
    touched AS (
      SELECT "partition", "offset" // ${blockSize} AS block FROM ${shadow}
      UNION
      SELECT t."partition", t."offset" // ${blockSize} FROM ${lake.reference(topic)} AS t
      JOIN moving AS m USING (generation, "partition", profile_id)
      WHERE t."offset" >= m.first AND t.append_time >= (SELECT first FROM times)
        AND t.append_time <= (SELECT last FROM times) + to_milliseconds(${reachMs})
    ),
    numbered AS (SELECT *, block - row_number() OVER (PARTITION BY "partition" ORDER BY block) AS run FROM touched)
    SELECT "partition", CAST(min(block) AS DOUBLE) AS first, CAST(max(block) AS DOUBLE) AS last
    FROM numbered GROUP BY "partition", run ORDER BY ALL`);
  const at = (name: string, row: number): number => Number(rows.columns[name]?.values[row]);
  return Array.from({ length: rows.rowCount }, (_, row) => ({
    topic,
    partition: at('partition', row),
    from: at('first', row),
    to: at('last', row) + 1,
  }));
}
