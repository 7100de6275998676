import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { BUCKET_MS } from '../../domain/time.ts';
import { openKafka, openObjectStore, topicPlanOf } from '../../infra/connections.ts';
import { createViewRepository } from '../../infra/hermes/repository.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { silentLog } from '../../infra/log.ts';
import { countsAnswer } from '../../serving/api/schemas.ts';
import { startProcess } from '../support/pipeline.ts';
import { publishPopularity } from '../support/popularity.ts';
import { entry } from '../support/serving.ts';
import { testConfig, testEnvironment } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { freePort } from '../support/free-port.ts';

const SHAPE = { MARQUEE_PARTITIONS: '2', MARQUEE_BLOCK_SIZE: '16' };
/** Connections that are asked over, one after the other: all to one worker would be a chance of one in 2^19. */
const CONNECTIONS = 20;
const BUCKET = Math.floor(Date.now() / BUCKET_MS) - 1;

/** Over a connection of its own, which may come to any worker. */
const ask = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => void text(response).then(resolve, reject)).once('error', reject);
  });

const askOften = (url: string): Promise<string[]> =>
  Promise.all(Array.from({ length: CONNECTIONS }, () => ask(url)));

test('two workers on one port answer alike, and take up a version each for itself', async (t) => {
  const config = testConfig(SHAPE);
  const kafka = openKafka(config, silentLog());
  await ensureTopics(kafka, topicPlanOf(config));
  await kafka.close();
  const store = openObjectStore(config);
  t.after(() => store.close());
  await store.ensureBucket();
  const repository = createViewRepository({ store, region: config.region });
  const publish = (plays: number) =>
    publishPopularity(repository, {
      ...{ region: config.region, blockSize: config.blockSize, cut: { plays: [0, 0], impressions: [0, 0] } },
      asOf: new Date().toISOString(),
      rows: [{ title: 'a', country: 'DE', bucket: BUCKET, plays, impressions: 40 }],
    });
  await publish(7);
  const dir = await mkdtemp(join(tmpdir(), 'marquee-workers-'));
  t.after(() => rm(dir, { recursive: true }));
  await writeFile(join(dir, 'catalogue.ndjson'), JSON.stringify(entry('a')));

  const serving = await startProcess('serving', {
    logDir: dir,
    env: testEnvironment({
      ...SHAPE,
      ...{ SERVING_WORKERS: '2', SERVING_PORT: String(await freePort()), SERVING_POLL_INTERVAL_MS: '100' },
      ...{ MARQUEE_DATA_DIR: dir, CATALOG_PATH: join(dir, 'catalogue.ndjson') },
    }),
  });
  t.after(() => serving.stop());
  const url = serving.url()!;

  const seen = new Set<string>();
  await until(async () => {
    for (const metrics of await askOften(`${url}/metrics`)) {
      const [, worker] = /marquee_serving_request_seconds_count\{.*worker="(\d)"/.exec(metrics) ?? [];
      if (worker !== undefined) seen.add(worker);
    }
    return seen.size === 2;
  }, 30_000);
  assert.deepEqual([...seen].sort(), ['0', '1']);

  const playsOfAll = async (): Promise<number[]> => {
    const answers = await askOften(`${url}/v1/titles/a/counts?country=DE`);
    return answers.map((answer) => countsAnswer.parse(JSON.parse(answer)).plays.total);
  };
  for (const plays of [7, 9]) {
    if (plays === 9) await publish(plays);
    await until(async () => (await playsOfAll()).every((found) => found === plays), 30_000);
  }

  await serving.stop();
  await assert.rejects(ask(`${url}/metrics`), { code: 'ECONNREFUSED' });
});
