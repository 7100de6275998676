import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { partitionOfKey } from '../../../infra/kafka/partitioner.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import { listen, type HttpServer } from '../../../infra/http/listen.ts';
import { silentLog } from '../../../infra/log.ts';
import { createMetrics } from '../../../infra/metrics.ts';
import type { Answer } from '../../../streaming/ingest/acceptor.ts';
import { createIngestApp, type IngestApp } from '../../../streaming/ingest/app.ts';
import { event, ingestSettings } from '../../support/ingest.ts';
import { readTopic } from '../../support/kafka-log.ts';
import { startKafkaProxy, type KafkaProxy } from '../../support/kafka-proxy.ts';
import { openTestKafka, type TestKafka } from '../../support/kafka.ts';

const PARTITIONS = 3;
let kafka: TestKafka;
let proxy: KafkaProxy;
let topic: string;
let ingest: IngestApp;
let server: HttpServer;

before(async () => {
  kafka = openTestKafka();
  proxy = await startKafkaProxy();
  topic = await kafka.topic('ingest', PARTITIONS, { 'message.timestamp.type': 'LogAppendTime' });
  const settings = { requestTimeoutMs: 500, connectionTimeoutMs: 300, maxRetries: 3 };
  const client = kafka.another({ openSocket: proxy.openSocket, settings });
  ingest = createIngestApp({
    producer: await createProducer(client, { maxRecordBytes: 1 << 20 }),
    topic,
    partitions: PARTITIONS,
    settings: { ...ingestSettings(), requestsPerMinute: 0, ackTimeoutMs: 20_000 },
    checks: {},
    metrics: createMetrics(),
    log: silentLog(),
  });
  server = await listen(ingest.app, { host: '127.0.0.1', port: 0 });
});
after(async () => {
  await server.close();
  await ingest.close();
  await proxy.close();
  await kafka.close();
});

async function post(
  events: readonly Record<string, unknown>[],
): Promise<{ status: number; body: Answer['body'] }> {
  const response = await fetch(`${server.url}/v1/events?verbose=true`, {
    method: 'POST',
    body: JSON.stringify(events),
    headers: { 'content-type': 'application/json' },
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

const batch = (name: string, count: number): Record<string, unknown>[] =>
  Array.from({ length: count }, (_, i) => event({ eventId: `${name}-${i}`, profileId: `p-${i % 17}` }));

const acknowledgedIn = ({ results }: Answer['body']): string[] =>
  results.flatMap(({ status, eventId }) => (status === 202 && eventId !== undefined ? [eventId] : []));

async function found(): Promise<Map<string, number>> {
  const partitions = new Map<string, number>();
  for (const [partition, records] of await readTopic(kafka.client, topic)) {
    for (const { key, value } of records) {
      assert.equal(partitionOfKey(key ?? Buffer.alloc(0), PARTITIONS), partition);
      partitions.set((JSON.parse(String(value)) as { eventId: string }).eventId, partition);
    }
  }
  return partitions;
}

test('what was acknowledged is in the log, though replies were lost on the way', async () => {
  const acknowledged: string[] = [];
  await Promise.all(
    Array.from({ length: 40 }, async (_, i) => {
      await sleep(i * 15);
      if (i % 8 === 3) proxy.loseReplies(1, { cut: i % 16 === 3 });
      const { status, body } = await post(batch(`lossy-${i}`, 20));
      assert.equal(status, 202);
      acknowledged.push(...acknowledgedIn(body));
    }),
  );
  assert.ok(proxy.lost() > 0, 'the proxy lost replies');
  assert.equal(acknowledged.length, 800);
  const log = await found();
  assert.deepEqual(
    acknowledged.filter((id) => !log.has(id)),
    [],
  );
});

test('nothing is acknowledged while Kafka is gone, and callers are served again once it is back', async () => {
  proxy.cutOff();
  const gone = await post(batch('gone', 5));
  assert.equal(gone.status, 503);
  assert.deepEqual(acknowledgedIn(gone.body), []);
  proxy.restore();
  const back = await post(batch('back', 5));
  assert.equal(back.status, 202);
  const log = await found();
  assert.ok(acknowledgedIn(back.body).every((id) => log.has(id)));
});
