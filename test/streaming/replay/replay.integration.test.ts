/** Every stage live on real servers, then replayed from the lake beside it: same bytes, blocks, answers and states. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { topicName, type TopicKind } from '../../../domain/topics.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { runCommandLine } from '../../../infra/cli/program.ts';
import { openKafka, openLake, topicPlanOf, type OpenLake } from '../../../infra/connections.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import { partitionOfKey } from '../../../infra/kafka/partitioner.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { silentLog } from '../../../infra/log.ts';
import { startBehaviour } from '../../../streaming/behaviour/process.ts';
import { startExtract } from '../../../streaming/extract/process.ts';
import { createLiveSide } from '../../../streaming/replay/live-side.ts';
import { parseBound } from '../../../streaming/replay/ranges.ts';
import {
  replay,
  replayStages,
  type ReplayOrder,
  type ReplayReport,
} from '../../../streaming/replay/replay.ts';
import { startSink } from '../../../streaming/sink/process.ts';
import { startSpeed } from '../../../streaming/speed/process.ts';
import { behaviourFolds } from '../../../streaming/behaviour/folds.ts';
import { profileEvents } from '../../support/profile-events.ts';
import { readTopic } from '../../support/kafka-log.ts';
import { hasRead, isSunk, startLane, type LiveLane } from '../../support/live-lane.ts';
import { testConfig, testEnvironment } from '../../support/stack.ts';
import { until } from '../../support/until.ts';

const PARTITIONS = 2;
const EVENTS = 4000;
const SETTINGS = {
  MARQUEE_PARTITIONS: String(PARTITIONS),
  MARQUEE_BLOCK_SIZE: '256',
  DUCKDB_THREADS: '1',
  DUCKDB_MEMORY_LIMIT_MB: '256',
  SINK_FLUSH_INTERVAL_MS: '500',
  EXTRACT_START_GRACE_MS: '0',
  SPEED_CLEAR_UP_INTERVAL_MS: '3600000',
};
const SUNK: readonly TopicKind[] = ['raw-events', 'plays', 'impressions', 'interactions', 'searches'];
const config = testConfig(SETTINGS);
const { region, generation } = config;
const codec = createCleanCodec();
let kafka: KafkaClient;
let open: OpenLake;
let lane: LiveLane;
/** Where the raw log of each partition ends in the lake. */
const ends = new Map<number, number>();

before(async () => {
  kafka = openKafka(config, silentLog());
  await ensureTopics(kafka, topicPlanOf(config));
  open = await openLake(config, silentLog());
  await open.lake.ensureTables();
  lane = await startLane(config, [startSink, startExtract, startSpeed, startBehaviour]);
  const producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
  const events = profileEvents({ seed: 4, count: EVENTS, now: Date.now() });
  // Some come twice, some are none.
  const values = events.flatMap((event, i) => [
    ...(i % 100 === 99 ? ['{"kind":"impression"', JSON.stringify({ ...event, eventTime: -1 })] : []),
    ...(i % 25 === 0 ? [JSON.stringify(event)] : []),
    JSON.stringify(event),
  ]);
  const messages = values.map((value) => {
    const key = /"profileId":"([^"]+)"/.exec(value)?.[1] ?? 'nobody';
    return { key, partition: partitionOfKey(key, PARTITIONS), value: Buffer.from(value) };
  });
  await producer.send([{ topic: topicName(region, generation, 'raw-events'), messages }]);
  await producer.close();
  await until(settled, 300_000, 500);
  for (const { partition, offset } of await open.lake.positions('raw_events'))
    ends.set(partition, offset + 1);
});
after(async () => {
  await lane.stop();
  await open.close();
  await kafka.close();
});

async function settled(): Promise<boolean> {
  lane.check();
  if (!(await hasRead(config, kafka, 'extract', ['raw-events']))) return false;
  if (!(await hasRead(config, kafka, 'speed', ['plays', 'impressions']))) return false;
  for (const { name, topics } of behaviourFolds(config)) {
    if (!(await hasRead(config, kafka, name, topics))) return false;
  }
  return isSunk(config, kafka, open.lake, SUNK);
}

const run = (order: Partial<ReplayOrder> & { stage: string }): Promise<ReplayReport> =>
  replay({ lake: open.lake, kafka, codec, config }, { span: {}, compare: true, ...order });

const without = ({ comparison }: ReplayReport) => ({
  differences: comparison?.differences,
  examples: comparison?.examples,
});
const NONE = { differences: 0, examples: [] };

