/** The speed process: everything it needs, built from configuration and closed in order. */
import type { CutVector } from '../../domain/manifest.ts';
import { viewName } from '../../domain/views.ts';
import { openKafka, openLake, openObjectStore, topicPlanOf } from '../../infra/connections.ts';
import { createViewRepository, type ViewRepository } from '../../infra/hermes/repository.ts';
import { serveProbes } from '../../infra/http/probe-server.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { createMetrics, LATENCY_BUCKETS_S } from '../../infra/metrics.ts';
import type { ServiceContext } from '../../infra/service.ts';
import { servableCut } from '../../infra/hermes/servable-cut.ts';
import { createLakeWitness } from './lake-witness.ts';
import type { OpenStage, StageHooks } from './open-stage.ts';
import { openStages } from './threads.ts';

export async function startSpeed(context: ServiceContext): Promise<void> {
  const { config, log, onClose, fail } = context;
  const { region, generation, speed } = config;
  const metrics = createMetrics({ labels: { process: 'speed', region }, processMetrics: true });
  const labels = ['topic', 'partition'] as const;
  const records = metrics.counter('marquee_speed_records_total', 'Clean records folded into cells', labels);
  const lag = metrics.gauge('marquee_speed_lag_records', 'Clean records not yet folded', { labels });
  const flushes = metrics.histogram('marquee_speed_flush_seconds', 'Time to publish the changed cells', {
    buckets: LATENCY_BUCKETS_S,
  });
  onClose((await serveProbes(speed.metricsPort, metrics)).close);
  const store = openObjectStore(config);
  onClose(store.close);
  await store.ensureBucket();
  const kafka = openKafka(config, log);
  onClose(kafka.close);
  await ensureTopics(kafka, topicPlanOf(config));
  const openings = metrics.histogram('marquee_speed_open_seconds', 'Time to take a partition over', {
    buckets: LATENCY_BUCKETS_S,
  });
  const lake = createLakeWitness(() => openLake(config, log), generation, log);
  onClose(lake.close);
  const hooks: StageHooks = {
    rawHighBelow: lake.of,
    onFault: fail,
    onProgress: (topic, partition, count, behind) => {
      records.inc({ topic, partition: String(partition) }, count);
      lag.set({ topic, partition: String(partition) }, behind);
    },
    onOpened: (_topic, _partition, durationMs) => openings.observe(durationMs / 1000),
    onFlush: (_topic, _partition, durationMs) => flushes.observe(durationMs / 1000),
  };
  const stage = await openStages(config, log, hooks);
  onClose(stage.stop);
  stage.closed.catch(fail);
  const clearUp = setInterval(
    clearing(context, createViewRepository({ store, region }), stage),
    speed.clearUpIntervalMs,
  );
  onClose(() => clearInterval(clearUp));
}

/** Tombstones what no servable version needs; which versions those are is asked only when the pointer has moved. */
function clearing({ config, log }: ServiceContext, repository: ViewRepository, stage: OpenStage): () => void {
  const view = viewName('popularity');
  let known: { readonly version: number; readonly cut: CutVector } | undefined;
  const clear = async (): Promise<void> => {
    const pointer = await repository.readPointer(view);
    if (pointer === undefined) return;
    if (pointer.version !== known?.version) {
      const cut = await servableCut(repository, view, config.views.keepVersions, config);
      known = cut && { version: pointer.version, cut };
    }
    if (known !== undefined) stage.tombstoneBelow(known.cut);
  };
  return () => {
    clear().catch((error: unknown) => {
      log.warn({ err: error }, 'servable versions are not known; no cells are cleared up');
    });
  };
}
