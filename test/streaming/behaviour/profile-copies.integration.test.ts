/**
 * Profiles on two machines that share no disk: the behaviour process folds on one, serving answers on the other, from
 * what was copied to Cassandra. In mid-stream Cassandra stops answering, and comes back.
 */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { createImpressionMemory, IMPRESSION_MEMORY } from '../../../domain/impression-memory.ts';
import type { KeyedFold } from '../../../domain/keyed-fold.ts';
import { readMemory } from '../../../domain/memory/read.ts';
import type { MemoryState } from '../../../domain/memory/state.ts';
import { NEARLINE_ROWS, type NearlineState } from '../../../domain/nearline/nearline.ts';
import { readNearlineRows } from '../../../domain/nearline/rows.ts';
import { createPlaySignals } from '../../../domain/signals/play-signals.ts';
import { createTitlePairs, readTitlePairs, type TitlePairsState } from '../../../domain/title-pairs.ts';
import { topicName, type CleanTopic } from '../../../domain/topics.ts';
import { readWatching } from '../../../domain/watching/read.ts';
import type { WatchingState } from '../../../domain/watching/state.ts';
import { createWatching } from '../../../domain/watching/watching.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { openKafka, openObjectStore, topicPlanOf } from '../../../infra/connections.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import { createViewRepository } from '../../../infra/hermes/repository.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import type { LogProducer } from '../../../infra/kafka/producer-port.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { silentLog } from '../../../infra/log.ts';
import { stateDirOf } from '../../../infra/profile-store/open.ts';
import { openKeyedReader } from '../../../infra/state/lmdb-keyed-state.ts';
import {
  impressionsAnswer,
  nearlineAnswer,
  titlePairsAnswer,
  watchingAnswer,
} from '../../../serving/profiles/schemas.ts';
import { generateBehaviour } from '../../support/behaviour-log.ts';
import { nearlineInputs } from '../../support/nearline-models.ts';
import { publishTastes } from '../../support/taste-views.ts';
import { useCassandra } from '../../support/cassandra.ts';
import { freePort } from '../../support/free-port.ts';
import { metricAt } from '../../support/metrics.ts';
import { startProcess, type MarqueeProcess, type ProcessName } from '../../support/pipeline.ts';
import { testConfig, testEnvironment } from '../../support/stack.ts';
import { until } from '../../support/until.ts';

const PARTITIONS = 2;
const server = await useCassandra();
const metricsPort = await freePort();
const SETTINGS = {
  ...server.environment,
  PROFILE_STORE: 'cassandra',
  PROFILE_STORE_RETRY_MS: '100',
  CASSANDRA_REQUEST_TIMEOUT_MS: '2000',
  // Fewer than change during the outage: what waits overflows, and partitions are copied whole.
  PROFILE_STORE_MAX_WAITING: '100',
  MARQUEE_PARTITIONS: String(PARTITIONS),
  DUCKDB_THREADS: '1',
  DUCKDB_MEMORY_LIMIT_MB: '256',
  BEHAVIOUR_STORE_INTERVAL_MS: '100',
  BEHAVIOUR_METRICS_PORT: String(metricsPort),
};
const config = testConfig(SETTINGS);
const { region, generation } = config;
const codec = createCleanCodec();
const log = generateBehaviour({ seed: 9, profiles: 400, partitions: PARTITIONS, until: Date.now() });
const machines = { behaviour: config.dataDir, serving: mkdtempSync(join(tmpdir(), 'marquee-elsewhere-')) };
const running = new Map<ProcessName, MarqueeProcess>();
let kafka: KafkaClient;
let producer: LogProducer;

async function launch(name: keyof typeof machines): Promise<void> {
  const env = testEnvironment({ ...SETTINGS, MARQUEE_DATA_DIR: machines[name] });
  running.set(name, await startProcess(name, { env, logDir: join(machines[name], 'logs') }));
}

