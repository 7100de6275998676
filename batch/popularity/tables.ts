import { loadSql } from '../sql.ts';
import type { HourlyTable } from './base.ts';
import {
  cellSql,
  codesSql,
  codeSql,
  countryOfCell,
  hourOf,
  HOUR_BITS,
  nameSql,
  tileOfCell,
  tileSql,
  titleOfCell,
  titleOfTile,
} from './codes.ts';
import { MEASURE_NAMES, sumMeasuresSql } from './measure-columns.ts';
import type { Span } from './spans.ts';

/** Everything that is counted. */
export type CountedTable = HourlyTable | 'recent' | 'totals';

interface TableShape {
  /** Columns of numbers that tell rows apart, in the order of the part's rows. */
  readonly keys: readonly string[];
  /** What rows of one key come to. */
  readonly united: string;
  /** The same of two rows, a and b, either of which may be missing. */
  readonly joined: string;
  /** Coded rows of a relation with the part's own columns. */
  coded(relation: string): string;
  /** Rows of the part, in order, from a relation of coded rows. */
  named(relation: string): string;
}

const MEASURES = MEASURE_NAMES.join(', ');
const bucketOfCell = `(CASE WHEN ${hourOf('cell')} < 0 THEN -1 ELSE ${hourOf('cell')} * 12 + twelfth END)`;
const PLACE = ['title_id', 'country'] as const;

const addedSql = (columns: readonly string[]): string =>
  columns.map((column) => `coalesce(a.${column}, 0) + coalesce(b.${column}, 0) AS ${column}`).join(', ');

const inCells = (keys: readonly string[], others: string, hour: string, columns: string): TableShape => ({
  keys,
  united: sumMeasuresSql(),
  joined: addedSql(MEASURE_NAMES),
  coded: (relation) =>
    `SELECT ${cellSql(hour)} AS cell${others}, ${MEASURES} FROM ${relation} ${codesSql(PLACE)}`,
  named: (relation) =>
    `SELECT ${nameSql('title_id', titleOfCell)}, ${nameSql('country', countryOfCell)}${columns}, ${MEASURES}
    FROM (FROM ${relation} ORDER BY ${keys.join(', ')})`,
});

export const SHAPES: Readonly<Record<CountedTable, TableShape>> = {
  // Of all hours: the place of the hour is empty.
  totals: inCells(['cell'], '', '-1', ''),
  hours: inCells(['cell'], '', 'hour', `, ${hourOf('cell')} AS hour`),
  recent: inCells(
    ['cell', 'twelfth'],
    ', CAST(bucket % 12 AS UTINYINT) AS twelfth',
    'bucket // 12',
    `, CAST(${bucketOfCell} AS INTEGER) AS bucket`,
  ),
  row_hours: {
    keys: ['title', 'row_code', 'tile'],
    united: `CAST(sum(impressions) AS BIGINT) AS impressions,
      CAST(sum(capped_impressions) AS BIGINT) AS capped_impressions`,
    joined: addedSql(['impressions', 'capped_impressions']),
    coded: (
      relation,
    ) => `SELECT ${codeSql('title_id')} AS title, ${tileSql('hour')} AS tile, ${codeSql('row')} AS row_code,
      impressions, capped_impressions FROM ${relation} ${codesSql(['title_id', 'row'])}`,
    named: (
      relation,
    ) => `SELECT ${nameSql('title_id', 'title')}, ${nameSql('row', 'row_code')}, ${hourOf('tile')} AS hour,
      impressions, capped_impressions FROM (FROM ${relation} ORDER BY title, row_code, tile)`,
  },
  registers: {
    keys: ['tile', 'register'],
    united: 'max(rank) AS rank',
    joined: 'greatest(a.rank, b.rank) AS rank',
    coded: (relation) =>
      `SELECT ${tileSql('hour')} AS tile, register, rank FROM ${relation} ${codesSql(['title_id'])}`,
    named: (
      relation,
    ) => `SELECT ${nameSql('title_id', titleOfTile)}, ${hourOf('tile')} AS hour, register, rank
      FROM (FROM ${relation} ORDER BY tile, register)`,
  },
};

/** Counts, of the tables that logSlice leaves, one table by hour, of a span of append days. */
export function hourlyOfLog(table: HourlyTable, { fromDay, toDay }: Span): string {
  const range = `day >= ${fromDay} AND day < ${toDay}`;
  const put = (sql: string): string =>
    sql
      .replaceAll('{tile}', tileOfCell)
      .replaceAll('$from_day', String(fromDay))
      .replaceAll('$to_day', String(toDay));
  switch (table) {
    case 'hours':
      return measuresOfLog(['cell'], 'cell', range);
    case 'row_hours':
      return `SELECT tile >> ${HOUR_BITS} AS title, * FROM (${put(loadSql('row-measures'))})`;
    case 'registers':
      return put(loadSql('reach'));
  }
}

/** Counts the five-minute buckets from `fromBucket` on, of which none was appended before `fromDay`; -1 takes in events out of every window. */
export function recentOfLog(fromBucket: number, fromDay: number): string {
  const where = `${bucketOfCell} >= ${fromBucket} AND day >= ${fromDay}`;
  return measuresOfLog(['cell', 'twelfth'], 'cell, twelfth', where);
}

/** Counts everything, by title and country. */
export const totalsOfLog = (): string =>
  measuresOfLog(['cell'], `(cell >> ${HOUR_BITS}) << ${HOUR_BITS} AS cell`, 'true');

function measuresOfLog(names: readonly string[], keys: string, where: string): string {
  const put: Readonly<Record<string, string>> = { names: names.join(', '), keys, where };
  return loadSql('measures').replaceAll(/\{(\w+)\}/g, (_, name: string) => put[name]!);
}

/** SQL of coded rows, one a key. Each of the relations of coded rows has a key once, unless `isOnce` says otherwise. */
export function unitedSql(table: CountedTable, relations: readonly string[], isOnce = true): string {
  const { keys, united, joined } = SHAPES[table];
  const [first, second, ...more] = relations;
  if (isOnce && second === undefined) return first!;
  // What is new is little: adding it where it belongs takes less than to add up everything.
  if (isOnce && more.length === 0)
    return `SELECT ${keys.join(', ')}, ${joined} FROM (${first}) AS a FULL JOIN (${second}) AS b USING (${keys.join(', ')})`;
  return `SELECT ${keys.join(', ')}, ${united} FROM (${relations.join(' UNION ALL BY NAME ')}) GROUP BY ALL`;
}
