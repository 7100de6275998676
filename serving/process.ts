/** The serving process over the real servers. Nothing here waits for any of them. */
import packageJson from '../package.json' with { type: 'json' };
import { createCleanCodec, type CleanCodec } from '../infra/avro/codec.ts';
import { createStoredRegistry } from '../infra/avro/registry.ts';
import { openStoredRows } from '../infra/cassandra/open-versions.ts';
import { openKafka, openObjectStore, topicPlanOf } from '../infra/connections.ts';
import { createDuckDb } from '../infra/duckdb/duckdb.ts';
import { createCanaries } from '../infra/hermes/canaries.ts';
import { createViewRepository } from '../infra/hermes/repository.ts';
import type { KafkaClient } from '../infra/kafka/client.ts';
import { logBounds } from '../infra/kafka/offsets.ts';
import { createPerformanceLoader } from '../infra/views/row-performance.ts';
import type { LogProducer } from '../infra/kafka/producer-port.ts';
import { createProducer } from '../infra/kafka/producer.ts';
import { readAll } from '../infra/kafka/reader.ts';
import { ensureTopics } from '../infra/kafka/topics.ts';
import type { Log } from '../infra/log.ts';
import { createMetrics, type Metrics } from '../infra/metrics.ts';
import { openProfileReader } from '../infra/profile-store/open.ts';
import { followProfiles } from '../infra/profile-store/followed-reader.ts';
import { readIn, type InGeneration } from '../domain/generations.ts';
import { topicName } from '../domain/topics.ts';
import type { GenerationFollower } from '../infra/generations/follow.ts';
import { configIn, openGenerations } from '../infra/generations/open.ts';
import type { ObjectStore } from '../infra/object-store/port.ts';
import type { ServiceContext } from '../infra/service.ts';
import { createSpeedSnapshots, type SpeedSnapshots } from '../infra/speed-snapshots/store.ts';
import { createParityStore } from '../infra/parity/store.ts';
import { openErasures } from '../infra/erasure/open.ts';
import { createBackfills } from '../infra/temporal/backfills.ts';
import { createEventBackfills } from '../infra/temporal/event-backfills.ts';
import { createTemporal } from '../infra/temporal/client.ts';
import type { Config } from '../infra/config.ts';
import { listenOnBoth, openServingAccess } from './ports.ts';
import { createEntriesLoader } from '../infra/views/entries.ts';
import { readEntryViews } from './entries/entries.ts';
import { createCatalogueLoader } from './catalogue-view.ts';
import type { OpenReader } from '../infra/kafka/follow-topic.ts';
import { createLibraryLoaders } from './library/follow-library.ts';
import { openLakeOps } from './ops/open-lake.ts';
import { openViewOps } from './ops/open-views.ts';
import { patiently } from '../infra/patience.ts';
import { createPopularityLoader } from './popularity/load.ts';
import type { UpsertCodec } from './row-plays-part.ts';
import { keepServedRows } from './keep-served-rows.ts';
import { createServing, type ServingDeps } from './serving.ts';

/** Larger than any report. */
const MAX_STATUS_BYTES = 64 * 1024;
/** Only local Parquet files are read. */
const DUCKDB_CONNECTIONS = 1;
/** One row group at a time is held. */
const ENTRIES_MEMORY_MB = 256;

/** Where the two apps listen. */
export interface ServingAddresses {
  readonly url: string;
  readonly opsUrl: string;
}

/** Resolves with the address that rows are asked at. */
export const startServing = async (context: ServiceContext): Promise<string> =>
  (await openServing(context)).url;