before(async () => {
  kafka = openKafka(config, silentLog());
  await ensureTopics(kafka, topicPlanOf(config));
  producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
  const store = openObjectStore(config);
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  await store.ensureBucket();
  const titles = [...Array.from({ length: 10 }, (_, n) => `t${3 * n}`), 's0', 's1'].sort();
  await publishTastes(createViewRepository({ store, region }), duckdb, nearlineInputs(1, titles), region);
  await duckdb.close();
  store.close();
});
after(async () => {
  server.resume();
  await Promise.all(Array.from(running.values(), (one) => one.stop()));
  await producer.close();
  await kafka.close();
});

async function send(from: number, to: number): Promise<void> {
  for (const topic of ['impressions', 'plays', 'searches'] as const) {
    const messages = log.flatMap((partition, p) =>
      partition[topic]
        .slice(Math.floor(from * partition[topic].length), Math.floor(to * partition[topic].length))
        .map((record) => ({
          partition: p,
          key: record.event.profileId,
          value: codec.encodeClean(topic, record),
        })),
    );
    await producer.send([{ topic: topicName(region, generation, topic), messages }]);
  }
}

/** The fold itself over a share of the same log. */
function foldDirectly<S>(fold: KeyedFold<S>, share = 1): Map<string, S> {
  const states = new Map<string, S>();
  log.forEach((topics, partition) => {
    for (const topic of fold.topics) {
      topics[topic].slice(0, Math.floor(share * topics[topic].length)).forEach((record, offset) => {
        const key = fold.keyOf(record);
        const { state } = fold.step(states.get(key), { topic, partition, offset, record });
        if (state === undefined) states.delete(key);
        else states.set(key, state);
      });
    }
  });
  return states;
}

interface Asked {
  readonly status: number;
  readonly code: unknown;
  readonly body: unknown;
}

async function ask(path: string): Promise<Asked> {
  const response = await fetch(`${running.get('serving')!.url()}${path}`);
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, code: body['code'], body };
}

const askOf = (profile: string, what: string): Promise<Asked> =>
  ask(`/v1/profiles/${encodeURIComponent(profile)}/${what}`);
const memoryOf = (profile: string): Promise<Asked> => askOf(profile, 'impressions?limit=1000');
const signalsOf = (profile: string): Promise<Asked> => askOf(profile, 'signals');
const pairsOf = (profile: string): Promise<Asked> => askOf(profile, 'title-pairs?limit=1000');

function isMemory({ status, body }: Asked, state: MemoryState): boolean {
  if (status !== 200) return false;
  const { titles, asOf } = impressionsAnswer.parse(body);
  const plain = titles.map(({ name: _name, capped: _capped, weight: _weight, ...title }) => title);
  const expected = readMemory(state, asOf).map(({ playedAt = null, ...title }) => ({ ...title, playedAt }));
  return isDeepStrictEqual(plain, expected);
}

function arePairs({ status, body }: Asked, state: TitlePairsState): boolean {
  if (status !== 200) return false;
  const { pairs, asOf } = titlePairsAnswer.parse(body);
  const plain = pairs.map(({ titles, ...pair }) => ({
    titles: titles.map(({ titleId }) => titleId),
    ...pair,
  }));
  return isDeepStrictEqual(plain, readTitlePairs(state, asOf));
}

const watchingOf = (profile: string): Promise<Asked> => askOf(profile, 'watching?limit=1000');

function isWatching({ status, body }: Asked, state: WatchingState): boolean {
  if (status !== 200) return false;
  const { profileId: _id, asOf, ...lists } = watchingAnswer.parse(body);
  const unnamed = <T extends { readonly name: string | null }>(titles: readonly T[]) =>
    titles.map(({ name: _name, ...title }) => title);
  const plain = {
    watched: unnamed(lists.watched),
    list: unnamed(lists.list),
    ratings: unnamed(lists.ratings),
  };
  return isDeepStrictEqual(plain, readWatching(state, asOf));
}

const nearlineOf = (profile: string): Promise<Asked> => askOf(profile, 'nearline?limit=500');

function areRows({ status, body }: Asked, { rows }: NearlineState): boolean {
  if (rows === null) return status === 404;
  if (status !== 200) return false;
  const told = nearlineAnswer.parse(body);
  const plain = told.rows.map(({ kind, subject, titles }) => ({
    ...{ kind, subject: subject?.titleId ?? null },
    titles: titles.map(({ titleId, score }) => ({ titleId, score })),
  }));
  return (
    isDeepStrictEqual(plain, readNearlineRows(rows)) &&
    isDeepStrictEqual([told.cause, told.versions], [rows.cause, rows.versions])
  );
}

