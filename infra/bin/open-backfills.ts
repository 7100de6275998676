/** Puts together what backfills of events need. Kafka is asked for nothing before the first is sent. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { EventBackfills } from '../../activities/backfilling.ts';
import { assertOwned } from '../../batch/backfill/assert-owned.ts';
import { createEventsJob } from '../../batch/backfill/events-job.ts';
import type { RawEvent } from '../../batch/backfill/refill.ts';
import type { ErasureBook } from '../../domain/erasure/book.ts';
import { CATALOGUE_VIEW } from '../../domain/catalogue.ts';
import type { EventsPlan } from '../../domain/backfills/run.ts';
import { PAGES_VIEW } from '../../domain/pages.ts';
import { coordinatesText, REDRIVEN_FROM, SIGHTED } from '../../domain/redrive.ts';
import type { CatalogueLookup, PagesLookup } from '../../domain/side-inputs.ts';
import { topicName } from '../../domain/topics.ts';
import { viewName, type ViewName, type ViewVersion } from '../../domain/views.ts';
import { foldShard } from '../../streaming/replay/fold-shard.ts';
import { createCleanCodec } from '../avro/codec.ts';
import { createStoredRegistry } from '../avro/registry.ts';
import type { Config } from '../config.ts';
import { maxRecordBytesOf, topicPlanOf } from '../connections.ts';
import type { DuckDb } from '../duckdb/duckdb.ts';
import { followErasures } from '../erasure/follow.ts';
import { localPartPath } from '../hermes/local-copies.ts';
import type { ViewRepository } from '../hermes/repository.ts';
import { servableCut } from '../hermes/servable-cut.ts';
import type { KafkaClient } from '../kafka/client.ts';
import type { LogProducer } from '../kafka/producer-port.ts';
import { createProducer } from '../kafka/producer.ts';
import { ensureTopics } from '../kafka/topics.ts';
import type { DuckDbLake } from '../lake/lake.ts';
import { silentLog } from '../log.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { createCatalogueLoader } from '../side-inputs/catalogue.ts';
import { createPagesLoader } from '../side-inputs/pages.ts';
import { deriveAnew } from './derive-anew.ts';

export interface BackfillParts {
  readonly config: Config;
  readonly lake: DuckDbLake;
  readonly duckdb: DuckDb;
  readonly store: ObjectStore;
  readonly views: ViewRepository;
  readonly kafka: KafkaClient;
}

export function openBackfills({ config, lake, duckdb, store, views, kafka }: BackfillParts): {
  readonly backfills: EventBackfills;
  close(): Promise<void>;
} {
  const { region, generation, blockSize, extract, backfill } = config;
  const codec = createCleanCodec(createStoredRegistry(store, region));
  let producer: Promise<LogProducer> | undefined;
  const connect = async (): Promise<LogProducer> => {
    await ensureTopics(kafka, topicPlanOf(config));
    await codec.publishSchemas();
    return createProducer(kafka, { maxRecordBytes: maxRecordBytesOf(config) });
  };
  const lookups = createLookups(views, duckdb);
  const settings = {
    ...{ shardRows: backfill.shardRows, maxShards: backfill.maxShards, window: backfill.window },
    ...{ rowsPerSecond: backfill.rowsPerSecond, settleMs: backfill.settleMs },
    dedupeWindowMs: extract.dedupeWindowMs,
  };
  const job = createEventsJob({ lake, settings });
  /** Looked up for each piece of work: who was erased meanwhile must not come back. */
  async function withBook<T>(work: (book: ErasureBook) => Promise<T>): Promise<T> {
    const erasures = await followErasures({ config, store, log: silentLog() });
    try {
      return await work(erasures.book);
    } finally {
      await erasures.close();
    }
  }
  /** Whoever could not send connects anew. */
  async function sending<T>(work: (open: LogProducer) => Promise<T>): Promise<T> {
    producer ??= connect();
    try {
      return await work(await producer);
    } catch (error) {
      const failed = producer;
      producer = undefined;
      await failed.then((open) => open.close()).catch(() => undefined);
      throw error;
    }
  }
  return {
    backfills: {
      job: {
        ...job,
        swap: async (shadow) => {
          await withBook((book) => assertOwned(lake, shadow, book));
          return job.swap(shadow);
        },
      },
      fold: (order, versions) =>
        withBook(async (erasures) => {
          const deps = { lake, codec, config, erasures };
          return foldShard(deps, { ...order, lookups: await lookups.at(versions) });
        }),
      derive: (order) => {
        const readBook = () => withBook((book) => Promise.resolve(book));
        const send: LogProducer['send'] = (batch) => sending((open) => open.send(batch));
        return deriveAnew({ lake, codec, config, job, readBook, send }, order);
      },
      currentLookups: lookups.current,
      ceiling: async () =>
        (await servableCut(views, viewName('popularity'), config.views.keepVersions, config)) ?? null,
      send: (events) =>
        sending(async (open) => {
          const messages = events.map((event) => messageOf(event, { region, generation }));
          await open.send([{ topic: topicName(region, generation, 'raw-events'), messages }]);
        }),
      blockSize,
      landing: { mostMs: backfill.landingMs, everyMs: 1000 },
    },
    async close() {
      await producer?.then((open) => open.close()).catch(() => undefined);
    },
  };
}

