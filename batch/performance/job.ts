import { mkdir } from 'node:fs/promises';
import type { TableInput } from '../../domain/manifest.ts';
import {
  learnPropensities,
  performanceOf,
  type Performance,
  type PositionCell,
} from '../../domain/position-bias.ts';
import { ROW_PERFORMANCE_PARTS, type PerformancePlan } from '../../domain/row-performance.ts';
import { DAY_MS } from '../../domain/time.ts';
import type { WriteColumn } from '../../infra/duckdb/columns.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { newestAppend } from '../newest-append.ts';
import { writePart, type LocalPart } from '../parts.ts';
import { loadSql } from '../sql.ts';

/** The tables that performance is worked out from. */
const TABLES = ['impressions', 'attributed_plays'] as const;

/**
 * How rows and places in them do: the parts that domain/row-performance.ts describes. A view of its own, since plays by row
 * are upserts of another topic, with no cut that counts could share.
 */
export interface PerformanceJob {
  /** Names the newest snapshots; undefined while nothing was shown or attributed. */
  plan(): Promise<PerformancePlan | undefined>;
  /** Writes the parts; the same plan gives the same bytes. */
  compute(plan: PerformancePlan, outDir: string): Promise<LocalPart[]>;
}

/** `reachMs`: what was logged longer before the newest row is left out, so that a run has a bound and a row can recover. */
export function createPerformanceJob({
  lake,
  reachMs = 28 * DAY_MS,
}: {
  readonly lake: DuckDbLake;
  readonly reachMs?: number;
}): PerformanceJob {
  return {
    async plan() {
      const inputs: TableInput[] = [];
      for (const table of TABLES) {
        const snapshotId = await lake.snapshot(table);
        if (snapshotId === undefined) return undefined;
        inputs.push({ table, snapshotId });
      }
      const newest = await newestAppend(lake, inputs);
      return newest === null ? undefined : { inputs, asOf: new Date(newest + 1).toISOString() };
    },
    async compute({ inputs, asOf }, outDir) {
      await mkdir(outDir, { recursive: true });
      return lake.read(async (connection) => {
        for (const table of TABLES) {
          const reference = lake.reference(table, inputs.find((input) => input.table === table)?.snapshotId);
          await connection.run(`CREATE OR REPLACE TEMP VIEW ${table}_input AS SELECT * FROM ${reference}`);
        }
        const fromMs = Date.parse(asOf) - reachMs;
        const cells = await cellsOf(connection, fromMs);
        const parts = await writePerformance(connection, cells, outDir);
        const promotions = await writePart(
          connection,
          outDir,
          ROW_PERFORMANCE_PARTS.promotions,
          loadSql('promotions'),
          { from_ms: fromMs },
        );
        for (const table of TABLES) await connection.run(`DROP VIEW ${table}_input`);
        return [...parts, promotions];
      });
    },
  };
}

interface RowCell extends PositionCell {
  readonly row: string;
}

async function cellsOf(connection: DuckDbConnection, fromMs: number): Promise<RowCell[]> {
  const { rowCount, columns } = await connection.query(loadSql('positions'), { from_ms: fromMs });
  const at = (name: string, i: number): string => String(columns[name]?.values[i]);
  return Array.from({ length: rowCount }, (_, i) => ({
    // A title is wanted otherwise in another row: those who look there are others. The length keeps names apart.
    item: `${at('row', i).length}/${at('row', i)}/${at('title_id', i)}`,
    row: at('row', i),
    position: Number(at('rank', i)),
    shown: Number(at('shown', i)),
    taken: Number(at('taken', i)),
  }));
}

/** One part: the cells that share a key, together. */
interface Grouping {
  readonly part: string;
  readonly keyOf: (cell: RowCell) => string;
  /** From any cell of a group. */
  readonly columnsOf: (cells: readonly RowCell[]) => Readonly<Record<string, WriteColumn>>;
  readonly key: readonly string[];
}

const rowIds = (cells: readonly RowCell[]) =>
  ({ row_id: { kind: 'text', values: cells.map(({ row }) => row) } }) as const;
const positions = (cells: readonly RowCell[]) => ({
  position: numbers(cells.map(({ position }) => position)),
});

async function writePerformance(
  connection: DuckDbConnection,
  cells: readonly RowCell[],
  outDir: string,
): Promise<LocalPart[]> {
  const propensities = learnPropensities(cells);
  const groupings: readonly Grouping[] = [
    { part: ROW_PERFORMANCE_PARTS.rows, keyOf: ({ row }) => row, columnsOf: rowIds, key: ['row_id'] },
    {
      part: ROW_PERFORMANCE_PARTS.positions,
      keyOf: ({ position }) => String(position),
      columnsOf: (firsts) => ({
        ...positions(firsts),
        propensity: numbers(firsts.map(({ position }) => propensities.get(position) ?? 1)),
      }),
      key: ['position'],
    },
    {
      part: ROW_PERFORMANCE_PARTS.rowPositions,
      keyOf: ({ row, position }) => `${position} ${row}`,
      columnsOf: (firsts) => ({ ...rowIds(firsts), ...positions(firsts) }),
      key: ['row_id', 'position'],
    },
  ];
  const parts: LocalPart[] = [];
  for (const { part, keyOf, columnsOf, key } of groupings) {
    const groups = [...Map.groupBy(cells, keyOf).values()];
    const performances = groups.map((group) => performanceOf(group, propensities));
    const columns = { ...columnsOf(groups.map(([first]) => first!)), ...measures(performances) };
    await connection.stage(STAGED, columns, groups.length);
    const cast = Object.keys(columns).flatMap((name) =>
      name in TYPES ? [`${name}::${TYPES[name]} AS ${name}`] : [],
    );
    const query = `SELECT * REPLACE (${cast.join(', ')}) FROM ${STAGED} ORDER BY ${key.join(', ')}`;
    parts.push(await writePart(connection, outDir, part, query));
  }
  await connection.run(`DROP TABLE ${STAGED}`);
  return parts;
}

const STAGED = 'performance_part';
/** Of columns that are whole numbers. */
const TYPES: Readonly<Record<string, string>> = { position: 'INTEGER', shown: 'BIGINT', taken: 'BIGINT' };

const numbers = (values: readonly number[]) => ({ kind: 'number', values }) as const;

const measures = (of: readonly Performance[]): Readonly<Record<string, WriteColumn>> => ({
  shown: numbers(of.map(({ shown }) => shown)),
  taken: numbers(of.map(({ taken }) => taken)),
  rate: numbers(of.map(({ rate }) => rate)),
  unbiased_rate: numbers(of.map(({ unbiasedRate }) => unbiasedRate)),
  unbiased_error: numbers(of.map(({ unbiasedError }) => unbiasedError)),
});
