/** What erasing needs, over the real servers; nothing where no key is configured. */
import type { ErasingDeps } from '../../activities/erasing.ts';
import { createEarlierGenerations } from '../../batch/erasure/earlier-generations.ts';
import { createErasureJob } from '../../batch/erasure/job.ts';
import { createErasureLogs, type ReadingGroup } from '../../batch/erasure/logs.ts';
import { createViewErasing, type ViewErasingDeps } from '../../batch/erasure/view-versions.ts';
import { serialiseTombstone, type Tombstone } from '../../domain/erasure/tombstone.ts';
import { generationNumber } from '../../domain/generations.ts';
import type { Generation } from '../../domain/ids.ts';
import { COUNTED_TOPICS, topicName, type CountedTopic } from '../../domain/topics.ts';
import { viewName } from '../../domain/views.ts';
import { behaviourGroups } from '../../streaming/behaviour/folds.ts';
import { createCleanCodec } from '../avro/codec.ts';
import { createStoredRegistry } from '../avro/registry.ts';
import type { Config } from '../config.ts';
import { maxRecordBytesOf, topicPlanOf } from '../connections.ts';
import { createErasureSecret } from '../erasure/secret.ts';
import { createErasureStore } from '../erasure/store.ts';
import { createGenerationStore } from '../generations/store.ts';
import type { ViewRepository } from '../hermes/repository.ts';
import { servableCut } from '../hermes/servable-cut.ts';
import type { KafkaClient } from '../kafka/client.ts';
import { createProducer } from '../kafka/producer.ts';
import { ensureTopics } from '../kafka/topics.ts';
import { createLakeFiles } from '../lake/care/lake-files.ts';
import { createRestCatalog } from '../lake/catalog/rest-catalog.ts';
import type { DuckDbLake } from '../lake/lake.ts';
import { createLetterBox } from '../letters/letter-box.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { createS3ObjectStore } from '../object-store/s3.ts';
import { openStoredAudit } from '../profile-store/stored-audit.ts';

export interface ErasingPlaces {
  readonly config: Config;
  readonly store: ObjectStore;
  readonly kafka: KafkaClient;
  readonly lake: DuckDbLake;
  readonly views: ViewRepository;
  /** Where else rows of views are kept, by the view's name. */
  readonly elsewhere?: ViewErasingDeps['elsewhere'];
}

const POPULARITY_VIEW = viewName('popularity');

/** Undefined without a key. */
export function openErasing(
  places: ErasingPlaces,
): { readonly erasing: ErasingDeps; close(): Promise<void> } | undefined {
  const { config, store, kafka, lake, views, elsewhere = {} } = places;
  const { region, generation, blockSize, erasure, s3 } = config;
  if (erasure.key === undefined) return undefined;
  const secret = createErasureSecret(erasure.key);
  const files = createLakeFiles((bucket) => createS3ObjectStore({ ...s3, bucket }));
  const stored = openStoredAudit(config);
  const connect = async () => {
    await ensureTopics(kafka, topicPlanOf(config));
    return createProducer(kafka, { maxRecordBytes: maxRecordBytesOf(config) });
  };
  const generations = async () => {
    const history = await createGenerationStore(store, region).read();
    const known = history.map((one) => ({ generation: one.generation, partitions: one.partitions }));
    return known.some((one) => one.generation === generation)
      ? known
      : [...known, { generation, partitions: config.partitions }];
  };
  const logs = createErasureLogs({
    ...{ kafka, region, generation },
    ...groupsOf(config),
    servableCut: cutOf(places),
  });
  const earlier = createEarlierGenerations({ store, region, generation, generations, logs });
  const job = createErasureJob({
    ...{ lake, files, secret, generation, blockSize },
    catalog: createRestCatalog({ ...config.lake, s3 }),
    namespace: config.lake.namespace,
    attempts: config.lake.commitAttempts,
    store: createErasureStore(store, region, secret),
    rules: { keepsRegisters: erasure.keepsRegisters, mayDelete: erasure.topics === 'delete' },
    ...{ logs, earlier, generations },
    async letters() {
      const there = new Set(await (await kafka.admin()).listTopics());
      return [...(await earlier.list()).map((one) => one.generation), generation]
        .filter((of) => there.has(topicName(region, of, 'dead-letters')))
        .map((of) => ({
          ...{ region, generation: of, connect },
          box: createLetterBox({ kafka, region, generation: of }),
        }));
    },
    objects: { store, bucket: s3.bucket, region },
    topics: { kafka, codec: createCleanCodec(createStoredRegistry(store, region)), region, generation },
    async announce(tombstone: Tombstone) {
      const producer = await connect();
      try {
        const message = { key: tombstone.id, value: Buffer.from(serialiseTombstone(tombstone)) };
        await producer.send([{ topic: topicName(region, generation, 'erasures'), messages: [message] }]);
      } finally {
        await producer.close();
      }
    },
    stored: stored.findings,
  });
  return {
    erasing: { job, views: createViewErasing({ store, bucket: s3.bucket, region, views, lake, elsewhere }) },
    async close() {
      files.close();
      await stored.close();
    },
  };
}

function groupsOf(config: Config): { rules: readonly ReadingGroup[]; others: readonly ReadingGroup[] } {
  const rules = behaviourGroups(config).map(({ name, topics }) => ({
    name,
    topics: topics,
  }));
  return { rules, others: [{ name: 'speed', topics: COUNTED_TOPICS }] };
}

/**
 * Nothing is needed from a log below the cut that every servable version has; of a generation before those of all of them
 * nothing at all, since what was counted of it is in the version.
 */
function cutOf({ config, views }: ErasingPlaces) {
  const { worker, generation, blockSize } = config;
  return async (of: Generation, topic: CountedTopic, partition: number): Promise<number> => {
    if (of !== generation && (await isBehindAll(views, worker.versionsKept, of))) return Infinity;
    const cut = await servableCut(views, POPULARITY_VIEW, worker.versionsKept, { generation: of, blockSize });
    return cut?.[topic]?.[partition] ?? 0;
  };
}

async function isBehindAll(views: ViewRepository, keep: number, of: Generation): Promise<boolean> {
  const versions = await views.listVersions(POPULARITY_VIEW);
  const good = versions.filter(({ state }) => state === 'announced' || state === 'backup').slice(0, keep);
  const manifests = await Promise.all(
    good.map(({ version }) => views.readManifest(POPULARITY_VIEW, version)),
  );
  const isLater = (manifest: { generation: string }): boolean =>
    generationNumber(manifest.generation as Generation) > generationNumber(of);
  return manifests.length > 0 && manifests.every(isLater);
}