export async function openServing(context: ServiceContext): Promise<ServingAddresses> {
  const { config, log, onClose } = context;
  const { region, serving, lake } = config;
  const metrics = metricsOf(config);
  const kafka = openKafka(config, log);
  const store = openObjectStore(config);
  const temporal = createTemporal(config.temporal);
  const duckdb = await createDuckDb({
    threads: lake.threads,
    memoryLimitMb: lake.memoryLimitMb,
    connections: DUCKDB_CONNECTIONS,
  });
  /** The generation that is read, by the sink as well. */
  let read: InGeneration = config;
  const profiles = followProfiles(openProfileReader(config));
  onClose(profiles.close);
  const storedRows = openStoredRows(config);
  onClose(storedRows.close);
  onClose(() => patiently(kafka.close(), temporal.close(), duckdb.close()).finally(store.close));
  store.ensureBucket().catch((error: unknown) => log.warn({ err: error }, 'bucket cannot be looked for yet'));
  const codec = createCleanCodec(createStoredRegistry(store, region));
  const topic = (): string => topicName(region, read.generation, 'served-rows');
  const served = keepServedRows(serving, { kafka, codec, topic, metrics, log });
  onClose(served.close);
  const views = createViewRepository({ store, region });
  const connectProducer = (): Promise<LogProducer> =>
    createProducer(kafka, { maxRecordBytes: MAX_STATUS_BYTES });
  const { viewOps, close: closeViewOps } = openViewOps({ config, views, store, kafka, connectProducer });
  onClose(() => patiently(closeViewOps()));
  const access = await openServingAccess({ config, metrics, log, onClose });
  const { listener, opsApp, close } = await createServing({
    config,
    views,
    load: createPopularityLoader(duckdb),
    loadCatalogue: createCatalogueLoader(duckdb),
    loadLibrary: createLibraryLoaders(duckdb, storedRows.versions),
    loadPerformance: createPerformanceLoader(duckdb),
    ...(await openEntries(config, onClose)),
    canaries: createCanaries({ store, region }),
    openTopic: (topic, shape) => openTopic(kafka, configIn(config, shape), topic),
    upserts: upsertCodec(codec),
    served,
    askBounds: askBounds(kafka, config),
    ...(serving.snapshotIntervalMs > 0 && {
      openSnapshots: (shape) => openSnapshots(store, config, shape, log),
    }),
    ...(config.generationFrom === 'store' && {
      followGenerations: (onChange) =>
        follow(context, onChange, (next) => {
          profiles.moveTo(openProfileReader(configIn(config, next)));
          read = next;
        }),
    }),
    connectProducer,
    backfills: createBackfills({ temporal, region, settings: config.temporal }),
    eventBackfills: createEventBackfills({ temporal, region, settings: config.temporal }),
    readParity: createParityStore(store, region).read,
    viewOps,
    erasureOps: config.erasure.key === undefined ? undefined : openErasures(config, { temporal, store }),
    lakeOps: openLakeOps(config, temporal, onClose),
    profiles,
    access,
    metrics,
    log,
    version: packageJson.version,
  });
  onClose(close);
  return listenOnBoth(context, listener, opsApp);
}

/** Lookups have a DuckDB of their own: none waits for a version that is loaded. */
async function openEntries(
  { serving: { entryViews, entryDeadlineMs } }: Config,
  onClose: ServiceContext['onClose'],
): Promise<Pick<ServingDeps, 'loadEntries'>> {
  if (readEntryViews(entryViews).length === 0) return {};
  const duckdb = await createDuckDb({
    ...{ threads: 1, memoryLimitMb: ENTRIES_MEMORY_MB, connections: 2 },
    statementTimeoutMs: entryDeadlineMs,
  });
  onClose(() => patiently(duckdb.close()));
  return { loadEntries: createEntriesLoader(duckdb) };
}

/** Series of workers of one port are told apart. */
const metricsOf = ({ region, serving: { workers, worker } }: Config): Metrics =>
  createMetrics({
    labels: { process: 'serving', region, ...(workers > 1 && { worker: String(worker) }) },
    processMetrics: true,
  });

export const upsertCodec = (codec: CleanCodec): UpsertCodec => ({
  learn: (values) => codec.learn('attributed-plays', values),
  decode: (value) => codec.decodeDerived('attributed-plays', value),
});

/** The first process of a region makes its topics. */
export function openTopic(kafka: KafkaClient, config: Config, topic: string): OpenReader {
  return async (options) => {
    await ensureTopics(kafka, topicPlanOf(config));
    return readAll(kafka, { ...options, topic, live: true });
  };
}

/** Topics are made first: asking a broker for one that is not there may make it, with partitions of its own choice. */
function askBounds(kafka: KafkaClient, config: Config): ServingDeps['askBounds'] {
  const made = new Set<string>();
  return async (topic, shape) => {
    if (!made.has(shape.generation)) await ensureTopics(kafka, topicPlanOf(configIn(config, shape)));
    made.add(shape.generation);
    return logBounds(kafka, topicName(config.region, shape.generation, topic));
  };
}

function openSnapshots(store: ObjectStore, config: Config, shape: InGeneration, log: Log): SpeedSnapshots {
  const {
    snapshotIntervalMs: everyMs,
    snapshotMaxAgeMs: maxAgeMs,
    snapshotMaxBytes: maxBytes,
  } = config.serving;
  return createSpeedSnapshots({ store, region: config.region, shape, everyMs, maxAgeMs, maxBytes, log });
}

/** Which generations are counted, and in which one the other processes are. */
function follow(
  { config, log, onClose }: ServiceContext,
  onChange: () => void,
  onRead: (next: InGeneration) => void,
): GenerationFollower {
  let read = config.generation;
  const follower = openGenerations(config, log, {
    remembers: true,
    onChange(history) {
      const shape = readIn(history, config);
      if (shape.generation !== read) onRead(shape);
      read = shape.generation;
      onChange();
    },
  })!;
  onClose(follower.close);
  return follower;
}
