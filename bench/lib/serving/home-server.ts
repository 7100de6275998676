/**
 * Serving as it is, over views, cells and profiles that were made up: its own subscribers, library, lists, ladder and app,
 * profiles read from LMDB as beside a behaviour process, answers kept on a real log. Only views are made in this process. `swaps` makes versions come
 * and go.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CATALOGUE_VIEW } from '../../../domain/catalogue.ts';
import { generation, region } from '../../../domain/ids.ts';
import { FOLD_VERSION } from '../../../domain/speed-view.ts';
import { viewName, type ViewName } from '../../../domain/views.ts';
import { resolveEnvironment } from '../../../infra/config.ts';
import { cassandraSection, profileStoreSection } from '../../../infra/config/profile-store.ts';
import { servingSection } from '../../../infra/config/serving.ts';
import { createViewRepository } from '../../../infra/hermes/repository.ts';
import { listen } from '../../../infra/http/listen.ts';
import { createLog } from '../../../infra/log.ts';
import { createMetrics } from '../../../infra/metrics.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import { followProfiles } from '../../../infra/profile-store/followed-reader.ts';
import { indexCatalogue } from '../../../serving/catalogue.ts';
import { createServing } from '../../../serving/serving.ts';
import { exampleManifest } from '../../../test/support/object-store-views.ts';
import { reportToParent } from '../measured-process.ts';
import { keepRows } from './kept-rows.ts';
import { startSpeedFeed } from './speed-feed.ts';
import { storeProfiles } from './stored-profiles.ts';
import {
  catalogueOf,
  clustersOf,
  factorsOf,
  neighboursOf,
  popularityOf,
  profileRowsOf,
} from './synthetic.ts';

const TITLES = 10_000;
const PROFILES = 100_000;
/** Profiles share so many histories. */
const HISTORIES = 5000;
const PARTITIONS = 2;
const BLOCK_SIZE = 2 ** 13;
const FIRST_PLAYS = 100_000;
const PLAYS_A_TURN = 250;
const TURN_MS = 500;
const SWAP_MS = 1000;

const now = Date.now();
const repository = createViewRepository({ store: createMemoryObjectStore(), region: region('local') });
const ONE_PART = Buffer.from('made by the loader');

/** The loaders make what the parts stand for. */
async function publish(view: ViewName): Promise<void> {
  const runId = randomUUID();
  const version = await repository.claimVersion(view, runId);
  const parent = (await repository.readPointer(view))?.version ?? null;
  await repository.putPart(view, version, 'made', ONE_PART);
  const sha256 = createHash('sha256').update(ONE_PART).digest('hex');
  await repository.putManifest({
    ...exampleManifest(view, version, {}, parent),
    ...{ foldVersion: FOLD_VERSION, blockSize: BLOCK_SIZE, cut: { plays: [0, 0], impressions: [0, 0] } },
    asOf: new Date().toISOString(),
    parts: [{ name: 'made', rows: 1, bytes: ONE_PART.byteLength, sha256 }],
  });
  await repository.verify(view, version);
  await repository.announce(view, version, { parent, runId });
}

const SWAPPED = ['popularity', 'item-factors', 'neighbours', 'clusters', 'profile-rows'].map(viewName);
for (const view of [...SWAPPED, CATALOGUE_VIEW]) await publish(view);
const dataDir = await mkdtemp(join(tmpdir(), 'marquee-bench-serving-'));
const feed = await startSpeedFeed(PARTITIONS, [TITLES, BLOCK_SIZE, FIRST_PLAYS, PLAYS_A_TURN, TURN_MS]);
const silent = await startSpeedFeed(PARTITIONS);

const made = {
  popularity: popularityOf(TITLES, now),
  profileRows: profileRowsOf(TITLES, PROFILES),
  catalogue: catalogueOf(TITLES, now),
};
const factors = [factorsOf(TITLES, 1), factorsOf(TITLES, 2)];
const neighbours = [neighboursOf(TITLES, 1), neighboursOf(TITLES, 2)];
const clusters = [clustersOf(TITLES, 1), clustersOf(TITLES, 2)];
/** One of two, made before. */
const versioned = <T>(both: readonly T[], version: number): T => both[version % both.length]!;
const place = {
  ...{ region: region('local'), generation: generation('g1') },
  ...{ partitions: PARTITIONS, dataDir },
};
const stored = await storeProfiles(
  { ...place, profileStore: profileStoreSection.parse({}), cassandra: cassandraSection.parse({}) },
  { histories: HISTORIES, titles: TITLES, now },
);
const profiles = followProfiles(stored);
const metrics = createMetrics();
const log = createLog({ name: 'serving', level: 'warn' });
const kept = await keepRows(resolveEnvironment()['KAFKA_BROKERS'] ?? '', {
  partitions: PARTITIONS,
  metrics,
  log,
});
const serving = await createServing({
  config: {
    ...place,
    blockSize: BLOCK_SIZE,
    serving: {
      ...servingSection.parse({
        pollIntervalMs: '200',
        shedInFlight: '100000',
        mostInFlight: '100000',
        shedLagMs: '60000',
      }),
      catalogPath: join(dataDir, 'none.ndjson'),
    },
  },
  views: repository,
  // What DuckDB would lay out in its own threads is made before; a version's columns are another object.
  load: () => Promise.resolve({ ...made.popularity }),
  loadCatalogue: () => Promise.resolve(indexCatalogue(made.catalogue)),
  loadLibrary: {
    factors: (_, { version }) => Promise.resolve(versioned(factors, version)),
    neighbours: (_, { version }) => Promise.resolve(versioned(neighbours, version)),
    clusters: (_, { version }) => Promise.resolve(versioned(clusters, version)),
    profileRows: () => Promise.resolve({ ...made.profileRows }),
    policy: () => Promise.resolve([]),
    contexts: () => Promise.reject(new Error('there is none')),
  },
  askBounds: (topic) =>
    Promise.resolve(
      Array.from({ length: PARTITIONS }, (_, partition) => ({
        ...{ partition, start: 0 },
        end: topic === 'plays' && partition === 0 ? feed.end() : 0,
      })),
    ),
  openTopic: (topic) => (topic.includes('speed-view') ? feed.open : silent.open),
  upserts: {
    learn: () => Promise.resolve(),
    decode: () => Promise.reject(new Error('there are none')) as never,
  },
  connectProducer: () => Promise.resolve({ send: () => Promise.resolve([]), close: () => Promise.resolve() }),
  served: kept.served,
  profiles,
  metrics,
  log,
  version: '0.0.0',
});

await serving.settled;
let swapping: NodeJS.Timeout | undefined;
let swaps = 0;
process.on('message', (asked) => {
  if (asked === 'swaps') swapping ??= setInterval(() => void swap(), SWAP_MS);
  if (asked === 'no swaps') {
    clearInterval(swapping);
    swapping = undefined;
  }
});

async function swap(): Promise<void> {
  swaps += 1;
  await publish(SWAPPED[swaps % SWAPPED.length]!);
}

const server = await listen(serving.listener, { host: '127.0.0.1', port: 0 });
reportToParent(server.url, async () => {
  clearInterval(swapping);
  feed.close();
  silent.close();
  await server.close();
  await serving.close();
  await profiles.close();
  await kept.close();
  await rm(dataDir, { recursive: true, force: true });
});
