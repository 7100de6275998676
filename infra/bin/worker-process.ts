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
import { createDeclaredJob } from '../../batch/declared/job.ts';
import { sealedPredecessor } from '../../domain/generations.ts';
import { openKeyedViews } from '../cassandra/open-versions.ts';
import type { Config } from '../config.ts';
import { openKafka, topicPlanOf } from '../connections.ts';
import { createGenerationStore } from '../generations/store.ts';
import { createHeldParts } from '../hermes/held-parts.ts';
import { createViewRepository } from '../hermes/repository.ts';
import { createRetention } from '../hermes/retention.ts';
import { serveProbes } from '../http/probe-server.ts';
import { createProducer } from '../kafka/producer.ts';
import { ensureTopics } from '../kafka/topics.ts';
import { startLakeGauges } from '../lake/care/gauges.ts';
import { openCare } from '../lake/care/open-care.ts';
import type { DuckDbLake } from '../lake/lake.ts';
import { codeVersionOf } from '../code-version.ts';
import { openLake } from '../lake/open.ts';
import type { Log } from '../log.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import { createRecountAlert } from '../parity/recount-alert.ts';
import { createS3ObjectStore } from '../object-store/s3.ts';
import { createWorkingPlaces } from '../object-store/working-places.ts';
import type { ServiceContext } from '../service.ts';
import { logTemporalTo, startWorker, type WorkflowSource } from '../temporal/worker.ts';
import { openCanary } from './open-canary.ts';
import { openNotifications } from './open-notifications.ts';
import { openBackfills } from './open-backfills.ts';
import { openErasing } from './open-erasing.ts';
import { openParity } from './open-parity.ts';
import { openValidation } from './open-validation.ts';
import { declaredBy, openDeclaredFolder } from './declared-schedules.ts';
import { openSideInputs } from './side-inputs.ts';

/** Larger than any pointer. */
const MAX_ANNOUNCEMENT_BYTES = 64 * 1024;

type WorkerDeps = ActivityDeps & Required<Pick<ActivityDeps, 'lakeCare'>>;

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
  const { lakeCare } = deps;
  const { statsIntervalMs: intervalMs } = config.lakeCare;
  const gauges = startLakeGauges({ metrics, log, stats: lakeCare.stats, now: Date.now, intervalMs });
  onClose(gauges.close);
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
): Promise<{ readonly deps: WorkerDeps; prepare(): Promise<void>; close(): Promise<void> }> {
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
  const { sideInputs, validators: ofSources, close: closeSources } = openSideInputs(config, duckdb);
  const folder = openDeclaredFolder(config);
  const { notices, close: closeNotices } = openNotifications({
    ...{ config, log, metrics, store, kafka },
    declared: () => declaredBy(config),
  });
  const { parity, close: closeParity } = openParity({ config, log, metrics, lake, store, kafka });
  const popularity = createPopularityJob({ lake, log: { generation, partitions, blockSize } });
  const views = createViewRepository({ store, region });
  const keyed = openKeyedViews(config, { duckdb, scratchDir: join(config.dataDir, 'worker') });
  const { backfills, close: closeBackfills } = openBackfills({ config, lake, duckdb, store, views, kafka });
  const erasing = openErasing({ config, store, kafka, lake, views, elsewhere: keyed.versions });
  const { care: lakeCare, close: closeCare } = openCare(config, { lake });
  const deps: WorkerDeps = {
    lakeCare,
    ...(erasing && { erasing: erasing.erasing }),
    backfills,
    canary: openCanary({ config, lake, store }),
    notices,
    declared: { folder, job: createDeclaredJob({ lake }) },
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
    training: trainingWith(lake, config.training),
    precompute: config.precompute,
    counting: config.popularity,
    places: createWorkingPlaces({ store, region }),
    sweep: config.worker,
    retention: createRetention({
      ...{ store, region, views, rules: { keep: config.worker.versionsKept } },
      elsewhere: keyed.versions,
    }),
    keyedViews: keyed.versions,
    heldParts: openHeldParts(config, log),
    duckdb,
    sideInputs,
    validate: openValidation({ config, duckdb, ofSources, folder }),
    announce: announcer.announce,
    region,
    generation,
    codeVersion: await codeVersionOf(packageJson),
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
      await closeNotices();
      await closeParity();
      await closeBackfills();
      await erasing?.close();
      await kafka.close();
      await keyed.close();
      closeSources();
      closeCare();
      store.close();
      await close();
    },
  };
}

/** Of popularity alone: nothing in its parts is of a profile. */
const openHeldParts = ({ dataDir, worker }: Config, log: Log): NonNullable<ActivityDeps['heldParts']> => ({
  popularity: createHeldParts(join(dataDir, 'worker', 'parts'), {
    mostBytes: worker.heldPartsMb * 2 ** 20,
    onFault: (err) => log.warn({ err }, 'parts are fetched, since they cannot be kept on this disk'),
  }),
});

const trainingWith = (lake: DuckDbLake, settings: Config['training']): ActivityDeps['training'] => ({
  job: createTrainingJob({ lake }),
  models: MODELS,
  evaluate: evaluateCandidate,
  settings,
});

/** The bundle that the build put beside the compiled code, else the workflows' source, which is bundled at start. */
export function findWorkflows(): WorkflowSource {
  const bundlePath = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));
  if (existsSync(bundlePath)) return { bundlePath };
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return { modulePath: fileURLToPath(new URL(`../../workflows/index.${extension}`, import.meta.url)) };
}
