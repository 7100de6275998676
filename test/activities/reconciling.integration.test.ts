/** Lanes compared after each version of popularity, over real servers: Kafka, Iceberg, S3 and Temporal. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Pointer } from '../../domain/views.ts';
import type { ParityReport } from '../../domain/parity/report.ts';
import { topicName } from '../../domain/topics.ts';
import { viewName } from '../../domain/views.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import { openKafka, openLake, openObjectStore, type OpenLake } from '../../infra/connections.ts';
import { startWorkerProcess } from '../../infra/bin/worker-process.ts';
import { createLog, silentLog } from '../../infra/log.ts';
import { createParityStore } from '../../infra/parity/store.ts';
import { createTemporal } from '../../infra/temporal/client.ts';
import { createRefreshes } from '../../infra/temporal/refreshes.ts';
import { startSpeed } from '../../streaming/speed/process.ts';
import { readTopic } from '../support/kafka-log.ts';
import { startLane, type LiveLane } from '../support/live-lane.ts';
import { createParityLanes, type ParityLanes, type Place } from '../support/parity-lanes.ts';
import { startProcess, type MarqueeProcess } from '../support/pipeline.ts';
import { readSpeedView } from '../support/speed-view-log.ts';
import { testConfig, testEnvironment } from '../support/stack.ts';
import { until } from '../support/until.ts';

const POPULARITY = viewName('popularity');
const BLOCK = 64;
const SETTINGS = {
  MARQUEE_BLOCK_SIZE: String(BLOCK),
  MARQUEE_PARTITIONS: '2',
  DUCKDB_MEMORY_LIMIT_MB: '256',
  VIEWS_MAX_REMOVED_SHARE: '0.9',
  VIEWS_KEEP_VERSIONS: '2',
  SPEED_CLEAR_UP_INTERVAL_MS: '300',
  KAFKA_SESSION_TIMEOUT_MS: '6000',
  KAFKA_HEARTBEAT_INTERVAL_MS: '500',
  SPEED_CHECKPOINT_INTERVAL_MS: '200',
};
const PLAYS_0: Place = { topic: 'plays', partition: 0 };
const PLAYS_1: Place = { topic: 'plays', partition: 1 };
const SHOWN: Place = { topic: 'impressions', partition: 0 };

const config = testConfig(SETTINGS);
const { region, generation } = config;
const store = openObjectStore(config);
const kafka = openKafka(config, silentLog());
const temporal = createTemporal(config.temporal);
const refreshes = createRefreshes({ temporal, region });
const parity = createParityStore(store, region);
const closers: (() => Promise<void> | void)[] = [];
const alerts: { alert?: string; block?: string; title?: string; lane?: string; msg?: string }[] = [];
let lake: OpenLake;
let lanes: ParityLanes;
let killed: MarqueeProcess | undefined;
let speed: LiveLane | undefined;

/** Here, where it is stopped in good order. */
const startHere = async (): Promise<void> => {
  speed = await startLane(config, [startSpeed]);
};

before(async () => {
  await store.ensureBucket();
  lake = await openLake(config, silentLog());
  await lake.lake.ensureTables();
  lanes = await createParityLanes(config, { kafka, lake: lake.lake, store });
  const destination = {
    write(line: string) {
      const entry = JSON.parse(line) as (typeof alerts)[number];
      if (entry.alert === 'parity') alerts.push(entry);
    },
  };
  const log = createLog({ name: 'worker', level: 'error', destination });
  const onClose = (close: () => Promise<void> | void) => void closers.push(close);
  await startWorkerProcess({ config, log, onClose, fail: assert.fail });
});
after(async () => {
  await killed?.stop();
  await speed?.stop();
  for (const close of closers.toReversed()) await close();
  await temporal.close();
  await lanes.close();
  await kafka.close();
  await lake.close();
  store.close();
});

/** Waits until the speed view reaches the end of these partitions. */
const folded = (places: readonly Place[]): Promise<void> =>
  until(
    async () => {
      const { reach } = await readSpeedView(config, kafka);
      return places.every(
        (at) => (reach.watermark[at.topic][at.partition] ?? 0) >= lanes.length(at) || lanes.length(at) === 0,
      );
    },
    60_000,
    300,
  );

