import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { viewName } from '../../../domain/views.ts';
import { topicPlanOf, openKafka, openObjectStore } from '../../../infra/connections.ts';
import { createViewRepository, type ViewRepository } from '../../../infra/hermes/repository.ts';
import { createSubscriber } from '../../../infra/hermes/subscriber.ts';
import { runCommandLine } from '../../../infra/cli/program.ts';
import type { SteeredAnswer } from '../../../infra/cli/view.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import { createOutbox } from '../../../infra/notices/outbox.ts';
import { readAll, type LogReader } from '../../../infra/kafka/reader.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { silentLog } from '../../../infra/log.ts';
import type { S3ObjectStore } from '../../../infra/object-store/s3.ts';
import { topicName } from '../../../domain/topics.ts';
import { startStatusReport } from '../../../infra/hermes/status-report.ts';
import { publish } from '../../support/object-store-views.ts';
import { testConfig, testEnvironment } from '../../support/stack.ts';

const config = testConfig();
const { region, generation } = config;
const VIEW = viewName('clusters');
const NAMES = ['willing', 'unwilling'] as const;

let store: S3ObjectStore;
let kafka: KafkaClient;
let views: ViewRepository;
let dir: string;
const closers: (() => Promise<void>)[] = [];

before(async () => {
  store = openObjectStore(config);
  kafka = openKafka(config, silentLog());
  await store.ensureBucket();
  await ensureTopics(kafka, topicPlanOf(config));
  views = createViewRepository({ store, region });
  for (const run of ['run-1', 'run-2', 'run-3']) await publish(views, VIEW, run, { part: run }, region);
  dir = await mkdtemp(join(tmpdir(), 'marquee-view-'));
  for (const name of NAMES) await follow(name);
});
after(async () => {
  for (const close of closers.reverse()) await close();
  await kafka.close();
  store.close();
  await rm(dir, { recursive: true });
});

/** A subscriber as serving has them; the unwilling one can load nothing but the newest version. */
async function follow(name: (typeof NAMES)[number]): Promise<void> {
  const loaded = { send: (): void => undefined };
  const subscriber = createSubscriber({
    ...{ repository: views, dir: join(dir, name), log: silentLog() },
    // Only announcements make it look.
    pollIntervalMs: 600_000,
  });
  const subscription = await subscriber.subscribe(VIEW, {
    load(_folder, { version }) {
      if (name === 'unwilling' && version !== 3) throw new Error('not this one');
      return version;
    },
    onVersion: () => loaded.send(),
  });
  const reader: LogReader = await readAll(kafka, {
    topic: topicName(region, generation, 'announcements'),
    live: true,
    onRecords: () => void subscription.nudge(),
  });
  const report = startStatusReport({
    connect: () => createProducer(kafka, { maxRecordBytes: 65_536 }),
    topic: topicName(region, generation, 'subscriber-status'),
    ...{ subscriber: name, intervalMs: 600_000, log: silentLog() },
    statuses: () => [subscription.status()],
  });
  loaded.send = report.send;
  report.send();
  closers.push(async () => {
    await reader.stop();
    await report.close();
    await subscription.close();
  });
}

async function run(...args: string[]): Promise<{ code: number; answer: SteeredAnswer; stderr: string }> {
  let [stdout, stderr] = ['', ''];
  const code = await runCommandLine([...args, '--json'], {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    // Nobody who is busy is called silent.
    env: testEnvironment({ SERVING_STATUS_INTERVAL_MS: '600000' }),
  });
  return { code, answer: JSON.parse(stdout || '{}') as SteeredAnswer, stderr };
}

const standings = ({ subscribers }: Pick<SteeredAnswer, 'subscribers'>): readonly unknown[] =>
  (subscribers ?? []).map(({ subscriber, version, standing }) => [subscriber, version, standing]);

test('a pin reaches every subscriber by its announcement, and whoever does not follow is named', async () => {
  const dry = await run('pin', VIEW, '1', '--dry-run');
  assert.deepEqual([dry.code, dry.answer.to, dry.answer.changed, dry.answer.laggards], [0, 1, false, []]);
  // Who would have to follow.
  assert.deepEqual(standings(dry.answer), [
    ['unwilling', 3, 'behind'],
    ['willing', 3, 'behind'],
  ]);
  const { code, answer, stderr } = await run('pin', VIEW, '1', '--wait', '2s');
  assert.equal(code, 1, stderr);
  assert.deepEqual(Object.keys(answer), Object.keys(dry.answer));
  assert.deepEqual([answer.from, answer.to, answer.notified, answer.laggards], [3, 1, true, ['unwilling']]);
  assert.deepEqual(standings(answer), [
    ['unwilling', 3, 'behind'],
    ['willing', 1, 'current'],
  ]);
});

