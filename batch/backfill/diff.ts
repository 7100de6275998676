import { TOP_CHANGES, type BackfillDiff, type RowChange } from '../../domain/backfill.ts';
import { MEASURES } from '../../domain/measures.ts';
import { HOUR_MS } from '../../domain/time.ts';
import type { ColumnSet } from '../../infra/duckdb/columns.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import { MEASURE_COLUMNS, sumMeasuresSql } from '../popularity/measure-columns.ts';
import { loadSql } from '../sql.ts';
import { numberAt, sumsAt } from './diff-columns.ts';

const IS_CHANGED = MEASURES.map((measure) => {
  const column = MEASURE_COLUMNS[measure];
  return `before_${column} <> after_${column}`;
}).join(' OR ');

/** Plays and impressions, whichever way; as `weightOf` in the domain. */
const WEIGHT = ['plays', 'qualified_plays', 'impressions']
  .map((column) => `abs(after_${column} - before_${column})`)
  .join(' + ');

/** Compares the temporary relations `hours_before` and `hours_after`, row by row. */
export async function diffOf(connection: DuckDbConnection): Promise<BackfillDiff> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE compared AS ${loadSql('hours-diff')}`);
  const totals = await connection.query(`
    SELECT count(*) FILTER (added) AS added, count(*) FILTER (removed) AS removed,
      count(*) FILTER (NOT added AND NOT removed AND (${IS_CHANGED})) AS changed,
      count(*) FILTER (NOT added AND NOT removed AND NOT (${IS_CHANGED})) AS unchanged,
      ${sumMeasuresSql('before_')}, ${sumMeasuresSql('after_')}
    FROM compared`);
  const top = await connection.query(`
    SELECT * FROM compared WHERE added OR removed OR ${IS_CHANGED}
    ORDER BY ${WEIGHT} DESC, title_id, country, hour LIMIT ${TOP_CHANGES}`);
  await connection.run('DROP TABLE compared');
  const count = (name: string): number => numberAt(totals, name, 0);
  return {
    added: count('added'),
    removed: count('removed'),
    changed: count('changed'),
    unchanged: count('unchanged'),
    before: sumsAt(totals, 'before_', 0),
    after: sumsAt(totals, 'after_', 0),
    top: Array.from({ length: top.rowCount }, (_, row) => changeAt(top, row)),
  };
}

function changeAt(set: ColumnSet, row: number): RowChange {
  return {
    titleId: String(set.columns['title_id']?.values[row]),
    country: String(set.columns['country']?.values[row]),
    hour: new Date(numberAt(set, 'hour', row) * HOUR_MS).toISOString(),
    before: sumsAt(set, 'before_', row),
    after: sumsAt(set, 'after_', row),
  };
}
