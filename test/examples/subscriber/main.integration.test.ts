import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { childEnvironment } from '../../../infra/config.ts';
import { openKafka, openObjectStore, topicPlanOf } from '../../../infra/connections.ts';
import { createAnnouncer } from '../../../infra/hermes/announcer.ts';
import { openLedger } from '../../../infra/hermes/ledger.ts';
import { createViewRepository, type ViewRepository } from '../../../infra/hermes/repository.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { silentLog } from '../../../infra/log.ts';
import type { S3ObjectStore } from '../../../infra/object-store/s3.ts';
import { POPULARITY, publishPopularity } from '../../support/popularity.ts';
import { testConfig, testEnvironment } from '../../support/stack.ts';
import { until } from '../../support/until.ts';

const config = testConfig();
const { region, generation } = config;
const MAIN = resolve(import.meta.dirname, '../../../examples/subscriber/main.ts');
let store: S3ObjectStore;
let kafka: KafkaClient;
let views: ViewRepository;
let dir: string;

before(async () => {
  store = openObjectStore(config);
  kafka = openKafka(config, silentLog());
  await store.ensureBucket();
  await ensureTopics(kafka, topicPlanOf(config));
  views = createViewRepository({ store, region });
  dir = await mkdtemp(join(tmpdir(), 'marquee-follows-'));
});
after(async () => {
  await kafka.close();
  store.close();
  await rm(dir, { recursive: true });
});

const publish = (plays: Readonly<Record<string, number>>) =>
  publishPopularity(views, {
    blockSize: config.blockSize,
    cut: {},
    asOf: '2026-11-01T00:00:00.000Z',
    rows: Object.entries(plays).map(([title, count]) => ({
      ...{ title, country: 'US', bucket: 0, plays: count, impressions: 0 },
    })),
    region,
  });

test('a program from outside gets each version as it is announced, and operators see it', async () => {
  await publish({ a: 3, b: 5 });
  // Only announcements are quick enough.
  const env = childEnvironment(testEnvironment({ SERVING_POLL_INTERVAL_MS: '600000' }));
  const child = spawn(process.execPath, [MAIN, POPULARITY, dir], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  await until(() => printed === '1,b,5\n1,a,3\n', 20_000);

  await publish({ a: 9, b: 5 });
  const announcer = createAnnouncer({
    ...{ region, generation },
    connect: () => createProducer(kafka, { maxRecordBytes: 65_536 }),
  });
  await announcer.announce((await views.readPointer(POPULARITY))!);
  await announcer.close();
  await until(() => printed.endsWith('2,a,9\n2,b,5\n'), 20_000);

  const ledger = await openLedger(kafka, { region, generation, silentMs: 60_000 });
  const pointer = await views.readPointer(POPULARITY);
  await until(() => ledger.of(POPULARITY, pointer!.version)[0]?.standing === 'current', 10_000);
  await ledger.close();
  child.kill('SIGTERM');
  assert.deepEqual((await ended)[0], 0);
});
