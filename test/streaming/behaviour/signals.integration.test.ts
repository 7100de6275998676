/**
 * Memory and signals on real servers: generated behaviour through the behaviour process, which is killed in mid-stream.
 * What the API then tells of profiles, and what stands on the topic, is what the folds say of the same log.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { createImpressionMemory } from '../../../domain/impression-memory.ts';
import type { KeyedFold } from '../../../domain/keyed-fold.ts';
import { readMemory } from '../../../domain/memory/read.ts';
import type { MemoryState } from '../../../domain/memory/state.ts';
import { createPlaySignals } from '../../../domain/signals/play-signals.ts';
import { SIGNAL_NAMES } from '../../../domain/signals/registry.ts';
import { createSearchSignals } from '../../../domain/signals/search-signals.ts';
import { holding, type Signal, type SignalRecord } from '../../../domain/signals/signal.ts';
import { topicName } from '../../../domain/topics.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { openKafka, topicPlanOf } from '../../../infra/connections.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import type { LogProducer } from '../../../infra/kafka/producer-port.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { silentLog } from '../../../infra/log.ts';
import {
  impressionsAnswer,
  signalsAnswer,
  type ImpressionsAnswer,
  type SignalsAnswer,
} from '../../../serving/profiles/schemas.ts';
import { generateBehaviour } from '../../support/behaviour-log.ts';
import { readTopic } from '../../support/kafka-log.ts';
import { startProcess, type MarqueeProcess, type ProcessName } from '../../support/pipeline.ts';
import { testConfig, testEnvironment } from '../../support/stack.ts';
import { until } from '../../support/until.ts';

const PARTITIONS = 2;
const SETTINGS = {
  MARQUEE_PARTITIONS: String(PARTITIONS),
  DUCKDB_THREADS: '1',
  DUCKDB_MEMORY_LIMIT_MB: '256',
  KAFKA_SESSION_TIMEOUT_MS: '6000',
  KAFKA_HEARTBEAT_INTERVAL_MS: '500',
  BEHAVIOUR_MAX_BATCH_RECORDS: '40',
  BEHAVIOUR_CACHED_PROFILES: '10',
};
const config = testConfig(SETTINGS);
const { region, generation } = config;
const codec = createCleanCodec();
const log = generateBehaviour({ seed: 5, profiles: 120, partitions: PARTITIONS, until: Date.now() });
const running = new Map<ProcessName, MarqueeProcess>();
let kafka: KafkaClient;
let producer: LogProducer;

async function launch(name: ProcessName): Promise<void> {
  const options = { env: testEnvironment(SETTINGS), logDir: join(config.dataDir, 'logs') };
  running.set(name, await startProcess(name, options));
}

before(async () => {
  kafka = openKafka(config, silentLog());
  await ensureTopics(kafka, topicPlanOf(config));
  producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
});
after(async () => {
  await Promise.all(Array.from(running.values(), (one) => one.stop()));
  await producer.close();
  await kafka.close();
});

/** Sends a share of every log; a part of what went before once more, as an extractor does that was restarted. */
async function send(from: number, to: number): Promise<void> {
  for (const topic of ['impressions', 'plays', 'searches'] as const) {
    const messages = log.flatMap((partition, p) => {
      const records = partition[topic];
      const start = Math.max(0, Math.floor(from * records.length) - 10);
      return records.slice(start, Math.floor(to * records.length)).map((record) => ({
        partition: p,
        key: record.event.profileId,
        value: codec.encodeClean(topic, record),
      }));
    });
    await producer.send([{ topic: topicName(region, generation, topic), messages }]);
  }
}

interface Folded<S> {
  readonly states: ReadonlyMap<string, S>;
  readonly outputs: readonly SignalRecord[];
}

/** The fold itself over the same log, one partition and topic after the other. */
function foldDirectly<S>(fold: KeyedFold<S, 'user-behavior-features'> | KeyedFold<S>): Folded<S> {
  const states = new Map<string, S>();
  const outputs: SignalRecord[] = [];
  log.forEach((topics, partition) => {
    for (const topic of fold.topics) {
      topics[topic].forEach((record, offset) => {
        const key = fold.keyOf(record);
        const step = fold.step(states.get(key), { topic, partition, offset, record });
        if (step.state === undefined) states.delete(key);
        else states.set(key, step.state);
        outputs.push(...(step.outputs as readonly SignalRecord[]));
      });
    }
  });
  return { states, outputs };
}

