/** The ingest process: Kafka, topics, producer, app, port, built in that order and closed in the opposite one. */
import { topicName } from '../../domain/topics.ts';
import { openKafka, topicPlanOf } from '../../infra/connections.ts';
import { listen } from '../../infra/http/listen.ts';
import { logBounds } from '../../infra/kafka/offsets.ts';
import { createProducer } from '../../infra/kafka/producer.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { createMetrics } from '../../infra/metrics.ts';
import type { ServiceContext } from '../../infra/service.ts';
import { createIngestApp } from './app.ts';

/** Resolves with the address it listens on. */
export async function startIngest({ config, log, onClose }: ServiceContext): Promise<string> {
  const { region, generation, partitions, ingest } = config;
  const metrics = createMetrics({ labels: { process: 'ingest', region }, processMetrics: true });
  const kafka = openKafka(config, log);
  onClose(kafka.close);
  await ensureTopics(kafka, topicPlanOf(config));
  const producer = await createProducer(kafka, { maxRecordBytes: ingest.maxEventBytes });
  const topic = topicName(region, generation, 'raw-events');
  const checks = { kafka: () => logBounds(kafka, topic) };
  const { app, close } = createIngestApp({
    producer,
    topic,
    partitions,
    settings: ingest,
    checks,
    metrics,
    log,
  });
  onClose(close);
  const server = await listen(app, { host: ingest.host, port: ingest.port });
  onClose(server.close);
  log.info({ url: server.url, topic }, 'listening');
  return server.url;
}
