/** Generated sessions in a database, with what SQL says of them, to hold the fold to. */
import { after } from 'node:test';
import {
  buildAttributedPlays,
  compareAttributedPlays,
  type AttributionDifferences,
} from '../../batch/attribution/attributed-plays.ts';
import type { AttributionState } from '../../domain/attribution.ts';
import type { AttributedPlay } from '../../domain/attribution/pending.ts';
import type { KeyedFold } from '../../domain/keyed-fold.ts';
import { DAY_MS } from '../../domain/time.ts';
import { createRandom } from '../../domain/random.ts';
import { createDuckDb, type DuckDb } from '../../infra/duckdb/duckdb.ts';
import { quoteName, type DuckDbConnection } from '../../infra/duckdb/connection.ts';
import { tableReference } from '../../infra/lake/lake-sql.ts';
import type { PartitionRows } from '../../infra/lake/port.ts';
import { insertPlans } from '../../infra/lake/insert.ts';
import { TABLE_COLUMNS, type LakeTable } from '../../infra/lake/tables.ts';
import { createRowBuffer } from '../../streaming/sink/row-buffer.ts';
import { generateLogs, LIMITS, type PartitionLogs } from './attribution-log.ts';
import { partitionRows } from './clean-rows.ts';
import { driveFold } from './keyed-drive.ts';

export type AttributionFold = KeyedFold<AttributionState, 'attributed-plays'>;

const TABLES = { plays: tableReference('test', 'plays'), impressions: tableReference('test', 'impressions') };

/** Generated logs in a database, with what SQL says of them. */
export interface AttributionWorld {
  readonly logs: readonly PartitionLogs[];
  readonly until: number;
  readonly duckdb: DuckDb;
}

const opened: DuckDb[] = [];
after(async () => {
  for (const duckdb of opened) await duckdb.close();
});

export async function createWorld(seed: number, sessions: number): Promise<AttributionWorld> {
  const logs = generateLogs(seed, { sessions, profiles: sessions / 40, partitions: 4 });
  const times = logs.flatMap(({ impressions, plays }) =>
    [impressions, plays].map((log) => log.at(-1)!.appendTime),
  );
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 512, connections: 1 });
  opened.push(duckdb);
  await duckdb.use(async (connection) => {
    await connection.run(`ATTACH ':memory:' AS lake; CREATE SCHEMA lake.test`);
    for (const table of ['impressions', 'plays', 'attributed_plays'] as const) {
      const columns = TABLE_COLUMNS[table].map(({ name, type }) => `${quoteName(name)} ${type}`);
      await connection.run(`CREATE TABLE ${tableReference('test', table)} (${columns.join(', ')})`);
    }
    for (const topic of ['impressions', 'plays'] as const) {
      const rows = logs.map((partition, p) => partitionRows(topic, p, partition[topic]));
      await stageRows(connection, topic, rows);
    }
    await buildAttributedPlays(connection, TABLES, LIMITS);
  });
  return { logs, until: Math.max(...times) + 60 * DAY_MS, duckdb };
}

async function stageRows(
  connection: DuckDbConnection,
  table: LakeTable,
  partitions: readonly PartitionRows[],
): Promise<void> {
  const position = { generation: 'g1', offset: -1, rawOffset: -1 };
  const plans = partitions.map((rows) => ({
    rows,
    take: Array.from({ length: rows.rowCount }, (_, row) => row),
    position: { ...position, partition: rows.partition },
  }));
  await connection.run(`DELETE FROM ${tableReference('test', table)}`);
  await insertPlans(connection, { namespace: 'test', region: 'test', table }, plans);
}

function upsertRows(partition: number, outputs: readonly AttributedPlay[]): PartitionRows {
  const buffer = createRowBuffer('attributed_plays');
  outputs.forEach((derived, offset) => buffer.push({ offset, derived, bytes: 0 }));
  return { generation: 'g1', partition, follows: -1, rowCount: outputs.length, columns: buffer.columns() };
}

export interface Comparison {
  readonly differences: AttributionDifferences;
  readonly upserts: number;
}

/** Folds every partition in an interleaving of its own; states pass through storage now and then. */
export async function compare(
  { logs, until, duckdb }: AttributionWorld,
  fold: AttributionFold,
  seed: number,
): Promise<Comparison> {
  const random = createRandom(seed);
  const driven = logs.map((partition) =>
    driveFold(fold, { ...partition }, { random, until, store: structuredClone }),
  );
  const differences = await duckdb.use(async (connection) => {
    const rows = driven.map(({ outputs }, p) => upsertRows(p, outputs));
    await stageRows(connection, 'attributed_plays', rows);
    return compareAttributedPlays(connection, tableReference('test', 'attributed_plays'));
  });
  return { differences, upserts: driven.reduce((sum, { outputs }) => sum + outputs.length, 0) };
}
