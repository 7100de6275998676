import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { recountAudit } from '../../../batch/audit/recount.ts';
import type { DerivedRecord } from '../../../domain/events/derived.ts';
import { topicName } from '../../../domain/topics.ts';
import type { AuditSummary } from '../../../domain/audit/summary.ts';
import { runCommandLine } from '../../../infra/cli/program.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { openKafka, topicPlanOf } from '../../../infra/connections.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import type { LogProducer } from '../../../infra/kafka/producer-port.ts';
import { readAll, type LogReader } from '../../../infra/kafka/reader.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { openLake, type OpenLake } from '../../../infra/lake/open.ts';
import { silentLog } from '../../../infra/log.ts';
import { startFeed, type Feed, type FedProducer } from '../../support/audit-feed.ts';
import { until } from '../../support/until.ts';
import { startProcess, type MarqueeProcess, type ProcessName } from '../../support/pipeline.ts';
import { testConfig, testEnvironment } from '../../support/stack.ts';

type QualityRecord = DerivedRecord<'quality-metrics'>;

const PARTITIONS = 2;
const WINDOW_MS = 10_000;
const dropping: FedProducer = { name: 'app,tv=1', perSecond: 4 };
const silent: FedProducer = { name: 'web', perSecond: 2 };
/** What must be named is named within this: the requirement. */
const NAMED_WITHIN_MS = 60_000;
const WARM_UP_MS = 45_000;

const overrides = {
  MARQUEE_PARTITIONS: String(PARTITIONS),
  SINK_FLUSH_INTERVAL_MS: '1000',
  KAFKA_SESSION_TIMEOUT_MS: '6000',
  KAFKA_HEARTBEAT_INTERVAL_MS: '500',
  EXTRACT_START_GRACE_MS: '0',
  DUCKDB_THREADS: '1',
  DUCKDB_MEMORY_LIMIT_MB: '256',
};
const config = testConfig(overrides);
const { region, generation, dataDir } = config;
const codec = createCleanCodec();
let kafka: KafkaClient;
let producer: LogProducer;
let lake: OpenLake;
let reader: LogReader;
let feed: Feed;
const processes = new Map<ProcessName, MarqueeProcess>();
/** Figures as they come, the highest version of each, with when it came. */
const told = new Map<string, { readonly record: QualityRecord; readonly at: number }>();
const firstNamed = new Map<string, number>();

const start = async (name: ProcessName): Promise<void> => {
  const options = { env: testEnvironment(overrides), logDir: join(dataDir, 'logs') };
  processes.set(name, await startProcess(name, options));
};

before(async () => {
  kafka = openKafka(config, silentLog());
  await ensureTopics(kafka, topicPlanOf(config));
  producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
  lake = await openLake(config, silentLog());
  await lake.lake.ensureTables();
  await Promise.all((['extract', 'behaviour', 'audit', 'sink'] as const).map(start));
  reader = await readAll(kafka, {
    topic: topicName(region, generation, 'quality-metrics'),
    live: true,
    onRecords({ records }) {
      for (const { value } of records) note(codec.decodeDerived('quality-metrics', value ?? Buffer.alloc(0)));
    },
  });
});
after(async () => {
  await feed.stop();
  await reader.stop();
  for (const one of processes.values()) await one.stop();
  await producer.close();
  await kafka.close();
  await lake.close();
});

function note(record: QualityRecord): void {
  const known = told.get(record.upsertKey);
  if (known !== undefined && known.record.version >= record.version) return;
  told.set(record.upsertKey, { record, at: Date.now() });
  if (record.metric !== 'finding' || record.verdict === 'ok') return;
  const finding = record.scope;
  if (!firstNamed.has(finding)) firstNamed.set(finding, Date.now());
}

async function namedBy(finding: string, since: number): Promise<number> {
  while (!firstNamed.has(finding)) {
    assert.ok(Date.now() - since < NAMED_WITHIN_MS, `${finding} was not named within a minute`);
    await sleep(100);
  }
  return firstNamed.get(finding)! - since;
}

const figures = (metric: string): QualityRecord[] =>
  [...told.values()].map(({ record }) => record).filter((record) => record.metric === metric);

