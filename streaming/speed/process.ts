/** The speed process: everything it needs, built from configuration and closed in order. */
import { viewName } from '../../domain/views.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import { createStoredRegistry } from '../../infra/avro/registry.ts';
import {
  maxRecordBytesOf,
  openKafka,
  openKafkaWithoutRetries,
  openLake,
  openObjectStore,
  topicPlanOf,
  type OpenLake,
} from '../../infra/connections.ts';
import { createViewRepository } from '../../infra/hermes/repository.ts';
import { serveProbes } from '../../infra/http/probe-server.ts';
import { createProducer } from '../../infra/kafka/producer.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { rawHighBelow } from '../../infra/lake/raw-high.ts';
import { createMetrics, LATENCY_BUCKETS_S } from '../../infra/metrics.ts';
import type { ServiceContext } from '../../infra/service.ts';
import { servableCut } from './servable-cut.ts';
import { runSpeedStage } from './stage.ts';

export async function startSpeed({ config, log, onClose, fail }: ServiceContext): Promise<void> {
  const { region, generation, partitions, blockSize, speed } = config;
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
  const outgoing = openKafkaWithoutRetries(config, log);
  onClose(outgoing.close);
  const producer = await createProducer(outgoing, { maxRecordBytes: maxRecordBytesOf(config) });
  onClose(producer.close);
  // Only an owner that finds the beginning of its log gone asks the lake, so it is opened at the first question.
  let lake: Promise<OpenLake> | undefined;
  onClose(async () => (await lake)?.duckdb.close());
  const stage = runSpeedStage({
    kafka,
    producer,
    codec: createCleanCodec(createStoredRegistry(store, region)),
    store,
    region,
    generation,
    partitions,
    blockSize,
    speed,
    log,
    rawHighBelow: (topic, partition) => async (offset) => {
      lake ??= openLake(config, log);
      return rawHighBelow((await lake).lake, topic, { generation, partition, offset }).catch(
        (error: unknown) => {
          log.warn(
            { err: error, topic, partition, offset },
            'the lake does not know; blocks will say they are incomplete',
          );
          return undefined;
        },
      );
    },
    onProgress: (topic, partition, count, behind) => {
      records.inc({ topic, partition: String(partition) }, count);
      lag.set({ topic, partition: String(partition) }, behind);
    },
    onFlush: (_topic, _partition, durationMs) => flushes.observe(durationMs / 1000),
  });
  onClose(stage.stop);
  stage.closed.catch(fail);
  const repository = createViewRepository({ store, region });
  const clearUp = setInterval(() => {
    servableCut(repository, viewName('popularity'), config.views.keepVersions).then(
      (cut) => cut && stage.tombstoneBelow(cut),
      (error: unknown) =>
        log.warn({ err: error }, 'servable versions are not known; no cells are cleared up'),
    );
  }, speed.clearUpIntervalMs);
  onClose(() => clearInterval(clearUp));
}