async function upserts(): Promise<SignalRecord[]> {
  const records = await readTopic(kafka, topicName(region, generation, 'user-behavior-features'));
  return Array.from(records.values(), (one) =>
    one.map(({ value }) => codec.decodeDerived('user-behavior-features', value!)),
  ).flat();
}

/** By key and version, each once, however often it was sent. */
function distinct(records: readonly SignalRecord[]): Map<string, SignalRecord> {
  const found = new Map<string, SignalRecord>();
  for (const record of records) {
    const id = `${record.upsertKey} ${record.version}`;
    const known = found.get(id);
    if (known !== undefined) assert.deepEqual(record, known);
    found.set(id, record);
  }
  return found;
}

async function ask(
  profile: string,
  what = 'impressions?limit=1000',
): Promise<{ status: number; code: unknown; body: unknown }> {
  const url = `${running.get('serving')!.url()}/v1/profiles/${encodeURIComponent(profile)}/${what}`;
  const response = await fetch(url);
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, code: body['code'], body };
}

/** What the API must say of a memory, at the moment it says itself. */
function expected(state: MemoryState, { asOf }: ImpressionsAnswer): unknown {
  return readMemory(state, asOf).map(({ playedAt = null, ...title }) => ({ ...title, playedAt }));
}

const told = ({ signal, subject, eventTime, value }: SignalsAnswer['signals'][number]): unknown => [
  ...[signal, subject, eventTime, value],
];
const toldOf = ({ name, subject, eventTime, value }: Signal): unknown => [name, subject, eventTime, value];

const plain = ({ titles }: ImpressionsAnswer): unknown =>
  titles.map(({ name: _name, capped: _capped, weight: _weight, ...title }) => title);

test('killed in mid-stream, memory and signals end as the folds say of the log', async (t) => {
  const memory = foldDirectly(createImpressionMemory(config.memory));
  const played = foldDirectly(createPlaySignals(config.signals));
  const searched = foldDirectly(createSearchSignals(config.signals));
  const signals = distinct([...played.outputs, ...searched.outputs]);
  const names = new Set(Array.from(signals.values(), ({ signal }) => signal));
  t.diagnostic(`${memory.states.size} profiles, ${signals.size} upserts of ${[...names].join(', ')}`);
  assert.ok(SIGNAL_NAMES.every((name) => name === 'genre-shift' || names.has(name)));
  const profile = [...memory.states.keys()][0]!;

  await launch('serving');
  const before = await ask(profile);
  assert.deepEqual([before.status, before.code], [503, 'PROFILES_UNAVAILABLE']);

  await launch('behaviour');
  await send(0, 0.5);
  await until(async () => distinct(await upserts()).size > signals.size / 4, 60_000, 100);
  await send(0.5, 0.8);
  running.get('behaviour')!.signal('SIGKILL');
  await running.get('behaviour')!.stop();
  await launch('behaviour');
  await send(0.8, 1);

  await until(async () => distinct(await upserts()).size >= signals.size, 60_000, 200);
  assert.deepEqual(sorted(distinct(await upserts())), sorted(signals));
  for (const [id, state] of memory.states) {
    await until(
      async () => {
        const { status, body } = await ask(id);
        if (status !== 200) return false;
        const answer = impressionsAnswer.parse(body);
        return isDeepStrictEqual(plain(answer), expected(state, answer));
      },
      30_000,
      100,
    );
  }
  for (const id of memory.states.keys()) {
    const [one, other] = [played.states.get(id), searched.states.get(id)];
    const raised = [...(one?.standing ?? []), ...(one?.lasting ?? []), ...(other?.standing ?? [])];
    await until(
      async () => {
        const { status, body } = await ask(id, 'signals');
        if (status !== 200) return false;
        const answer = signalsAnswer.parse(body);
        return isDeepStrictEqual(answer.signals.map(told), holding(raised, answer.asOf).map(toldOf));
      },
      30_000,
      100,
    );
  }
  const nobody = await ask('nobody');
  assert.deepEqual([nobody.status, nobody.code], [404, 'PROFILE_NOT_FOUND']);
});

const sorted = (records: ReadonlyMap<string, SignalRecord>): SignalRecord[] =>
  [...records].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
