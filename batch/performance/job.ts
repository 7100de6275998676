import { mkdir } from 'node:fs/promises';
import { learnPropensities, performanceOf, type PositionCell } from '../../domain/position-bias.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { writePart, type LocalPart } from '../parts.ts';
import { loadSql } from '../sql.ts';

/** Snapshots that performance is worked out from. */
export interface PerformanceInputs {
  readonly impressions: string;
  readonly attributed_plays: string;
}

/**
 * How rows and positions do. A view of its own, since plays by row are upserts of another topic, with no cut that counts
 * could share. `positions`: by rank, sightings, takes and the propensity to be looked at, learned from all of them.
 * `rows`: by row, the raw rate of takes beside its inverse-propensity estimate (domain/position-bias.ts).
 */
export interface PerformanceJob {
  /** The newest snapshots; undefined while nothing was shown or attributed. */
  plan(): Promise<PerformanceInputs | undefined>;
  /** Writes the parts; the same snapshots give the same bytes. */
  compute(inputs: PerformanceInputs, outDir: string): Promise<LocalPart[]>;
}

export function createPerformanceJob({ lake }: { lake: DuckDbLake }): PerformanceJob {
  return {
    async plan() {
      const [impressions, plays] = [
        await lake.snapshot('impressions'),
        await lake.snapshot('attributed_plays'),
      ];
      if (impressions === undefined || plays === undefined) return undefined;
      return { impressions, attributed_plays: plays };
    },
    async compute(inputs, outDir) {
      await mkdir(outDir, { recursive: true });
      return lake.read(async (connection) => {
        for (const table of ['impressions', 'attributed_plays'] as const) {
          const reference = lake.reference(table, inputs[table]);
          await connection.run(`CREATE OR REPLACE TEMP VIEW ${table}_input AS SELECT * FROM ${reference}`);
        }
        const cells = await cellsOf(connection);
        const parts = await writePerformance(connection, cells, outDir);
        for (const table of Object.keys(inputs)) await connection.run(`DROP VIEW ${table}_input`);
        return parts;
      });
    },
  };
}

interface RowCell extends PositionCell {
  readonly row: string;
}

async function cellsOf(connection: DuckDbConnection): Promise<RowCell[]> {
  const { rowCount, columns } = await connection.query(loadSql('positions'));
  const at = (name: string, i: number): string => String(columns[name]?.values[i]);
  return Array.from({ length: rowCount }, (_, i) => ({
    // A title is wanted otherwise in another row: those who look there are others.
    item: `${at('row', i)} ${at('title_id', i)}`,
    row: at('row', i),
    position: Number(at('rank', i)),
    shown: Number(at('shown', i)),
    taken: Number(at('taken', i)),
  }));
}

async function writePerformance(
  connection: DuckDbConnection,
  cells: readonly RowCell[],
  outDir: string,
): Promise<LocalPart[]> {
  const propensities = learnPropensities(cells);
  const byRow = Map.groupBy(cells, ({ row }) => row);
  const byPosition = Map.groupBy(cells, ({ position }) => position);
  const rows = [...byRow].map(([row, of]) => ({ row, ...performanceOf(of, propensities) }));
  const positions = [...byPosition].map(([rank, of]) => ({
    ...{ rank, propensity: propensities.get(rank) ?? 1 },
    ...performanceOf(of, propensities),
  }));
  const number = (values: number[]) => ({ kind: 'number', values }) as const;
  const sums = (of: readonly { shown: number; taken: number; rate: number }[]) => ({
    shown: number(of.map(({ shown }) => shown)),
    taken: number(of.map(({ taken }) => taken)),
    rate: number(of.map(({ rate }) => rate)),
  });
  await connection.stage(
    'row_performance',
    {
      row: { kind: 'text', values: rows.map(({ row }) => row) },
      ...sums(rows),
      unbiased_rate: number(rows.map(({ unbiasedRate }) => unbiasedRate)),
    },
    rows.length,
  );
  await connection.stage(
    'position_performance',
    {
      rank: number(positions.map(({ rank }) => rank)),
      ...sums(positions),
      propensity: number(positions.map(({ propensity }) => propensity)),
    },
    positions.length,
  );
  const whole = 'CAST(shown AS BIGINT) AS shown, CAST(taken AS BIGINT) AS taken';
  const parts = [
    await writePart(
      connection,
      outDir,
      'rows',
      `SELECT * REPLACE (${whole}) FROM row_performance ORDER BY "row"`,
    ),
    await writePart(
      connection,
      outDir,
      'positions',
      `SELECT * REPLACE (CAST("rank" AS INTEGER) AS "rank", ${whole}) FROM position_performance ORDER BY "rank"`,
    ),
  ];
  await connection.run('DROP TABLE row_performance; DROP TABLE position_performance');
  return parts;
}
