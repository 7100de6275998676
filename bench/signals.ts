/**
 * How soon behaviour is told: from the HTTP acknowledgement of the event that makes a signal to the signal's record on
 * `user-behavior-features`, through ingest, extract and behaviour, each a process of its own, at 500 events a second. Four
 * profiles a second each make one signal of a kind: three episodes of a series in a sitting, a film left within five minutes,
 * the same search twice. Their events before the last are sent a second earlier. A signal that does not come fails the run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MINUTE_MS } from '../domain/time.ts';
import type { SignalName } from '../domain/signals/registry.ts';
import { topicName } from '../domain/topics.ts';
import { createCleanCodec } from '../infra/avro/codec.ts';
import { createStoredRegistry } from '../infra/avro/registry.ts';
import { loadConfig, type Config } from '../infra/config.ts';
import { openKafka, openObjectStore } from '../infra/connections.ts';
import { createViewRepository } from '../infra/hermes/repository.ts';
import { readAll } from '../infra/kafka/reader.ts';
import { createLog } from '../infra/log.ts';
import { startProcess, type MarqueeProcess } from '../test/support/pipeline.ts';
import { publishCatalogue } from '../test/support/side-views.ts';
import { until } from '../test/support/until.ts';
import { round, type Benchmark, type BenchmarkContext, type Figures } from './lib/benchmark.ts';
import { paced } from './lib/paced.ts';
import { postEvents } from './lib/post-events.ts';
import { sampleEvent } from './lib/sample-events.ts';
import { quantile } from './lib/serving/get-load.ts';
import { withServers } from './lib/stack.ts';

const EVENTS_PER_SECOND = 500;
const BATCHES_PER_SECOND = 20;
const BATCH_EVENTS = EVENTS_PER_SECOND / BATCHES_PER_SECOND;
const WARM_UP_SECONDS = 10;
/** One batch in so many holds the last event of a probe. */
const PROBE_EVERY = 5;
const LONGEST_MS = 30_000;
const KINDS = ['binge', 'abandonment', 'repeated-search'] as const satisfies readonly SignalName[];
type Kind = (typeof KINDS)[number];
const EPISODES = ['episode-1', 'episode-2', 'episode-3'] as const;
const FILM = 'film-1';

export const benchmark: Benchmark = (context) =>
  withServers(['kafka', 'seaweedfs'], context, (servers) => measure(servers, context));

