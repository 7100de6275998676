import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import { quoteText } from '../../infra/duckdb/connection.ts';
import { BUCKET_MS, DAY_MS, HOUR_MS, PAST_LIMIT_MS, type EpochMs } from '../../domain/time.ts';
import { COUNTED_TABLES, type CountedTable } from './count-slice.ts';
import { sumMeasuresSql } from './measure-columns.ts';

/** Parts of a published version on local disk, by name. */
export interface BaseParts {
  readonly partPaths: Readonly<Record<string, string>>;
}

/** The part that holds each table; those by hour have their settled hours in a part of their own. */
export const PART_OF: Readonly<Record<CountedTable, string>> = {
  hours: 'hours',
  recent: 'recent',
  row_hours: 'rows',
  registers: 'distinct',
};
export const BY_HOUR = ['hours', 'row_hours', 'registers'] as const satisfies readonly CountedTable[];

export const settledPart = (table: (typeof BY_HOUR)[number]): string => `${PART_OF[table]}-settled`;

/** Parts that are worked out from the parts by hour. */
export const AGGREGATES = ['expected', 'freshness'] as const;

/** All parts of the view. */
export const POPULARITY_PARTS: readonly string[] = [
  'totals',
  ...Object.values(PART_OF),
  ...BY_HOUR.map(settledPart),
  ...AGGREGATES,
];

/** How far back the part `recent` reaches: the longest window, the one before it and an hour to spare. */
export const RECENT_MS = 49 * HOUR_MS;

/** First five-minute bucket of the part `recent`. */
export const recentFrom = (asOf: EpochMs): number => Math.floor((asOf - RECENT_MS) / BUCKET_MS);

/**
 * First hour of event time that is not settled in a version of this moment: a day after events are too late for it, at
 * the start of a day. What is settled changes by corrections and by a sink that fell far behind alone.
 */
export const settledUntil = (asOf: EpochMs): number =>
  (Math.floor((asOf - PAST_LIMIT_MS - DAY_MS) / DAY_MS) * DAY_MS) / HOUR_MS;

/** SQL of a relation with the rows of some parts. */
export function basePartsSql({ partPaths }: BaseParts, names: readonly string[]): string {
  const paths = names.map((name) => {
    const path = partPaths[name];
    if (path === undefined) throw new RangeError(`the base has no part ${name}`);
    return quoteText(path);
  });
  return `read_parquet([${paths.join(', ')}])`;
}

/** Parts with every row of a table, settled or not. Versions from before hours were settled have them in one. */
export function allPartsOf(table: CountedTable, { partPaths }: BaseParts): string[] {
  const settled = `${PART_OF[table]}-settled`;
  return partPaths[settled] === undefined ? [PART_OF[table]] : [PART_OF[table], settled];
}

/** Makes a counted table the sum, or union, of itself and the rows that `others` (SQL of relations) say. */
export async function addRows(
  connection: DuckDbConnection,
  table: CountedTable,
  others: readonly string[],
): Promise<void> {
  const rows = [`SELECT * FROM ${table}`, ...others].join(' UNION ALL BY NAME ');
  await connection.run(`CREATE OR REPLACE TEMP TABLE laid AS ${unitedSql(table, rows)}`);
  await connection.run(`DROP TABLE ${table}`);
  await connection.run(`ALTER TABLE laid RENAME TO ${table}`);
}

/** One row for each key of a counted table, whatever number of rows `rows` has of it. */
export function unitedSql(table: CountedTable, rows: string): string {
  const keys = COUNTED_TABLES[table].map((key) => `"${key}"`).join(', ');
  return `SELECT ${keys}, ${UNITED[table]} FROM (${rows}) GROUP BY ${keys}`;
}

const UNITED: Readonly<Record<CountedTable, string>> = {
  hours: sumMeasuresSql(),
  recent: sumMeasuresSql(),
  row_hours: `CAST(sum(impressions) AS BIGINT) AS impressions,
    CAST(sum(capped_impressions) AS BIGINT) AS capped_impressions`,
  registers: 'max(rank) AS rank',
};