/** Publishes, and waits for the comparison that follows. */
async function refreshed(): Promise<ParityReport> {
  const outcome = await refreshes.refresh(POPULARITY);
  assert.equal(outcome.outcome, 'announced');
  const version: Pointer['version'] = outcome.version;
  const newest = async (): Promise<ParityReport | undefined> => (await parity.read())?.reports[0];
  await until(
    async () => (await newest())?.version === version && (await newest())?.waiting === 0,
    60_000,
    200,
  );
  return (await newest())!;
}

test('honest lanes agree through a kill, late events and a block that is not finished', async () => {
  killed = await startProcess('speed', { env: testEnvironment(SETTINGS), logDir: `${config.dataDir}/logs` });
  await lanes.append(PLAYS_0, BLOCK);
  await folded([PLAYS_0]);
  // Blocks below the first cut are cleared up soon: they may be compared or passed over.
  assert.deepEqual((await refreshed()).differing, []);
  await lanes.append(PLAYS_0, 40);
  await lanes.append(SHOWN, 150);
  await folded([SHOWN]);
  killed.signal('SIGKILL');
  await lanes.append(PLAYS_0, 100);
  await lanes.append(PLAYS_1, 90);
  await startHere();
  await folded([PLAYS_0, PLAYS_1, SHOWN]);
  const report = await refreshed();
  assert.deepEqual([report.compared, report.equal, report.open], [5, 5, 0]);
  assert.deepEqual([report.differing, alerts], [[], []]);
});

test('a row that the lake lost raises the alert by the next refresh, naming block, title and lane', async () => {
  const lost = lanes.length(PLAYS_0) + BLOCK;
  await lanes.append(PLAYS_0, 2 * BLOCK);
  await folded([PLAYS_0]);
  // One that counts for something: a start always does.
  let at = lost;
  while (lanes.recordAt(PLAYS_0, at).event.kind !== 'play_start') at -= 1;
  const { titleId } = lanes.recordAt(PLAYS_0, at).event as unknown as { titleId: string };
  await lake.lake.read((connection) =>
    connection.run(`DELETE FROM ${lake.lake.reference('plays')} WHERE "partition" = 0 AND "offset" = ${at}`),
  );
  const report = await refreshed();
  const block = `plays.g1/0/${Math.floor(at / BLOCK)}`;
  const found = report.differing.find(({ name }) => name === block);
  assert.equal(found?.lane, 'batch');
  assert.ok(found.titles.some(({ title, lane }) => title === titleId && lane === 'batch'));
  const alert = alerts.find((one) => one.block === block && one.title === titleId);
  assert.equal(alert?.lane, 'batch');
  const codec = createCleanCodec();
  const told = await readTopic(kafka, topicName(region, generation, 'quality-metrics'));
  const records = [...told.values()]
    .flat()
    .map(({ value }) => codec.decodeDerived('quality-metrics', value!));
  assert.ok(
    records.some(
      ({ metric, verdict }) => metric === 'parity_difference' && verdict === 'lanes differ: batch',
    ),
  );
});

test('a fold that loses one play of seven raises the alert by the next refresh, naming the speed lane', async () => {
  await speed!.stop();
  speed = undefined;
  alerts.length = 0;
  await lanes.append(PLAYS_1, 3 * BLOCK);
  let starts = 0;
  await lanes.foldOtherwise(PLAYS_1, (input) => {
    if (input.record?.kind !== 'play_start' || (starts += 1) % 7 !== 0) return input;
    return { ...input, record: undefined };
  });
  const report = await refreshed();
  assert.ok(starts >= 14);
  const names = report.differing.map(({ name }) => name);
  assert.ok(names.length >= 2 && names.every((name) => name.startsWith('plays.g1/1/')), names.join(' '));
  for (const { name, lane, titles } of report.differing) {
    assert.equal(lane, 'speed');
    assert.ok(titles.length > 0);
    for (const { title } of titles)
      assert.ok(alerts.some((one) => one.block === name && one.title === title && one.lane === 'speed'));
  }
});

test('blocks that were cleared up are passed over without an alarm, whatever was remembered', async () => {
  alerts.length = 0;
  await startHere();
  await lanes.append(SHOWN, BLOCK);
  await folded([SHOWN]);
  await refreshed();
  await until(async () => (await readSpeedView(config, kafka)).reach.holes.length > 0, 30_000, 300);
  await store.delete(`${region}/parity.json`);
  alerts.length = 0;
  await lanes.append(SHOWN, BLOCK);
  await folded([SHOWN]);
  const report = await refreshed();
  assert.ok(report.passedOver > 0);
  assert.ok(
    report.differing.every(({ name }) => name.startsWith('plays.g1/')),
    'impressions were honest',
  );
});