async function measure(
  servers: Readonly<Record<string, string>>,
  { say, option }: BenchmarkContext,
): Promise<Figures> {
  const dataDir = mkdtempSync(join(tmpdir(), 'marquee-signals-'));
  const env = {
    ...servers,
    MARQUEE_REGION: `bench-${process.pid}`,
    MARQUEE_DATA_DIR: dataDir,
    INGEST_PORT: '0',
    BEHAVIOUR_METRICS_PORT: '0',
  };
  const processes: MarqueeProcess[] = [];
  const config = loadConfig(env);
  const told = new Map<string, number>();
  let following: { stop(): Promise<void> } | undefined;
  try {
    await publishTitles(config);
    for (const name of ['ingest', 'extract', 'behaviour'] as const) {
      say(`${name}: starting`);
      processes.push(await startProcess(name, { env, logDir: join(dataDir, 'logs') }));
    }
    following = await followSignals(config, told);
    const ingest = processes[0]!.url() ?? '';
    const seconds = Number(option('seconds', '60'));
    say(`sending ${EVENTS_PER_SECOND} events/s`);
    await send(ingest, WARM_UP_SECONDS, 'warm');
    const { acknowledged, behindMs } = await send(ingest, seconds, 'probe');
    if (behindMs > 1000) say(`the machine could not keep the rate: the last was ${round(behindMs)} ms late`);
    await until(() => [...acknowledged.keys()].every((profile) => told.has(profile)), LONGEST_MS);
    return figuresOf(acknowledged, told);
  } finally {
    await following?.stop();
    await Promise.all(processes.map((one) => one.stop()));
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** By kind and of all: what a signal took from the acknowledgement on, 0 where it came before it. */
function figuresOf(
  acknowledged: ReadonlyMap<string, number>,
  told: ReadonlyMap<string, number>,
): Record<string, number> {
  const took = (kind: string): Float64Array =>
    Float64Array.from(
      Array.from(acknowledged).flatMap(([profile, at]) =>
        profile.startsWith(kind) ? [Math.max(0, told.get(profile)! - at)] : [],
      ),
    ).sort();
  const all = took('');
  const byKind = KINDS.map((kind) => [`${kind.replace('-', '_')}_p99_ms`, round(quantile(took(kind), 0.99))]);
  return {
    p50_ms: round(quantile(all, 0.5)),
    p99_ms: round(quantile(all, 0.99)),
    longest_ms: round(quantile(all, 1)),
    ...(Object.fromEntries(byKind) as Record<string, number>),
    signals: all.length,
    events_per_second: EVENTS_PER_SECOND,
  };
}

/** What makes three episodes those of a series, and a film a film. */
async function publishTitles(config: Config): Promise<void> {
  const store = openObjectStore(config);
  await store.ensureBucket();
  const episodes = EPISODES.map(
    (id) => ({ id, kind: 'episode', root: 'series-1', runtimeSeconds: 2400 }) as const,
  );
  const film = { id: FILM, kind: 'film', runtimeSeconds: 6000 } as const;
  const series = { id: 'series-1', kind: 'series' } as const;
  await publishCatalogue(
    createViewRepository({ store, region: config.region }),
    [series, ...episodes, film],
    config.region,
  );
  store.close();
}

/** Notes when the first signal of each profile was read. */
async function followSignals(config: Config, told: Map<string, number>): Promise<{ stop(): Promise<void> }> {
  const { region, generation } = config;
  const kafka = openKafka(config, createLog({ name: 'bench', level: 'warn' }));
  const store = openObjectStore(config);
  const codec = createCleanCodec(createStoredRegistry(store, region));
  const reader = await readAll(kafka, {
    topic: topicName(region, generation, 'user-behavior-features'),
    live: true,
    async onRecords(batch) {
      const at = performance.now();
      const { count, bytes, valueStart, valueEnd } = batch.columns();
      const values = Array.from({ length: count }, (_, i) => bytes.subarray(valueStart[i], valueEnd[i]));
      await codec.learn('user-behavior-features', values);
      for (const value of values) {
        const { profileId, signal } = codec.decodeDerived('user-behavior-features', value);
        if (profileId.startsWith(signal) && !told.has(profileId)) told.set(profileId, at);
      }
      batch.release();
    },
  });
  return {
    async stop() {
      await reader.stop();
      await kafka.close();
      store.close();
    },
  };
}

/** Sends at the rate for so long; says of every profile that makes a signal when its last event was acknowledged. */
async function send(
  ingest: string,
  seconds: number,
  run: string,
): Promise<{ acknowledged: Map<string, number>; behindMs: number }> {
  const acknowledged = new Map<string, number>();
  const batches = seconds * BATCHES_PER_SECOND;
  const probeAt = (batch: number) => {
    const kind = KINDS[(batch / PROBE_EVERY) % KINDS.length]!;
    return batch % PROBE_EVERY === 0 && batch >= 0 && batch < batches
      ? { profile: `${kind}-${run}-${batch}`, ...eventsOf(kind, `${kind}-${run}-${batch}`) }
      : undefined;
  };
  const { behindMs } = await paced(batches + BATCHES_PER_SECOND, BATCHES_PER_SECOND, async (batch) => {
    const [begun, ended] = [probeAt(batch), probeAt(batch - BATCHES_PER_SECOND)];
    const probes = [...(begun?.before ?? []), ...(ended ? [ended.last] : [])];
    const others = Array.from({ length: BATCH_EVENTS - probes.length }, (_, i) => ({
      ...sampleEvent(batch * BATCH_EVENTS + i),
      eventId: `${run}-${batch}-${i}`,
    }));
    await postEvents(ingest, [...others, ...probes]);
    if (ended) acknowledged.set(ended.profile, performance.now());
  });
  return { acknowledged, behindMs };
}

/** What makes one signal: the events before the last, and the last. */
function eventsOf(kind: Kind, profileId: string): { before: object[]; last: object } {
  const now = Date.now();
  const at = { profileId, country: 'GB', device: 'tv', sessionId: `session-${profileId}` };
  const search = (nth: number) => ({
    ...{ ...at, kind: 'search', query: 'space' },
    ...{ eventId: `${profileId}-${nth}`, eventTime: now - (2 - nth) * MINUTE_MS },
  });
  /** Of a title that was watched for so long, and stopped at a moment. */
  const play = (titleId: string, seconds: number, endedAt: number): [object, object] => {
    const of = { ...at, titleId, playId: `${profileId}-${titleId}` };
    return [
      { ...of, kind: 'play_start', eventId: of.playId, eventTime: endedAt - seconds * 1000 },
      {
        ...{ ...of, kind: 'play_stop', eventId: `${of.playId}-stop`, eventTime: endedAt },
        ...{ positionSeconds: seconds, viewedSeconds: seconds },
      },
    ];
  };
  if (kind === 'repeated-search') return { before: [search(1)], last: search(2) };
  const plays =
    kind === 'abandonment'
      ? [play(FILM, 60, now)]
      : EPISODES.map((title, nth) => play(title, 600, now - (2 - nth) * 11 * MINUTE_MS));
  const events = plays.flat();
  return { before: events.slice(0, -1), last: events.at(-1)! };
}
