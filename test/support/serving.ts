/** Serving on doubles: views in a memory store, topics that the test writes to, a clock that stands until moved. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Express } from 'express';
import { EVERYWHERE, type CatalogueEntry } from '../../domain/catalogue.ts';
import { MarqueeError } from '../../domain/errors.ts';
import { generation, region, titleId } from '../../domain/ids.ts';
import { encodeSpeedMessage } from '../../domain/speed-codec.ts';
import type { SpeedRecord } from '../../domain/speed-view.ts';
import { speedViewPartition, type CountedTopic } from '../../domain/topics.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import { servingSection } from '../../infra/config/serving.ts';
import { createDuckDb } from '../../infra/duckdb/duckdb.ts';
import { createEntriesLoader } from '../../infra/views/entries.ts';
import type { Canaries } from '../../infra/hermes/canaries.ts';
import { createViewRepository, type ViewRepository } from '../../infra/hermes/repository.ts';
import { listen } from '../../infra/http/listen.ts';
import type { OutgoingTopic } from '../../infra/kafka/producer-port.ts';
import { silentLog } from '../../infra/log.ts';
import { createMetrics } from '../../infra/metrics.ts';
import { createPerformanceLoader } from '../../infra/views/row-performance.ts';
import { createMemoryObjectStore } from '../../infra/object-store/memory.ts';
import type { ObjectStore } from '../../infra/object-store/port.ts';
import { countsAnswer, rowAnswer, type CountsAnswer, type RowAnswer } from '../../serving/api/schemas.ts';
import { createCatalogueLoader } from '../../serving/catalogue-view.ts';
import type { AskBounds } from '../../serving/log-end.ts';
import type { ViewOps } from '../../serving/ops/views.ts';
import type { ErasureOps } from '../../serving/ops/erasures.ts';
import type { EventBackfillClient } from '../../infra/temporal/event-backfills.ts';
import type { LakeOps } from '../../serving/ops/lake.ts';
import type { ReadParity } from '../../serving/ops/parity.ts';
import type { ServingAccess } from '../../serving/access.ts';
import type { BackfillClient } from '../../serving/ops/port.ts';
import { createLibraryLoaders } from '../../serving/library/follow-library.ts';
import { createPopularityLoader } from '../../serving/popularity/load.ts';
import type { ProfileReader } from '../../serving/profiles/port.ts';
import { upsertCodec } from '../../serving/process.ts';
import { createServing, type Serving } from '../../serving/serving.ts';
import type { ServedRows } from '../../serving/served-rows.ts';
import { NOBODY } from './nobody.ts';
import { createTopicDouble, type TopicDouble } from './topic-double.ts';

export { NOBODY };
/** Paths of the operators' port. */
const OPERATORS = /^\/v1\/(ops|analytics)\b/;
export const BLOCK_SIZE = 16;
export const PARTITIONS = 2;
export const NOW = Date.parse('2026-02-03T12:00:00Z');

/** Ends of the clean logs, by partition; empty logs to begin with. */
export interface CleanLogDouble {
  readonly ask: AskBounds;
  isUp: boolean;
  /** Questions so far. */
  turns: number;
  readonly ends: Record<CountedTopic, number[]>;
}

function createCleanLogDouble(): CleanLogDouble {
  const none = (): number[] => Array.from({ length: PARTITIONS }, () => 0);
  const double: CleanLogDouble = {
    isUp: true,
    turns: 0,
    ends: { plays: none(), impressions: none() },
    ask(topic) {
      double.turns += 1;
      if (!double.isUp) return Promise.reject(new MarqueeError('LOG_UNAVAILABLE', { reason: 'it is gone' }));
      return Promise.resolve(double.ends[topic].map((end, partition) => ({ partition, start: 0, end })));
    },
  };
  return double;
}

/** A store that can go away and come back. */
function createStoreDouble(): ObjectStore & { isUp: boolean } {
  const memory = createMemoryObjectStore();
  const store = {
    isUp: true,
    ...memory,
    get(key: string, range?: Parameters<ObjectStore['get']>[1]) {
      if (store.isUp) return memory.get(key, range);
      return Promise.reject(new MarqueeError('OBJECT_STORE_UNAVAILABLE', { key, reason: 'it is gone' }));
    },
  };
  return store;
}

export const entry = (id: string, more: Partial<CatalogueEntry> = {}): CatalogueEntry => ({
  titleId: titleId(id),
  kind: 'film',
  name: `Film ${id}`,
  genres: [],
  year: 2000,
  runtimeSeconds: 6000,
  launchTime: null,
  parentId: null,
  availability: EVERYWHERE,
  ...more,
});

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ServingBench {
  readonly repository: ViewRepository;
  readonly store: ObjectStore & { isUp: boolean };
  readonly speedView: TopicDouble;
  readonly announcements: TopicDouble;
  readonly attributedPlays: TopicDouble;
  readonly cleanLog: CleanLogDouble;
  readonly sent: OutgoingTopic[];
  readonly clock: { now: number };
  readonly cataloguePath: string;
  publishSpeed(topic: CountedTopic, partition: number, records: readonly SpeedRecord[]): Promise<void>;
  /** Starts (again) on the same folder. */
  start(options?: StartOptions): Promise<void>;
  stop(): Promise<void>;
  /** Where it listens. */
  url(): string;
  app(): Express;
  opsApp(): Express;
  get(path: string): Promise<Answer>;
  /** A row, of the shape that the document promises: `popular?country=DE`. */
  row(path: string): Promise<RowAnswer>;
  /** Counts of a title, of the shape that the document promises: `a?country=DE`. */
  counts(title: string): Promise<CountsAnswer>;
  post(path: string, body: unknown): Promise<Answer>;
  text(path: string): Promise<string>;
  /** With credentials and whatever else; the answer as it came. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

export interface StartOptions {
  /** Knows nobody unless given. */
  readonly profiles?: ProfileReader;
  readonly backfills?: BackfillClient;
  readonly eventBackfills?: EventBackfillClient;
  readonly readParity?: ReadParity;
  readonly viewOps?: ViewOps;
  /** Nothing is tried out unless given. */
  readonly canaries?: Pick<Canaries, 'find'>;
  readonly lakeOps?: LakeOps;
  readonly erasureOps?: ErasureOps;
  /** Nothing that was answered is kept unless given. */
  readonly served?: Pick<ServedRows, 'note'>;
  /** Everybody may do everything unless given. */
  readonly access?: ServingAccess;
  readonly settings?: Readonly<Record<string, string>>;
}