test('clean records replayed from the raw events of the lake are the live ones, byte for byte', async () => {
  const report = await run({ stage: 'extract' });
  assert.deepEqual(without(report), NONE);
  assert.equal(report.comparison?.compared, EVENTS);
});

test('a part of the log is replayed alike: duplicates of what came before it are known', async () => {
  const [first, second] = [ends.get(0)!, ends.get(1)!];
  const from = parseBound(`0:${Math.floor(first / 2)},1:${Math.floor(second / 2)}`);
  const report = await run({ stage: 'extract', span: { from, to: parseBound(`0:${first - 10}`) } });
  assert.deepEqual(without(report), NONE);
  assert.ok(report.comparison!.compared > EVENTS / 3 && report.comparison!.compared < (2 * EVENTS) / 3);
});

test('sealed blocks replayed hold the cells of the live speed view', async () => {
  const report = await run({ stage: 'speed' });
  assert.deepEqual(without(report), NONE);
  assert.ok(report.comparison!.compared >= 4, `${report.comparison?.compared} sealed blocks`);
});

for (const stage of replayStages(config).slice(2)) {
  test(`${stage} replayed ends as the live stage does`, async () => {
    const report = await run({ stage });
    assert.deepEqual(without(report), NONE);
    assert.ok(report.comparison!.compared > 20, `${report.comparison?.compared} compared`);
  });
}

test('a part of the log replayed says nothing of what the live lane has said since', async () => {
  const to = parseBound(`0:${Math.floor(ends.get(0)! / 2)},1:${Math.floor(ends.get(1)! / 3)}`);
  const report = await run({ stage: 'play-signals', span: { to } });
  assert.deepEqual(without(report), NONE);
  assert.ok(report.comparison!.compared > 20, `${report.comparison?.compared} compared`);
});

test('what two topics lead to is compared to the end of the log alone', async () => {
  for (const stage of ['attribution', 'impression-memory']) {
    const order = { stage, span: { to: parseBound('0:10') } };
    await assert.rejects(run(order), /Replay is not possible: .* compare without an end/);
  }
});

test('whom the log says more about than was replayed is told', async () => {
  const fold = behaviourFolds(config).find(({ name }) => name === 'attribution')!;
  const past = new Set<string>();
  const halves = new Map<string, number>();
  for (const topic of fold.topics) {
    for (const [partition, records] of await readTopic(kafka, topicName(region, generation, topic))) {
      const half = records.length - (partition === 0 ? 5 : 0);
      halves.set(`${topic}/${partition}`, half);
      for (const { value } of records.slice(half)) past.add(codec.decodeClean(topic, value!).event.profileId);
    }
  }
  const live = createLiveSide(
    { kafka, codec, region, generation },
    fold,
    (topic, partition) => halves.get(`${topic}/${partition}`) ?? 0,
  );
  assert.ok(past.size > 0 && past.size <= 10);
  assert.deepEqual(await live.touched(), past);
  assert.deepEqual(await live.goingOn(), new Set([0]));
  assert.deepEqual(await live.truncated(), new Set());
});

test('a replay that decides otherwise is told, with the first differences', async () => {
  const stricter = { ...config, ingest: { ...config.ingest, maxEventBytes: 240 } };
  const order = { stage: 'extract', span: {}, compare: true };
  const { comparison } = await replay({ lake: open.lake, kafka, codec, config: stricter }, order);
  assert.ok(comparison!.differences > 0 && comparison!.differences < EVENTS);
  assert.equal(comparison!.compared, EVENTS);
  assert.match(comparison!.examples[0]!, /raw offset \d+ is live and not replayed/);
});

test('outputs are written as files, a line each, with the bytes that the live stage would send', async () => {
  const folder = join(config.dataDir, 'out');
  const { stdout, code } = await marquee('replay', '--stage', 'extract', '--out', folder, '--json');
  assert.equal(code, 0);
  assert.equal((JSON.parse(stdout) as ReplayReport).outputs, EVENTS);
  const lines = readFileSync(join(folder, 'plays', '0.ndjson'), 'utf8')
    .trim()
    .split('\n');
  assert.ok(lines.length > 100);
  const { value: written } = JSON.parse(lines[0]!) as { value: string };
  assert.equal(codec.decodeClean('plays', Buffer.from(written, 'base64')).timeStatus, 'ok');
});

async function marquee(...args: string[]): Promise<{ code: number; stdout: string }> {
  const out: string[] = [];
  const code = await runCommandLine(args, {
    stdout: { write: (text) => out.push(text) },
    stderr: { write: () => undefined },
    env: testEnvironment(SETTINGS),
  });
  return { code, stdout: out.join('') };
}
