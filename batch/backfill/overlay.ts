/** The clean tables as they will be: the shadow's rows in the place of those they stand for. */
import type { EventsOrder } from '../../domain/backfills/order.ts';
import type { EventsPlan, RawShard } from '../../domain/backfills/run.ts';
import { FUTURE_LIMIT_MS, PAST_LIMIT_MS, type EpochMs } from '../../domain/time.ts';
import { CLEAN_TOPICS, type CleanTopic } from '../../domain/topics.ts';
import { quoteText, type DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { columnsSql } from './shadow.ts';

/** Parquet files of the shadow by table; tables without a change are left out. */
export type ShadowFiles = Readonly<Partial<Record<CleanTopic, readonly string[]>>>;

export const shadowTable = (topic: CleanTopic): string => `shadow_${topic}`;
export const shadowTopics = (files: ShadowFiles): CleanTopic[] =>
  CLEAN_TOPICS.filter((topic) => (files[topic] ?? []).length > 0);

export interface Shadow {
  readonly order: EventsOrder;
  readonly plan: Pick<EventsPlan, 'generation' | 'inputs'>;
  readonly files: ShadowFiles;
  readonly asOf: EpochMs;
  /** What it was folded from, where it was laid over the lake and is no more: then `files` is empty. */
  readonly folded?: readonly RawShard[];
}

/** Topics whose events change, or may have changed. */
export const changedTopics = ({ files, folded }: Pick<Shadow, 'files' | 'folded'>): readonly CleanTopic[] =>
  folded === undefined ? shadowTopics(files) : CLEAN_TOPICS;

/**
 * Stages a temporary table `shadow_<table>` for each table that changes, every row with the offset it will have. A bootstrap's
 * rows are counted down from the first that stands; those of a fill get places below all, since theirs come with sending.
 */
export async function stageShadow(
  connection: DuckDbConnection,
  reference: DuckDbLake['reference'],
  { order, plan, files, asOf }: Shadow,
): Promise<void> {
  for (const topic of shadowTopics(files)) {
    const paths = files[topic]!.map(quoteText).join(', ');
    const rows = `read_parquet([${paths}])`;
    // As of the plan: what was put in by an earlier try must not move the rest.
    const snapshot = plan.inputs.find(({ table }) => table === topic)?.snapshotId;
    const sql = placedSql(order, rows, reference(topic, snapshot), asOf);
    await connection.run(`CREATE OR REPLACE TEMP TABLE ${shadowTable(topic)} AS ${sql}`);
  }
}

function placedSql(order: EventsOrder, rows: string, reference: string, asOf: EpochMs): string {
  switch (order.reason) {
    case 'correct':
      return `SELECT * FROM ${rows}`;
    case 'bootstrap':
      return `WITH firsts AS (SELECT generation, "partition", min("offset") AS first FROM ${reference} GROUP BY ALL)
        SELECT s.* REPLACE (first - row_number() OVER (
          PARTITION BY s.generation, s."partition" ORDER BY s.raw_offset DESC) AS "offset")
        FROM ${rows} AS s JOIN firsts USING (generation, "partition")`;
    case 'fill':
      return `SELECT * REPLACE (-row_number() OVER (ORDER BY "partition", raw_offset DESC) AS "offset",
        CASE WHEN epoch_ms(event_time) - ${asOf} > ${FUTURE_LIMIT_MS} THEN 'future'
          WHEN ${asOf} - epoch_ms(event_time) > ${PAST_LIMIT_MS} THEN 'old' ELSE 'ok' END AS time_status,
        epoch_ms(${asOf}) AS append_time) FROM ${rows}`;
  }
}

export async function dropShadow(connection: DuckDbConnection): Promise<void> {
  for (const topic of CLEAN_TOPICS) await connection.run(`DROP TABLE IF EXISTS ${shadowTable(topic)}`);
}

/** Names tables as they will be, on the connection that the shadow was staged on; the same once it was laid over them. */
export function overlaid(
  reference: DuckDbLake['reference'],
  files: ShadowFiles,
): (topic: CleanTopic, snapshotId: string) => string {
  const changed = new Set(shadowTopics(files));
  return (topic, snapshotId) => {
    const standing = reference(topic, snapshotId);
    if (!changed.has(topic)) return standing;
    const shadow = shadowTable(topic);
    return `(SELECT ${columnsSql(topic, 't')} FROM (FROM ${standing}) AS t
      ANTI JOIN ${shadow} AS s USING (generation, "partition", "offset")
      UNION ALL BY NAME SELECT ${columnsSql(topic)} FROM ${shadow} WHERE change <> 'removed')`;
  };
}