export async function createServingBench(
  t: TestContext,
  catalogue: readonly CatalogueEntry[],
): Promise<ServingBench> {
  const dir = await mkdtemp(join(tmpdir(), 'marquee-serving-'));
  const cataloguePath = join(dir, 'catalogue.ndjson');
  await writeFile(cataloguePath, catalogue.map((one) => JSON.stringify(one)).join('\n'));
  const store = createStoreDouble();
  const clock = { now: NOW };
  const repository = createViewRepository({ store, region: region('local'), now: () => new Date(clock.now) });
  const [speedView, announcements] = [createTopicDouble(), createTopicDouble()];
  const attributedPlays = createTopicDouble();
  const topics = { 'speed-view': speedView, 'attributed-plays': attributedPlays };
  const cleanLog = createCleanLogDouble();
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  const sent: OutgoingTopic[] = [];
  let running: { serving: Serving; url: string; close(): Promise<void> } | undefined;

  async function start(options: StartOptions = {}): Promise<void> {
    const { access, backfills, readParity, viewOps, profiles = NOBODY, settings = {} } = options;
    const section = servingSection.parse({
      pollIntervalMs: '60000',
      startGraceMs: store.isUp && speedView.isUp ? '30000' : '200',
      rankingTtlMs: '0',
      deadlineMs: '5000',
      logEndIntervalMs: '10',
      ...settings,
    });
    const serving = await createServing({
      config: {
        region: region('local'),
        generation: generation('g1'),
        partitions: PARTITIONS,
        blockSize: BLOCK_SIZE,
        dataDir: dir,
        serving: { ...section, catalogPath: cataloguePath },
      },
      views: repository,
      load: createPopularityLoader(duckdb),
      loadCatalogue: createCatalogueLoader(duckdb),
      loadLibrary: createLibraryLoaders(duckdb),
      loadPerformance: createPerformanceLoader(duckdb),
      loadEntries: createEntriesLoader(duckdb),
      askBounds: cleanLog.ask,
      openTopic: (topic) =>
        (Object.entries(topics).find(([kind]) => topic.includes(kind))?.[1] ?? announcements).open,
      upserts: upsertCodec(createCleanCodec()),
      connectProducer: () =>
        Promise.resolve({
          send(batch) {
            sent.push(...batch);
            return Promise.resolve([]);
          },
          close: () => Promise.resolve(),
        }),
      ...(backfills && { backfills }),
      ...(options.eventBackfills && { eventBackfills: options.eventBackfills }),
      ...(options.served && { served: options.served }),
      ...(access && { access }),
      ...(readParity && { readParity }),
      ...(viewOps && { viewOps }),
      ...(options.canaries && { canaries: options.canaries }),
      ...(options.lakeOps && { lakeOps: options.lakeOps }),
      ...(options.erasureOps && { erasureOps: options.erasureOps }),
      profiles,
      metrics: createMetrics(),
      log: silentLog(),
      version: '0.0.0',
      now: () => clock.now,
    });
    await serving.settled;
    const { listener, opsApp } = serving;
    // One port for both, so that a test need not know which of them answers.
    const both: RequestListener = (request, response) => {
      const answer: RequestListener = OPERATORS.test(request.url ?? '') ? opsApp : listener;
      answer(request, response);
    };
    const server = await listen(both, { host: '127.0.0.1', port: 0 });
    running = {
      serving,
      url: server.url,
      async close() {
        await server.close();
        await serving.close();
      },
    };
  }

  async function stop(): Promise<void> {
    await running?.close();
    running = undefined;
  }

  async function ask(path: string, init?: RequestInit): Promise<Answer> {
    const response = await fetch(`${running?.url}${path}`, init);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  t.after(async () => {
    await stop();
    await duckdb.close();
    await rm(dir, { recursive: true });
  });
  return {
    repository,
    store,
    speedView,
    announcements,
    attributedPlays,
    cleanLog,
    sent,
    clock,
    cataloguePath,
    publishSpeed: (topic, partition, records) =>
      speedView.append(
        speedViewPartition(topic, partition, PARTITIONS),
        records.map(({ key, value }) => ({
          key: Buffer.from(key),
          value: value && Buffer.from(encodeSpeedMessage(value)),
        })),
      ),
    start,
    stop,
    url: () => running!.url,
    app: () => running!.serving.app,
    opsApp: () => running!.serving.opsApp,
    get: (path) => ask(path),
    row: async (path) => rowAnswer.strict().parse((await ask(`/v1/rows/${path}`)).body),
    async counts(title) {
      const [id, query = ''] = title.split('?');
      return countsAnswer.strict().parse((await ask(`/v1/titles/${id}/counts?${query}`)).body);
    },
    post: (path, body) =>
      ask(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    fetch: (path, init) => fetch(`${running?.url}${path}`, init),
    text: async (path) => (await fetch(`${running?.url}${path}`)).text(),
  };
}