test('without the pin all are where they should be', async () => {
  const dry = await run('unpin', VIEW, '--dry-run');
  assert.deepEqual([dry.code, dry.answer.to, dry.answer.pinned, dry.answer.dryRun], [0, 3, null, true]);
  const { code, answer, stderr } = await run('unpin', VIEW, '--wait', '5s');
  assert.equal(code, 0, stderr);
  assert.deepEqual([answer.to, answer.laggards, standings(answer).length], [3, [], 2]);
  const shown = await run('view', VIEW);
  assert.deepEqual(standings(shown.answer), [
    ['unwilling', 3, 'current'],
    ['willing', 3, 'current'],
  ]);
});

test('after a roll back the refused version cannot be pinned', async () => {
  const dry = await run('rollback', VIEW, '--dry-run');
  assert.deepEqual([dry.answer.to, (await views.readPointer(VIEW))?.version], [2, 3]);
  const { answer } = await run('rollback', VIEW, '--reason', 'halved', '--wait', '2s');
  assert.deepEqual([answer.from, answer.to], [3, 2]);
  assert.deepEqual(standings(answer)[1], ['willing', 2, 'current']);
  const refused = await run('pin', VIEW, '3');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /rolled-back/);
  const [newest] = await views.listVersions(VIEW, 1);
  assert.deepEqual(
    [newest?.version, newest?.state, newest?.rule, newest?.reason],
    [3, 'rolled-back', 'operator', 'halved'],
  );
});

test('of two bad versions in a row neither is chosen again, by whatever command, and who publishes next follows the good one', async () => {
  await publish(views, VIEW, 'run-4', { part: 'run-4' }, region);
  const codes = [];
  for (const reason of ['bad', 'the one before is bad as well']) {
    const { answer } = await run('rollback', VIEW, '--reason', reason, '--wait', '1s');
    codes.push([answer.from, answer.to]);
  }
  assert.deepEqual(codes, [
    [4, 2],
    [2, 1],
  ]);
  for (const bad of ['2', '3', '4'])
    for (const more of [[], ['--dry-run']]) assert.equal((await run('pin', VIEW, bad, ...more)).code, 1);
  const none = await run('rollback', VIEW);
  assert.deepEqual([none.code, (await views.readPointer(VIEW))?.version], [1, 1]);
  await publish(views, VIEW, 'run-5', { part: 'run-5' }, region);
  const pointer = await views.readPointer(VIEW);
  assert.deepEqual([pointer?.version, pointer?.previous], [5, 1]);
  const back = await run('rollback', VIEW, '--wait', '1s');
  assert.deepEqual([back.answer.from, back.answer.to], [5, 1]);
});

test('why the newest version is not the announced one is said where the view is shown', async () => {
  const shown = async () => (await run('view', VIEW)).answer as unknown as { refused: unknown };
  assert.equal((await shown()).refused, null);
  const version = await views.claimVersion(VIEW, 'run-6');
  await views.reject(VIEW, version, 'canary-undecided', 'too little was seen');
  assert.deepEqual((await shown()).refused, {
    ...{ version: 6, rule: 'canary-undecided', reason: 'too little was seen' },
  });
});

test('what operators did waits to be told, each change once', async () => {
  const waiting = await createOutbox(store, region).list(100);
  assert.deepEqual(waiting.map(({ kind, version, served }) => [kind, version, served].join(' ')).toSorted(), [
    'pinned 1 1',
    'rolled-back 2 1',
    'rolled-back 3 2',
    'rolled-back 4 2',
    'rolled-back 5 1',
    'unpinned 3 3',
  ]);
});

test('without Kafka a pin holds all the same, and the command says that nobody knows who follows', async () => {
  let [stdout, stderr] = ['', ''];
  const code = await runCommandLine(['pin', VIEW, '1', '--json'], {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: testEnvironment({ KAFKA_BROKERS: '127.0.0.1:9', KAFKA_MAX_RETRIES: '0' }),
  });
  const answer = JSON.parse(stdout) as SteeredAnswer;
  assert.deepEqual(
    [code, answer.to, answer.changed, answer.notified, answer.subscribers],
    [1, 1, true, false, null],
  );
  assert.match(stderr, /Nobody can say who has followed/);
  assert.equal((await views.readPointer(VIEW))?.pin, 1);
});
