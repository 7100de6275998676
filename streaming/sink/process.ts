/** The sink process: everything it needs, built from configuration and closed in order. */
import { DAY_MS } from '../../domain/time.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import { createStoredRegistry } from '../../infra/avro/registry.ts';
import { maxRecordBytesOf, openKafka, openObjectStore, topicPlanOf } from '../../infra/connections.ts';
import { createGenerationStore } from '../../infra/generations/store.ts';
import { serveProbes } from '../../infra/http/probe-server.ts';
import { createProducer } from '../../infra/kafka/producer.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { openLake } from '../../infra/lake/open.ts';
import { createMetrics, LATENCY_BUCKETS_S } from '../../infra/metrics.ts';
import type { ServiceContext } from '../../infra/service.ts';
import { createSinkLetters } from './letters.ts';
import { startRawRetention } from './raw-retention.ts';
import { runSinkStage, type SinkStageDeps } from './stage.ts';
import { hasTail, runTail, tailBefore } from './tail.ts';

export async function startSink({ config, log, onClose, fail }: ServiceContext): Promise<void> {
  const { region, generation, partitions, sink } = config;
  const metrics = createMetrics({ labels: { process: 'sink', region }, processMetrics: true });
  const rows = metrics.counter('marquee_sink_rows_total', 'Rows by what became of them', [
    'table',
    'outcome',
  ]);
  const attempts = metrics.counter('marquee_sink_commit_attempts_total', 'Transactions tried', ['table']);
  const flushes = metrics.histogram('marquee_sink_flush_seconds', 'Time to commit a buffer', {
    buckets: LATENCY_BUCKETS_S,
    labels: ['table'],
  });
  const lag = metrics.gauge('marquee_sink_lag_records', 'Records not yet in the lake', {
    labels: ['table', 'partition'],
  });
  const lost = metrics.counter('marquee_sink_lost_records_total', 'Records that the log lost unread', [
    'table',
  ]);
  onClose((await serveProbes(sink.metricsPort, metrics)).close);
  const store = openObjectStore(config);
  onClose(store.close);
  const { lake, close } = await openLake(config, log);
  onClose(close);
  await lake.ensureTables();
  const kafka = openKafka(config, log);
  onClose(kafka.close);
  await ensureTopics(kafka, topicPlanOf(config));
  const producer = await createProducer(kafka, { maxRecordBytes: maxRecordBytesOf(config) });
  onClose(producer.close);
  const maxLetterBytes = config.ingest.maxEventBytes;
  const deps: SinkStageDeps = {
    kafka,
    writeLetter: createSinkLetters({ producer, region, generation, maxLetterBytes }),
    codec: createCleanCodec(createStoredRegistry(store, region)),
    lake,
    region,
    generation,
    partitions,
    limits: sink,
    log,
    onFlush({ table, appended, skipped, attempts: tried, durationMs }) {
      rows.inc({ table, outcome: 'appended' }, appended);
      rows.inc({ table, outcome: 'skipped' }, skipped);
      attempts.inc({ table }, tried);
      flushes.observe({ table }, durationMs / 1000);
      log.debug({ table, appended, skipped, attempts: tried, duration_ms: durationMs }, 'committed');
    },
    onLag: (table, partition, records) => lag.set({ table, partition: String(partition) }, records),
    onGap(table, gap) {
      lost.inc({ table }, gap.found - gap.expected);
      log.error({ ...gap, table }, 'the log lost records before they were in the lake');
    },
  };
  const stage = runSinkStage(deps);
  onClose(stage.stop);
  stage.closed.catch(fail);
  const before = tailBefore(await createGenerationStore(store, region).read(), generation);
  if (before !== undefined && sink.tailMs > 0 && (await hasTail(kafka, region, before.generation))) {
    // Gauges and letters tell of this generation, whose partitions have the same numbers.
    const { onLag: _lag, writeLetter: _letters, ...others } = deps;
    const tail = runTail({ ...others, of: before, quietMs: sink.tailMs });
    onClose(tail.stop);
    tail.closed.catch(async (error: unknown) => {
      // Whoever deletes the topics of a sealed generation ends its tail, and nothing else.
      if (await hasTail(kafka, region, before.generation).catch(() => true)) fail(error);
      else log.warn({ generation: before.generation }, 'its topics are gone: its tail is read no more');
    });
  }
  const { rawRetentionDays, rawRetentionIntervalMs: intervalMs } = config.lake;
  onClose(startRawRetention({ lake, keepMs: rawRetentionDays * DAY_MS, intervalMs, log }).stop);
}