/** The event stands for itself: whatever names its place is taken once. It was sighted, and never taken. */
function messageOf({ partition, offset, key, value }: RawEvent, log: Pick<Config, 'region' | 'generation'>) {
  const headers = { [REDRIVEN_FROM]: coordinatesText({ ...log, partition, offset }), [SIGHTED]: '1' };
  return {
    partition,
    key: key === null ? null : Buffer.from(key).toString('utf8'),
    value: Buffer.from(value),
    headers,
  };
}

/** Versions of the views that enrichment looks in. The last ones are kept: shards of one run ask for the same. */
function createLookups(views: ViewRepository, duckdb: DuckDb) {
  type Loaded = { readonly catalogue?: CatalogueLookup; readonly pages?: PagesLookup };
  let last: { readonly key: string; readonly loaded: Promise<Loaded> } | undefined;

  async function fetched<T>(
    view: ViewName,
    version: ViewVersion | undefined,
    load: (dir: string, manifest: Awaited<ReturnType<ViewRepository['readManifest']>>) => Promise<T>,
  ): Promise<T | undefined> {
    if (version === undefined) return undefined;
    const manifest = await views.readManifest(view, version);
    const dir = await mkdtemp(join(tmpdir(), 'marquee-lookup-'));
    try {
      for (const part of manifest.parts) {
        const path = localPartPath(dir, part);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, await views.readPart(view, version, part));
      }
      return await load(dir, manifest);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }

  async function load(versions: EventsPlan['lookups']): Promise<Loaded> {
    const catalogue = await fetched(CATALOGUE_VIEW, versions[CATALOGUE_VIEW], createCatalogueLoader(duckdb));
    const pages = await fetched(PAGES_VIEW, versions[PAGES_VIEW], createPagesLoader(duckdb));
    return { ...(catalogue && { catalogue }), ...(pages && { pages }) };
  }

  return {
    async at(versions: EventsPlan['lookups']): Promise<Loaded> {
      const key = JSON.stringify(versions);
      if (last?.key !== key) {
        const loaded = load(versions);
        last = { key, loaded };
        loaded.catch(() => (last = undefined));
      }
      return last.loaded;
    },
    async current(): Promise<EventsPlan['lookups']> {
      const found: Record<string, ViewVersion> = {};
      for (const view of [CATALOGUE_VIEW, PAGES_VIEW]) {
        const pointer = await views.readPointer(view);
        if (pointer !== undefined) found[view] = pointer.version;
      }
      return found;
    },
  };
}
