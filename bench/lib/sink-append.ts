/** Columns in memory to committed rows: the sink's way, and DuckDB's own from a table in its memory. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { OpenLake } from '../../infra/lake/open.ts';
import { createTableSql, tableReference } from '../../infra/lake/lake-sql.ts';
import { median, round, type BenchmarkContext, type Figures } from './benchmark.ts';
import { columnsInMemory, COLUMNS, digestSql, rowsSql } from './sink-columns.ts';

const PAIRS = 7;
const WARM_UP_PAIRS = 2;
/** As SINK_FLUSH_RECORDS says when nothing else is configured. */
const BATCH_ROWS = 100_000;
const TURN_BATCHES = 2;
const OTHER = 'bench_peer';

interface Turn {
  readonly perCpuSecond: number;
  readonly perSecond: number;
}

/** Rows per CPU second, ours and DuckDB's, in turns. Throws where the tables differ in the end. */
export async function compareAppends(
  { lake }: Pick<OpenLake, 'lake'>,
  region: string,
  { say }: BenchmarkContext,
): Promise<Figures> {
  const peerNamespace = `${OTHER}_${process.pid}`;
  const peerTable = tableReference(peerNamespace, 'impressions');
  await lake.ensureTables();
  await lake.read((connection) => connection.run(`CREATE SCHEMA IF NOT EXISTS lake.${peerNamespace}`));
  await lake.read((connection) => connection.run(createTableSql(peerNamespace, 'impressions')));
  const names = ['region', 'generation', 'partition', ...COLUMNS].map((name) => `"${name}"`).join(', ');
  const turns: { marquee: Turn; duckdb: Turn }[] = [];
  for (let pair = -WARM_UP_PAIRS; pair < PAIRS; pair += 1) {
    const first = (pair + WARM_UP_PAIRS) * TURN_BATCHES;
    const ranges = Array.from({ length: TURN_BATCHES }, (_, i) => rangeOf(first + i));
    const batches = ranges.map(({ from, to }) => columnsInMemory(from, to));
    for (const [i, { from, to }] of ranges.entries()) {
      const sql = `CREATE OR REPLACE TABLE memory.main.peer_${i} AS ${rowsSql(region, from, to)}`;
      await lake.read((connection) => connection.run(sql));
    }
    const sides = {
      marquee: () =>
        measure(async () => {
          for (const rows of batches) await lake.appendExactlyOnce('impressions', [rows]);
        }),
      duckdb: () =>
        measure(async () => {
          for (const i of ranges.keys()) {
            const sql = `INSERT INTO ${peerTable} (${names}) SELECT ${names} FROM memory.main.peer_${i}`;
            await lake.read((connection) => connection.run(sql));
          }
        }),
    };
    const turn = {} as { marquee: Turn; duckdb: Turn };
    const order = ['marquee', 'duckdb'] as const;
    for (const side of pair % 2 === 0 ? order : order.toReversed()) turn[side] = await sides[side]();
    if (pair < 0) continue;
    turns.push(turn);
    say(`pair ${pair + 1}: ${describe(turn.marquee)}, DuckDB ${describe(turn.duckdb)}`);
  }
  await assertEqual(lake, peerTable);
  const medianOf = (of: (turn: { marquee: Turn; duckdb: Turn }) => number): number =>
    round(median(turns.map(of)));
  return {
    ratio_vs_duckdb: medianOf(({ marquee, duckdb }) => marquee.perCpuSecond / duckdb.perCpuSecond),
    rate_ratio_vs_duckdb: medianOf(({ marquee, duckdb }) => marquee.perSecond / duckdb.perSecond),
    appended_rows_per_cpu_second: medianOf(({ marquee }) => marquee.perCpuSecond),
    duckdb_rows_per_cpu_second: medianOf(({ duckdb }) => duckdb.perCpuSecond),
  };
}

const rangeOf = (batch: number) => ({ from: batch * BATCH_ROWS, to: (batch + 1) * BATCH_ROWS });

/** Neither side pays for what was thrown away while the rows were made. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

async function measure(work: () => Promise<void>): Promise<Turn> {
  collectGarbage();
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const rows = TURN_BATCHES * BATCH_ROWS;
  return { perCpuSecond: (rows / (user + system)) * 1e6, perSecond: rows / seconds };
}

const describe = ({ perSecond, perCpuSecond }: Turn): string =>
  `${round(perCpuSecond)} rows per CPU second (${round(perSecond)} rows/s)`;

async function assertEqual(lake: OpenLake['lake'], peerTable: string): Promise<void> {
  const [ours, theirs] = await Promise.all(
    [lake.reference('impressions'), peerTable].map(async (reference) => {
      const { columns } = await lake.read((connection) => connection.query(digestSql(reference)));
      return String(columns['digest']?.values[0]);
    }),
  );
  if (ours !== theirs) throw new Error(`the tables differ: ${ours} and ${theirs}`);
}
