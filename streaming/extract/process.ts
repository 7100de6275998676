/** The extract process: everything it needs, built from configuration and closed in order. */
import { join } from 'node:path';
import type { ExtractOutcome } from '../../domain/extract.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import { createStoredRegistry } from '../../infra/avro/registry.ts';
import { maxRecordBytesOf, openKafka, openObjectStore, topicPlanOf } from '../../infra/connections.ts';
import { createProducer } from '../../infra/kafka/producer.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { createMetrics } from '../../infra/metrics.ts';
import type { ServiceContext } from '../../infra/service.ts';
import { serveProbes } from '../../infra/http/probe-server.ts';
import { createLmdbExtractState } from '../../infra/state/lmdb-extract-state.ts';
import { runExtractStage } from './stage.ts';

export async function startExtract({ config, log, onClose, fail }: ServiceContext): Promise<void> {
  const { region, generation, dataDir } = config;
  const metrics = createMetrics({ labels: { process: 'extract', region }, processMetrics: true });
  const outcomes = metrics.counter('marquee_extract_records_total', 'Raw records by what became of them', [
    'outcome',
  ]);
  const lag = metrics.gauge('marquee_extract_lag_records', 'Raw records not yet extracted', {
    labels: ['partition'],
  });
  const lost = metrics.counter('marquee_extract_lost_records_total', 'Raw records that the log lost unread');
  const probes = await serveProbes(config.extract.metricsPort, metrics);
  onClose(probes.close);
  const store = openObjectStore(config);
  onClose(store.close);
  await store.ensureBucket();
  const codec = createCleanCodec(createStoredRegistry(store, region));
  await codec.publishSchemas();
  const kafka = openKafka(config, log);
  onClose(kafka.close);
  await ensureTopics(kafka, topicPlanOf(config));
  const producer = await createProducer(kafka, { maxRecordBytes: maxRecordBytesOf(config) });
  onClose(producer.close);
  const state = createLmdbExtractState(join(dataDir, 'state', 'extract', `${region}.${generation}`));
  onClose(state.close);
  const stage = runExtractStage({
    kafka,
    producer,
    codec,
    state,
    region,
    generation,
    limits: { ...config.extract, maxEventBytes: config.ingest.maxEventBytes },
    onOutcomes: (_partition, decided) =>
      decided.forEach((outcome) => outcomes.inc({ outcome: labelOf(outcome) })),
    onGap: (gap) => {
      lost.inc(gap.found - gap.expected);
      log.error(gap, 'raw records are gone before they were extracted');
    },
    onLag: (partition, records) => lag.set({ partition: String(partition) }, records),
  });
  onClose(stage.stop);
  stage.closed.catch(fail);
}

const labelOf = (outcome: ExtractOutcome): string => {
  if (outcome.type !== 'clean') return outcome.type;
  return outcome.late ? 'late_duplicate' : 'clean';
};
