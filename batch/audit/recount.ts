/**
 * Counts what the live audit counted, from the lake: records by topic and partition and by topic and producer, the share
 * of empty columns, and impressions by row and country. Dead letters are not in the lake and are left out.
 */
import { carryingKinds, OPTIONAL_FIELDS } from '../../domain/audit/tally.ts';
import { ENRICHED_NAMES } from '../../domain/events/contract.ts';
import { CLEAN_TOPICS, type CleanTopic } from '../../domain/topics.ts';
import { quoteName, quoteText, type DuckDbConnection } from '../../infra/duckdb/connection.ts';
import { columnOfField, snakeCase } from '../../infra/lake/tables.ts';
import { loadSql } from '../sql.ts';

export interface RecountRange {
  /** Windows that begin before are left out; a multiple of `windowMs`. */
  readonly fromMs: number;
  /** Windows that end after are left out. */
  readonly toMs: number;
  readonly windowMs: number;
}

/** A figure that was told otherwise than the lake holds; null where one of the two does not know it. */
export interface AuditDifference {
  readonly metric: string;
  readonly scope: string;
  readonly windowStart: number;
  readonly told: number | null;
  readonly counted: number | null;
  readonly toldWeight: number | null;
  readonly countedWeight: number | null;
}

export interface RecountResult {
  /** Figures counted anew. */
  readonly figures: number;
  readonly differences: readonly AuditDifference[];
}

/** `tables` are what the SQL names the clean tables and `quality_metrics`. */
export async function recountAudit(
  connection: DuckDbConnection,
  tables: Readonly<Record<CleanTopic | 'quality_metrics', string>>,
  { fromMs, toMs, windowMs }: RecountRange,
): Promise<RecountResult> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE audit_recount
    (metric VARCHAR, scope VARCHAR, window_start BIGINT, value DOUBLE, weight DOUBLE)`);
  for (const topic of CLEAN_TOPICS) {
    await connection.run(`CREATE OR REPLACE TEMP VIEW clean_input AS SELECT * FROM ${tables[topic]}
      WHERE epoch_ms(append_time) >= ${fromMs} AND epoch_ms(append_time) < ${toMs}`);
    await connection.run(countsSql(topic), { window_ms: windowMs });
    await connection.run(`INSERT INTO audit_recount ${recordsSql(topic)}`);
    for (const field of OPTIONAL_FIELDS[topic]) {
      await connection.run(`INSERT INTO audit_recount ${nullsSql(topic, field)}`);
    }
  }
  await connection.run(`INSERT INTO audit_recount ${rowsSql(tables.impressions, fromMs, toMs)}`, {
    window_ms: windowMs,
  });
  await connection.run(
    `CREATE OR REPLACE TEMP VIEW quality_metrics_input AS SELECT * FROM ${tables.quality_metrics}`,
  );
  const total = await connection.query('SELECT count(*) AS figures FROM audit_recount');
  const params = { from_ms: fromMs, to_ms: toMs, window_ms: windowMs };
  const { columns, rowCount } = await connection.query(loadSql('audit-differences'), params);
  const at = (name: string, i: number): number | string | null => {
    const value = columns[name]!.values[i] as number | bigint | string | null;
    return typeof value === 'bigint' ? Number(value) : value;
  };
  return {
    figures: Number(total.columns['figures']!.values[0]),
    differences: Array.from({ length: rowCount }, (_, i) => ({
      metric: String(at('metric', i)),
      scope: String(at('scope', i)),
      windowStart: Number(at('window_start', i)),
      told: at('told', i) as number | null,
      counted: at('counted', i) as number | null,
      toldWeight: at('told_weight', i) as number | null,
      countedWeight: at('counted_weight', i) as number | null,
    })),
  };
}

const columnOf = (field: string): string =>
  quoteName((ENRICHED_NAMES as readonly string[]).includes(field) ? snakeCase(field) : columnOfField(field));

function countsSql(topic: CleanTopic): string {
  const nulls = OPTIONAL_FIELDS[topic].map(
    (field) => `count(*) - count(${columnOf(field)}) AS ${quoteName(`nulls_${field}`)}`,
  );
  return loadSql('audit-counts').replaceAll('{fields}', nulls.join(',\n  '));
}

const recordsSql = (topic: CleanTopic): string => `
  SELECT 'records', 'topic=${topic},partition=' || "partition", window_start, sum(records), sum(records)
  FROM audit_counts GROUP BY ALL
  UNION ALL
  SELECT 'records', 'topic=${topic},producer=' || producer, window_start, sum(records), sum(records)
  FROM audit_counts GROUP BY ALL`;

function nullsSql(topic: CleanTopic, field: string): string {
  const kinds = carryingKinds(field).map(quoteText).join(', ');
  return `
    SELECT 'null_share', 'topic=${topic},producer=' || producer || ',field=${field}', window_start,
      sum(${quoteName(`nulls_${field}`)}) / sum(records), sum(records)
    FROM audit_counts WHERE kind IN (${kinds}) GROUP BY ALL
    HAVING sum(${quoteName(`nulls_${field}`)}) > 0`;
}

/** Explicit impressions by row and country: what a take rate weighs. */
const rowsSql = (impressions: string, fromMs: number, toMs: number): string => `
  SELECT 'take_rate', 'row=' || "row" || ',country=' || country,
    epoch_ms(append_time) // $window_ms * $window_ms, NULL, count(*)
  FROM ${impressions}
  WHERE origin IS DISTINCT FROM 'synthetic' AND epoch_ms(append_time) >= ${fromMs}
    AND epoch_ms(append_time) < ${toMs}
  GROUP BY ALL`;