test('who drops a mandatory attribute and who goes silent is named within a minute, and no one else', async (t) => {
  const producers = [dropping, silent, { name: 'phone', perSecond: 8 }, { name: 'gateway', perSecond: 1 }];
  const topic = topicName(region, generation, 'raw-events');
  feed = startFeed({ producer, topic, partitions: PARTITIONS, producers });
  await sleep(WARM_UP_MS);
  assert.deepEqual([...firstNamed.keys()], [], 'no one is named while all is well');

  const since = Date.now();
  dropping.fault = ({ titleId: _, ...event }) => event;
  silent.fault = () => undefined;
  const dropped = await namedBy('producer=app%2Ctv%3D1,what=missing:titleId', since);
  const silenced = await namedBy('producer=web,what=silent', since);
  t.diagnostic(`named after ${dropped} ms (attribute dropped) and ${silenced} ms (silent)`);
  assert.deepEqual([...firstNamed.keys()].sort(), [
    'producer=app%2Ctv%3D1,what=missing:titleId',
    'producer=web,what=silent',
  ]);
});

test('the command line says who it is, and exits as failed', async () => {
  const lines: string[] = [];
  const sink = { write: (text: string) => lines.push(text) };
  const env = testEnvironment(overrides);
  const code = await runCommandLine(['audit', '--since', '1m', '--json'], {
    stdout: sink,
    stderr: sink,
    env,
  });
  const summary = JSON.parse(lines.join('')) as AuditSummary;
  const holding = summary.wrong.filter(({ holds }) => holds).map(({ scope }) => scope['producer']);
  assert.deepEqual(holding.sort(), ['app,tv=1', 'web']);
  assert.equal(code, 1);
  assert.ok(
    summary.producers.length === 4 && summary.takeRates.length > 0,
    JSON.stringify(summary.producers),
  );
});

test('what was told is what the lake holds, window by window, though the audit was killed and another took its seat', async () => {
  const first = processes.get('audit');
  await start('audit');
  first?.signal('SIGKILL');
  const taken = Date.now();
  // The dead one's seat is given away after the session timeout.
  await until(() => figures('records').some(({ windowStart }) => windowStart > taken + 6000), 60_000, 200);
  const fromMs = Math.min(...figures('records').map(({ windowStart }) => windowStart));
  const toMs = Math.floor(Date.now() / WINDOW_MS) * WINDOW_MS;
  const sent = [...feed.sent.values()].reduce((sum, count) => sum + count, 0);
  assert.ok(sent > 500, `${sent} events were sent`);

  const deadline = Date.now() + 60_000;
  for (;;) {
    const result = await lake.lake.read((connection) => {
      const of = lake.lake.reference;
      const tables = {
        plays: of('plays'),
        impressions: of('impressions'),
        interactions: of('interactions'),
        searches: of('searches'),
        quality_metrics: of('quality_metrics'),
      };
      return recountAudit(connection, tables, { fromMs, toMs, windowMs: WINDOW_MS });
    });
    if (result.differences.length === 0 && result.figures > 200) break;
    assert.ok(
      Date.now() < deadline,
      `${result.figures} figures, ${JSON.stringify(result.differences.slice(0, 5))}`,
    );
    await sleep(1000);
  }
  const letters = figures('dead_letters').filter(({ scope }) => scope.includes('EVENT_FIELD_MISSING'));
  assert.ok(letters.length > 0 && letters.every(({ scope }) => scope.startsWith('producer=app')));
});

test('who is heard again is silent no longer, and what it numbered meanwhile is missed', async () => {
  assert.equal(firstNamed.has('producer=web,what=sequence-gap'), false);
  silent.fault = undefined;
  const since = Date.now();
  await namedBy('producer=web,what=sequence-gap', since);
  const silences = figures('finding').filter(({ scope }) => scope === 'producer=web,what=silent');
  assert.equal(silences.toSorted((a, b) => a.windowStart - b.windowStart).at(-1)?.verdict, 'ok');
  assert.equal(firstNamed.has('producer=phone,what=sequence-gap'), false);
});
