/** What a shadow would change in the view `popularity`, title by title. */
import type { HourRange, MeasureSums } from '../../domain/backfill.ts';
import { MOST_TITLES, type TitleChange, type ViewDiff } from '../../domain/backfills/run.ts';
import { MEASURE_LIMITS, MEASURES } from '../../domain/measures.ts';
import type { ComputePlan } from '../../domain/publishing.ts';
import { HOUR_MS } from '../../domain/time.ts';
import { COUNTED_TOPICS } from '../../domain/topics.ts';
import type { ColumnSet } from '../../infra/duckdb/columns.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { basePartsSql, partNamesOf, type BaseParts } from '../popularity/base.ts';
import { buildCells, dropCells, hourlySql } from '../popularity/cells.ts';
import { MEASURE_COLUMNS, sumMeasuresSql } from '../popularity/measure-columns.ts';
import { loadSql } from '../sql.ts';
import { numberAt, sumsAt } from './diff-columns.ts';
import {
  dropShadow,
  overlaid,
  shadowTable,
  shadowTopics,
  stageShadow,
  type Shadow,
  type ShadowFiles,
} from './overlay.ts';

export interface DiffInput extends Shadow {
  readonly base: BaseParts;
  /** The newest snapshots, and the base's own cut. */
  readonly counting: ComputePlan;
}

const IS_CHANGED = `(added OR removed OR ${MEASURES.map((measure) => {
  const column = MEASURE_COLUMNS[measure];
  return `before_${column} <> after_${column}`;
}).join(' OR ')})`;
/** Plays and impressions, whichever way and of whichever country; as `weightOf` in the domain. */
const WEIGHT = ['plays', 'qualified_plays', 'impressions']
  .map((column) => `sum(abs(after_${column} - before_${column}))`)
  .join(' + ');

/** Rows of the published version against those counted from the lake with the shadow laid over it. */
export function titleDiff(
  lake: DuckDbLake,
  { base, counting, ...shadow }: DiffInput,
): Promise<Omit<ViewDiff, 'view' | 'base'>> {
  return lake.read(async (connection) => {
    const { files } = shadow;
    await stageShadow(connection, lake.reference, shadow);
    const { range, outOfWindows } = await rangeOfShadow(connection, files);
    if (range === undefined) {
      await dropShadow(connection);
      return { ...NOTHING, outOfWindows };
    }
    await buildCells(connection, counting, overlaid(lake.reference, files), range);
    const inRange = `hour >= ${range.fromMs / HOUR_MS} AND hour < ${range.toMs / HOUR_MS}`;
    await connection.run(`
      CREATE OR REPLACE TEMP VIEW hours_before AS SELECT title_id, country, hour, ${sumMeasuresSql()}
        FROM ${basePartsSql(base, partNamesOf('hours', base))} WHERE ${inRange} GROUP BY ALL;
      CREATE OR REPLACE TEMP TABLE hours_after AS ${hourlySql('hours')};
      CREATE OR REPLACE TEMP TABLE compared AS ${loadSql('hours-diff')};
      CREATE OR REPLACE TEMP VIEW totals_before AS SELECT title_id, sum(plays) AS plays, sum(impressions) AS impressions
        FROM ${basePartsSql(base, ['totals'])} GROUP BY ALL;
      CREATE OR REPLACE TEMP TABLE titles AS ${titlesSql()}`);
    const found = await readTitles(connection);
    await connection.run(`DROP TABLE titles; DROP VIEW totals_before; DROP TABLE compared;
      DROP TABLE hours_after; DROP VIEW hours_before`);
    await dropCells(connection);
    await dropShadow(connection);
    return { ...found, outOfWindows };
  });
}

const ZERO = Object.fromEntries(MEASURES.map((measure) => [measure, 0])) as unknown as MeasureSums;
const NOTHING = { added: 0, removed: 0, changed: 0, titles: [], before: ZERO, after: ZERO };

function titlesSql(): string {
  const put: Readonly<Record<string, string>> = {
    is_changed: IS_CHANGED,
    weight: WEIGHT,
    before: sumMeasuresSql('before_'),
    after: sumMeasuresSql('after_'),
  };
  return loadSql('titles-diff').replaceAll(/\{(\w+)\}/g, (_, name: string) => put[name]!);
}

async function readTitles(
  connection: DuckDbConnection,
): Promise<Omit<ViewDiff, 'view' | 'base' | 'outOfWindows'>> {
  const totals = await connection.query(`SELECT count(*) FILTER (is_added) AS added,
    count(*) FILTER (is_removed) AS removed, count(*) FILTER (NOT is_added AND NOT is_removed) AS changed,
    ${sumMeasuresSql('before_')}, ${sumMeasuresSql('after_')} FROM titles`);
  const top = await connection.query(
    `SELECT * FROM titles ORDER BY weight DESC, title_id LIMIT ${MOST_TITLES}`,
  );
  return {
    added: numberAt(totals, 'added', 0),
    removed: numberAt(totals, 'removed', 0),
    changed: numberAt(totals, 'changed', 0),
    titles: Array.from({ length: top.rowCount }, (_, row) => titleAt(top, row)),
    before: sumsAt(totals, 'before_', 0),
    after: sumsAt(totals, 'after_', 0),
  };
}

function titleAt(set: ColumnSet, row: number): TitleChange {
  const is = (name: string): boolean => numberAt(set, name, row) === 1;
  return {
    titleId: String(set.columns['title_id']?.values[row]),
    change: is('is_added') ? 'added' : is('is_removed') ? 'removed' : 'changed',
    before: sumsAt(set, 'before_', row),
    after: sumsAt(set, 'after_', row),
    rows: numberAt(set, 'rows', row),
  };
}

/** Whole hours of event time that the shadow's rows are of, and as many after them as a proof or a cap may reach. */
async function rangeOfShadow(
  connection: DuckDbConnection,
  files: ShadowFiles,
): Promise<{ range: HourRange | undefined; outOfWindows: number }> {
  const topics = shadowTopics(files).filter((topic) => (COUNTED_TOPICS as readonly string[]).includes(topic));
  if (topics.length === 0) return { range: undefined, outOfWindows: 0 };
  const rows = topics
    .map((topic) => `SELECT event_time, time_status, moves FROM ${shadowTable(topic)}`)
    .join(' UNION ALL ');
  const found =
    await connection.query(`SELECT count(*) AS rows, count(*) FILTER (time_status <> 'ok') AS outside,
    coalesce(bool_or(moves), false) AS moves, coalesce(epoch_ms(min(event_time) FILTER (time_status = 'ok')), -1) AS first_ms,
    coalesce(epoch_ms(max(event_time) FILTER (time_status = 'ok')), -1) AS last_ms FROM (${rows})`);
  const outOfWindows = numberAt(found, 'outside', 0);
  const [first, last] = [numberAt(found, 'first_ms', 0), numberAt(found, 'last_ms', 0)];
  if (first < 0) return { range: undefined, outOfWindows };
  const { qualifyWindowMs, capWindowMs } = MEASURE_LIMITS;
  const reach = numberAt(found, 'moves', 0) === 1 ? qualifyWindowMs + capWindowMs : 0;
  const range = {
    fromMs: Math.floor(first / HOUR_MS) * HOUR_MS,
    toMs: (Math.floor((last + reach) / HOUR_MS) + 1) * HOUR_MS,
  };
  return { range, outOfWindows };
}