/** What stands on the machine that ranked. */
async function ranked(): Promise<Map<string, NearlineState>> {
  const { name, version } = NEARLINE_ROWS;
  const reader = openKeyedReader<NearlineState>(stateDirOf(config, name), PARTITIONS, version);
  const profiles = log.flatMap(({ plays }) => plays.map(({ event }) => event.profileId));
  const states = new Map(
    Array.from(new Set(profiles)).flatMap((profile) => {
      const state = reader.get(profile);
      return state === undefined ? [] : [[profile, structuredClone(state)] as const];
    }),
  );
  await reader.close();
  return states;
}

async function allAnswer<S>(
  states: ReadonlyMap<string, S>,
  read: (profile: string) => Promise<Asked>,
  isRight: (asked: Asked, state: S) => boolean,
): Promise<void> {
  for (const [profile, state] of states) {
    await until(async () => isRight(await read(profile), state), 60_000, 50);
  }
}

/** How much of the plays and impressions the behaviour process has stored, on its own disk. */
function storedRecords(): number {
  const reader = openKeyedReader(stateDirOf(config, IMPRESSION_MEMORY.name), PARTITIONS);
  const positions = log.flatMap((_, partition) => Object.values(reader.positions(partition)));
  void reader.close();
  return positions.reduce((sum, { next }) => sum + next, 0);
}

const recordsOf = (topics: readonly CleanTopic[]): number =>
  log.reduce((sum, partition) => sum + topics.reduce((of, topic) => of + partition[topic].length, 0), 0);

test('serving answers from Cassandra what was folded elsewhere, through an outage', async (t) => {
  const memory = foldDirectly(createImpressionMemory(config.memory));
  const pairs = foldDirectly(createTitlePairs(config.titlePairs));
  t.diagnostic(`${memory.size} memories, ${pairs.size} with pairs`);
  assert.ok(pairs.size > 50);
  const [profile] = memory.keys();

  await launch('serving');
  const early = await memoryOf(profile!);
  assert.deepEqual([early.status, early.code], [503, 'PROFILES_UNAVAILABLE']);

  await launch('behaviour');
  await send(0, 0.5);
  await allAnswer(foldDirectly(createImpressionMemory(config.memory), 0.5), memoryOf, isMemory);

  const failures = (): Promise<number> => metricAt(metricsPort, 'marquee_profile_copy_failures_total');
  const before = await failures();
  await server.outage(
    async () => {
      await send(0.5, 1);
      await until(() => storedRecords() === recordsOf(['impressions', 'plays']), 60_000, 100);
      const asked = performance.now();
      for (const read of [memoryOf, pairsOf]) {
        const { status, code } = await read(profile!);
        assert.deepEqual([status, code], [503, 'PROFILES_UNAVAILABLE']);
      }
      t.diagnostic(`without Cassandra two answers took ${Math.round(performance.now() - asked)} ms`);
      const row = await ask('/v1/rows/popular?country=US');
      assert.equal(row.status, 200);
    },
    async () => (await failures()) > before,
  );

  const back = performance.now();
  await allAnswer(memory, memoryOf, isMemory);
  await allAnswer(pairs, pairsOf, arePairs);
  await allAnswer(foldDirectly(createWatching(config.watching)), watchingOf, isWatching);
  t.diagnostic(`all profiles were right ${Math.round(performance.now() - back)} ms after it was back`);
  const rows = await ranked();
  t.diagnostic(`${rows.size} profiles were ranked`);
  assert.ok(rows.size > 100);
  await allAnswer(rows, nearlineOf, areRows);
  const signalled = foldDirectly(createPlaySignals(config.signals) as KeyedFold<unknown>);
  for (const one of signalled.keys()) assert.equal((await signalsOf(one)).status, 200);
  assert.equal((await memoryOf('nobody')).code, 'PROFILE_NOT_FOUND');
});
