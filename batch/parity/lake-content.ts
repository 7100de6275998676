/** Columns that the batch lane's SQL answers for one block, as the parts that the speed lane publishes. */
import type { Country, TitleId } from '../../domain/ids.ts';
import { MEASURE_COUNT, MEASURES } from '../../domain/measures.ts';
import { contentOf, type BlockContent } from '../../domain/parity/block.ts';
import { ROW_MEASURE_COUNT } from '../../domain/row-counts.ts';
import type { FamilyPart } from '../../domain/speed-view.ts';
import { textColumn } from '../../domain/text-column.ts';
import type { ColumnSet } from '../../infra/duckdb/columns.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import { hourlySql } from '../popularity/cells.ts';
import { MEASURE_COLUMNS } from '../popularity/measure-columns.ts';
import { loadSql } from '../sql.ts';

/** Counts what the temporary table `counted` holds. */
export async function readContent(connection: DuckDbConnection): Promise<BlockContent> {
  const total = await connection.query('SELECT count(*) AS events FROM counted');
  const events = Number(total.columns['events']!.values[0]);
  if (events === 0) return contentOf([], 0);
  const cells = await connection.query(loadSql('cells'));
  const rows = await connection.query(`
    SELECT title_id, "row", CAST(sum(impressions) AS BIGINT) AS impressions,
      CAST(sum(capped_impressions) AS BIGINT) AS capped_impressions
    FROM (${hourlySql('row_hours')}) GROUP BY ALL`);
  const registers = await connection.query(hourlySql('registers'));
  const parts = [cellsPart(cells), rowsPart(rows), distinctPart(registers)];
  return contentOf(
    parts.filter(({ columns }) => columns.size > 0),
    events,
  );
}

const texts = ({ columns }: ColumnSet, name: string): readonly string[] =>
  columns[name]!.values as readonly string[];

const numbers = ({ columns }: ColumnSet, name: string): Float64Array =>
  Float64Array.from(columns[name]!.values as ArrayLike<number | bigint>, Number);

/** Columns side by side, as `measures` of a part holds them. */
function interleaved(set: ColumnSet, names: readonly string[]): Float64Array {
  const measures = new Float64Array(set.rowCount * names.length);
  names.forEach((name, m) =>
    numbers(set, name).forEach((value, i) => (measures[i * names.length + m] = value)),
  );
  return measures;
}

const cellsPart = (set: ColumnSet): FamilyPart => ({
  family: 'cells',
  columns: {
    size: set.rowCount,
    titles: textColumn(texts(set, 'title_id') as TitleId[]),
    countries: textColumn(texts(set, 'country') as Country[]),
    buckets: Int32Array.from(numbers(set, 'bucket')),
    measures: interleaved(
      set,
      MEASURES.slice(0, MEASURE_COUNT).map((measure) => MEASURE_COLUMNS[measure]),
    ),
  },
});

const rowsPart = (set: ColumnSet): FamilyPart => ({
  family: 'rows',
  columns: {
    size: set.rowCount,
    titles: textColumn(texts(set, 'title_id') as TitleId[]),
    rows: textColumn(texts(set, 'row')),
    measures: interleaved(set, ['impressions', 'capped_impressions'].slice(0, ROW_MEASURE_COUNT)),
  },
});

/** Ranks of a register in one number: as in domain/distinct.ts. */
const PACKED = 64;

/** Rows come ordered by title, hour and register. */
function distinctPart(set: ColumnSet): FamilyPart {
  const titles = texts(set, 'title_id') as readonly TitleId[];
  const [hours, registers, ranks] = ['hour', 'register', 'rank'].map((name) => numbers(set, name));
  const starts: number[] = [];
  for (let i = 0; i < set.rowCount; i++)
    if (i === 0 || titles[i] !== titles[i - 1] || hours![i] !== hours![i - 1]) starts.push(i);
  return {
    family: 'distinct',
    columns: {
      size: starts.length,
      titles: textColumn(starts.map((start) => titles[start]!)),
      hours: Int32Array.from(starts, (start) => hours![start]!),
      counts: Int32Array.from(starts, (start, group) => (starts[group + 1] ?? set.rowCount) - start),
      packed: Uint16Array.from({ length: set.rowCount }, (_, i) => registers![i]! * PACKED + ranks![i]!),
    },
  };
}
