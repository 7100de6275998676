/** The extract process: everything it needs, built from configuration and closed in order. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sealedPredecessor } from '../../domain/generations.ts';
import { topicName } from '../../domain/topics.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import { createStoredRegistry } from '../../infra/avro/registry.ts';
import { maxRecordBytesOf, openKafka, openObjectStore, topicPlanOf } from '../../infra/connections.ts';
import { followErasures } from '../../infra/erasure/follow.ts';
import { createDuckDb } from '../../infra/duckdb/duckdb.ts';
import { createGenerationStore } from '../../infra/generations/store.ts';
import { createViewRepository } from '../../infra/hermes/repository.ts';
import type { ViewSource } from '../../infra/hermes/subscriber.ts';
import { serveProbes } from '../../infra/http/probe-server.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { createProducer } from '../../infra/kafka/producer.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { createMetrics } from '../../infra/metrics.ts';
import { createProfileClient, type ProfileClient } from '../../infra/profiles/client.ts';
import { createHttpCall } from '../../infra/profiles/http-call.ts';
import type { ServiceContext } from '../../infra/service.ts';
import { hearAnnouncements } from '../../infra/side-inputs/announcements.ts';
import { followSideViews, type SideViews } from '../../infra/side-inputs/views.ts';
import { guardExtractState } from '../../infra/state/guarded-extract-state.ts';
import { createLmdbExtractState } from '../../infra/state/lmdb-extract-state.ts';
import { createCompletions } from './completions.ts';
import { inheritSightings } from './inherit.ts';
import { createInstruments, type ExtractInstruments } from './instruments.ts';
import { createLiveInputs } from './live-inputs.ts';
import { runExtractStage } from './stage.ts';

/** Only local Parquet files are read. */
const DUCKDB_CONNECTIONS = 1;

export async function startExtract(context: ServiceContext): Promise<void> {
  const { config, log, onClose, fail } = context;
  const { region, generation, dataDir, extract } = config;
  const metrics = createMetrics({ labels: { process: 'extract', region }, processMetrics: true });
  const instruments = createInstruments(metrics);
  const probes = await serveProbes(extract.metricsPort, metrics);
  onClose(probes.close);
  const store = openObjectStore(config);
  onClose(store.close);
  await store.ensureBucket();
  const history = await createGenerationStore(store, region).read();
  const predecessor = sealedPredecessor(history, generation, 'what was seen in it');
  const codec = createCleanCodec(createStoredRegistry(store, region));
  await codec.publishSchemas();
  const kafka = openKafka(config, log);
  onClose(kafka.close);
  await ensureTopics(kafka, topicPlanOf(config));
  const producer = await createProducer(kafka, { maxRecordBytes: maxRecordBytesOf(config) });
  onClose(producer.close);
  const erasures = await followErasures({ config, store, kafka, log });
  onClose(erasures.close);
  const stateDir = join(dataDir, 'state', 'extract', `${region}.${generation}`);
  const state = guardExtractState(createLmdbExtractState(stateDir), stateDir, (partition, reason) =>
    log.warn({ partition, reason }, 'state was torn and is discarded; the raw log is decided again'),
  );
  onClose(state.close);
  const views = await followViews(context, kafka, createViewRepository({ store, region }));
  const profiles = openProfiles(context, instruments);
  const completions =
    profiles &&
    createCompletions({
      ...{ profiles, producer, codec, region, generation, erasures: erasures.book },
      pending: state.completions,
      batch: extract.completionBatch,
      intervalMs: extract.completionIntervalMs,
      onCompleted: instruments.completed,
      onFailed: (error) => log.warn({ err: error }, 'records cannot be completed yet'),
    });
  const limits = { ...extract, maxEventBytes: config.ingest.maxEventBytes };
  const stage = runExtractStage({
    ...{ kafka, producer, codec, state, region, generation, limits, erasures: erasures.book },
    async prepare(partition) {
      if (predecessor === undefined) return;
      const { partitions } = config;
      const known = { kafka, region, predecessor, partitions, limits, state };
      const inherited = { ...known, erasures: erasures.book };
      const sightings = await inheritSightings(inherited, partition);
      if (sightings !== undefined)
        log.info(
          { partition, sightings, from: predecessor.generation },
          'goes on from the generation before',
        );
    },
    sideInputs: createLiveInputs({ views, profiles, countries: countriesOf(extract.countries) }),
    completions,
    pendingRoom: (partition) => extract.maxPendingCompletions - state.completions.count(partition),
    onOutcomes: (_partition, decided) => instruments.count(decided),
    onForgone: instruments.forgone,
    onGap: (gap) => {
      instruments.lost(gap.found - gap.expected);
      log.error(gap, 'raw records are gone before they were extracted');
    },
    onLag: instruments.lag,
  });
  onClose(stage.stop);
  if (completions !== undefined) onClose(completions.close);
  stage.closed.catch(fail);
}

/** Waits no longer than the grace for what may not be there. */
async function followViews(
  { config, log, onClose }: ServiceContext,
  kafka: KafkaClient,
  repository: ViewSource,
): Promise<SideViews> {
  const { region, generation, dataDir, extract, lake } = config;
  const duckdb = await createDuckDb({
    threads: lake.threads,
    memoryLimitMb: lake.memoryLimitMb,
    connections: DUCKDB_CONNECTIONS,
  });
  onClose(duckdb.close);
  // One process writes to a folder at a time; on one machine they differ by port, or live no longer than the process.
  const isPassing = extract.metricsPort === 0;
  const dir = join(dataDir, 'extract', isPassing ? `0-${process.pid}` : String(extract.metricsPort));
  if (isPassing) onClose(() => rm(dir, { recursive: true, force: true }));
  const views = followSideViews({
    ...{ repository, duckdb, dir, log },
    pollIntervalMs: extract.viewPollIntervalMs,
  });
  onClose(views.close);
  const topic = topicName(region, generation, 'announcements');
  const announcements = hearAnnouncements({ kafka, topic, onAnnounced: views.nudge, log });
  onClose(announcements.close);
  await Promise.race([views.asked, sleep(extract.startGraceMs, undefined, { ref: false })]);
  return views;
}

function openProfiles(
  { config: { profileService }, log, onClose }: ServiceContext,
  { called }: ExtractInstruments,
): ProfileClient | undefined {
  const { url, maxAnswerBytes } = profileService;
  if (url === undefined) return undefined;
  const profiles = createProfileClient({
    settings: profileService,
    call: createHttpCall({ url, maxAnswerBytes }),
    onCall(outcome, count, error) {
      called(outcome, count);
      if (outcome === 'lied')
        log.warn({ err: error }, 'the profile service lied: nothing of its answer is used');
    },
  });
  onClose(profiles.close);
  return profiles;
}

const countriesOf = (text: string | undefined): ReadonlySet<string> | undefined =>
  text === undefined ? undefined : new Set(text.split(','));
