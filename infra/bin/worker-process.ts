/** Puts the worker together: lake, object store, announcements, activities, workflows. Closed in the opposite order. */
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import { createActivities, type ActivityDeps } from '../../activities/activities.ts';
import { createAnnouncer } from '../hermes/announcer.ts';
import { createRangeJob } from '../../batch/backfill/range-job.ts';
import { evaluateCandidate } from '../../batch/evaluation/candidate.ts';
import { MODELS } from '../../batch/models/models.ts';
import { createPerformanceJob } from '../../batch/performance/job.ts';
import { createPopularityJob } from '../../batch/popularity/job.ts';
import { createTrainingJob } from '../../batch/training/job.ts';
import { createModelValidators } from '../../batch/validators/models.ts';
import { createPopularityValidators } from '../../batch/validators/popularity.ts';
import { createRowPerformanceValidators } from '../../batch/validators/row-performance.ts';
import { firstRefusal } from '../../batch/validators/validator.ts';
import { sealedPredecessor } from '../../domain/generations.ts';
import { ROW_PERFORMANCE_VIEW } from '../../domain/row-performance.ts';
import { viewName } from '../../domain/views.ts';
import type { Config } from '../config.ts';
import { openKafka, topicPlanOf } from '../connections.ts';
import { createGenerationStore } from '../generations/store.ts';
import { createViewRepository } from '../hermes/repository.ts';
import { createRetention } from '../hermes/retention.ts';
import { serveProbes } from '../http/probe-server.ts';
import { createProducer } from '../kafka/producer.ts';
import { ensureTopics } from '../kafka/topics.ts';
import { openLake } from '../lake/open.ts';
import type { Log } from '../log.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import { createRecountAlert } from '../parity/recount-alert.ts';
import { createS3ObjectStore } from '../object-store/s3.ts';
import { createWorkingPlaces } from '../object-store/working-places.ts';
import type { ServiceContext } from '../service.ts';
import { logTemporalTo, startWorker, type WorkflowSource } from '../temporal/worker.ts';
import { openParity } from './open-parity.ts';
import { openSideInputs } from './side-inputs.ts';

/** Larger than any pointer. */
const MAX_ANNOUNCEMENT_BYTES = 64 * 1024;
const POPULARITY_VIEW = viewName('popularity');

export async function startWorkerProcess({ config, log, onClose, fail }: ServiceContext): Promise<void> {
  logTemporalTo(log);
  const metrics = createMetrics({
    labels: { process: 'worker', region: config.region },
    processMetrics: true,
  });
  onClose((await serveProbes(config.worker.metricsPort, metrics)).close);
  const { deps, prepare, close } = await openActivityDeps(config, log, metrics);
  onClose(close);
  await prepare();
  const worker = await startWorker({
    config,
    workflows: findWorkflows(),
    activities: createActivities(deps),
    identity: `${config.region}:${process.pid}@${hostname()}`,
    buildId: packageJson.version,
  });
  onClose(worker.stop);
  worker.ended.catch(fail);
  log.info({ task_queue: config.temporal.taskQueue }, 'polling');
}

/**
 * What activities need, over the real servers. `prepare` creates bucket and tables where nobody did yet, so that a
 * refresh before the first event finds an empty lake rather than none.
 */
export async function openActivityDeps(
  config: Config,
  log: Log,
  metrics: Metrics = createMetrics(),
): Promise<{ readonly deps: ActivityDeps; prepare(): Promise<void>; close(): Promise<void> }> {
  const { region, generation, partitions, blockSize } = config;
  const { lake, duckdb, close } = await openLake(config, log);
  const store = createS3ObjectStore(config.s3);
  const kafka = openKafka(config, log);
  const announcer = createAnnouncer({
    region,
    generation,
    async connect() {
      await ensureTopics(kafka, topicPlanOf(config));
      return createProducer(kafka, { maxRecordBytes: MAX_ANNOUNCEMENT_BYTES });
    },
  });
  const { minRows, maxRemovedShare } = config.views;
  const { sideInputs, validators, close: closeSources } = openSideInputs(config, duckdb);
  const ofPopularity = createPopularityValidators(duckdb, {
    minimumRows: { totals: minRows },
    vanishedTitles: maxRemovedShare,
    lostCounts: maxRemovedShare,
  });
  const rules = {
    ...createModelValidators(duckdb),
    ...validators,
    [POPULARITY_VIEW]: ofPopularity,
    [ROW_PERFORMANCE_VIEW]: createRowPerformanceValidators(duckdb),
  };
  const { parity, close: closeParity } = openParity({ config, log, metrics, lake, store, kafka });
  const popularity = createPopularityJob({ lake, log: { generation, partitions, blockSize } });
  const views = createViewRepository({ store, region });
  const deps: ActivityDeps = {
    views,
    popularity: {
      ...popularity,
      async plan() {
        sealedPredecessor(await createGenerationStore(store, region).read(), generation, 'what is counted');
        return popularity.plan();
      },
    },
    parity,
    onRecount: createRecountAlert(metrics, log),
    ranges: createRangeJob({ lake }),
    performance: createPerformanceJob({ lake }),
    training: {
      job: createTrainingJob({ lake }),
      models: MODELS,
      evaluate: evaluateCandidate,
      settings: config.training,
    },
    precompute: config.precompute,
    places: createWorkingPlaces({ store, region }),
    sweep: config.worker,
    retention: createRetention({ store, region, views, rules: { keep: config.worker.versionsKept } }),
    duckdb,
    sideInputs,
    validate: (candidate, previous) =>
      firstRefusal(rules[candidate.manifest.view] ?? [], candidate, previous),
    announce: announcer.announce,
    region,
    generation,
    codeVersion: `${packageJson.name}/${packageJson.version}`,
    workDir: join(config.dataDir, 'worker', String(process.pid)),
  };
  return {
    deps,
    async prepare() {
      await store.ensureBucket();
      await lake.ensureTables();
    },
    async close() {
      await announcer.close();
      await closeParity();
      await kafka.close();
      closeSources();
      store.close();
      await close();
    },
  };
}

/** The bundle that the build put beside the compiled code, else the workflows' source, which is bundled at start. */
export function findWorkflows(): WorkflowSource {
  const bundlePath = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));
  if (existsSync(bundlePath)) return { bundlePath };
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return { modulePath: fileURLToPath(new URL(`../../workflows/index.${extension}`, import.meta.url)) };
}
