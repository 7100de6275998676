import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  buildAttributedPlays,
  compareAttributedPlays,
  type AttributionDifferences,
} from '../../../batch/attribution/attributed-plays.ts';
import { createAttribution, type AttributionState } from '../../../domain/attribution.ts';
import type { AttributedPlay } from '../../../domain/attribution/pending.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import type { KeyedFold } from '../../../domain/keyed-fold.ts';
import { DAY_MS } from '../../../domain/time.ts';
import { createRandom } from '../../../infra/datasets/random.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import { quoteName, type DuckDbConnection } from '../../../infra/duckdb/connection.ts';
import { insertSql, tableReference } from '../../../infra/lake/lake-sql.ts';
import type { PartitionRows } from '../../../infra/lake/port.ts';
import { stageColumns } from '../../../infra/lake/stage.ts';
import { TABLE_COLUMNS, type LakeTable } from '../../../infra/lake/tables.ts';
import { createRowBuffer } from '../../../streaming/sink/row-buffer.ts';
import { generateLogs, LIMITS, type PartitionLogs } from '../../support/attribution-log.ts';
import { partitionRows } from '../../support/clean-rows.ts';
import { driveFold } from '../../support/keyed-drive.ts';

type Fold = KeyedFold<AttributionState, 'attributed-plays'>;

const TABLES = { plays: tableReference('test', 'plays'), impressions: tableReference('test', 'impressions') };

/** Generated logs in a database, with what SQL says of them. */
interface World {
  readonly logs: readonly PartitionLogs[];
  readonly until: number;
  readonly duckdb: DuckDb;
}

const opened: DuckDb[] = [];
after(async () => {
  for (const duckdb of opened) await duckdb.close();
});

async function createWorld(seed: number, sessions: number): Promise<World> {
  const logs = generateLogs(seed, { sessions, profiles: sessions / 4, partitions: 4 });
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
  const { columns, rowCount } = stageColumns(table, 'test', plans);
  await connection.stage('staged', columns, rowCount);
  await connection.run(`DELETE FROM ${tableReference('test', table)}`);
  await connection.run(insertSql('test', table, 'staged'));
}

function upsertRows(partition: number, outputs: readonly AttributedPlay[]): PartitionRows {
  const buffer = createRowBuffer('attributed_plays');
  outputs.forEach((derived, offset) => buffer.push({ offset, derived, bytes: 0 }));
  return { generation: 'g1', partition, follows: -1, rowCount: outputs.length, columns: buffer.columns() };
}

interface Comparison {
  readonly differences: AttributionDifferences;
  readonly upserts: number;
}

/** Folds every partition in an interleaving of its own; states pass through storage now and then. */
async function compare({ logs, until, duckdb }: World, fold: Fold, seed: number): Promise<Comparison> {
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

test('the fold says of 10,000 sessions what SQL says, however the logs are interleaved', async (t) => {
  const world = await createWorld(20_261_121, 10_000);
  for (const seed of [1, 2, 3]) {
    const { differences, upserts } = await compare(world, createAttribution(LIMITS), seed);
    const { plays } = differences;
    t.diagnostic(`${plays} plays, ${upserts} upserts, ${differences.different} differences`);
    assert.ok(plays > 10_000 && upserts > 2 * plays);
    assert.deepEqual(differences, { plays, equal: plays, waiting: 0, different: 0, missing: 0, extra: 0 });
  }
});

/** The fold on records that a fault has changed. */
const blindTo = (change: (record: CleanRecord) => CleanRecord, limits = LIMITS): Fold => {
  const fold = createAttribution(limits);
  return { ...fold, step: (state, input) => fold.step(state, { ...input, record: change(input.record) }) };
};
const changeEvent = (change: object, when: (record: CleanRecord) => boolean = () => true) =>
  blindTo((record) => (when(record) ? { ...record, event: { ...record.event, ...change } } : record));

const FAULTS: Readonly<Record<string, Fold>> = {
  'a window one millisecond too long': createAttribution({ ...LIMITS, windowMs: LIMITS.windowMs + 1 }),
  'a window one millisecond too short': createAttribution({ ...LIMITS, windowMs: LIMITS.windowMs - 1 }),
  'a lateness bound one millisecond too long': createAttribution({
    ...LIMITS,
    latenessMs: LIMITS.latenessMs + 1,
  }),
  'a lateness bound one millisecond too short': createAttribution({
    ...LIMITS,
    latenessMs: LIMITS.latenessMs - 1,
  }),
  'a horizon of one day too few': createAttribution({ ...LIMITS, discoveryDays: LIMITS.discoveryDays - 1 }),
  'a horizon of one day too many': createAttribution({ ...LIMITS, discoveryDays: LIMITS.discoveryDays + 1 }),
  'few impressions remembered': createAttribution({ ...LIMITS, sightings: 4 }),
  'synthetic impressions taken for explicit ones': changeEvent({ origin: 'explicit' }),
  'pages that plays state overlooked': changeEvent(
    { pageId: undefined },
    ({ event }) => event.kind === 'play_start',
  ),
  'rows that plays state overlooked': changeEvent(
    { row: undefined },
    ({ event }) => event.kind === 'play_start',
  ),
  'series overlooked': blindTo(({ enriched: _enriched, ...record }) => record),
  'times that were judged overlooked': blindTo((record) => ({ ...record, timeStatus: 'ok' })),
};

test('the comparison finds every fault that the fold could have', async (t) => {
  const world = await createWorld(7, 2000);
  for (const [fault, fold] of Object.entries(FAULTS)) {
    const { different, missing, waiting } = (await compare(world, fold, 4)).differences;
    t.diagnostic(`${fault}: ${different} differences, ${missing} missing, ${waiting} without a last word`);
    assert.ok(different + missing + waiting > 0, fault);
  }
  const { differences } = await compare(world, createAttribution(LIMITS), 4);
  assert.equal(differences.equal, differences.plays, 'and none without a fault');
});
