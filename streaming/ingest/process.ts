/** The ingest process: Kafka, topics, producer, app, port, built in that order and closed in the opposite one. */
import { writtenIn, type GenerationHistory } from '../../domain/generations.ts';
import { topicName } from '../../domain/topics.ts';
import { openKafka, topicPlanOf } from '../../infra/connections.ts';
import { configIn, knownGenerations, openGenerations } from '../../infra/generations/open.ts';
import { openAccessOf } from '../../infra/http/auth/open.ts';
import { listen } from '../../infra/http/listen.ts';
import { logBounds } from '../../infra/kafka/offsets.ts';
import { createProducer } from '../../infra/kafka/producer.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { createMetrics } from '../../infra/metrics.ts';
import type { ServiceContext } from '../../infra/service.ts';
import { createIngestApp } from './app.ts';
import type { RawTopic } from './micro-batcher.ts';

/** How long the object store may take to say which generation is written to, where nothing is remembered. */
const PATIENCE_MS = 5000;

/**
 * Resolves with the address it listens on. Writes to the newest generation, and to the next as soon as it is there;
 * throws OBJECT_STORE_UNAVAILABLE where nobody says which that is.
 */
export async function startIngest({ config, log, onClose }: ServiceContext): Promise<string> {
  const { region, ingest } = config;
  const metrics = createMetrics({ labels: { process: 'ingest', region }, processMetrics: true });
  const access = await openAccessOf(
    { config, metrics, log, onClose },
    { setting: 'INGEST_HOST', host: ingest.host },
  );
  const kafka = openKafka(config, log);
  onClose(kafka.close);
  let onChange: (history: GenerationHistory) => void = () => undefined;
  const generations = openGenerations(config, log, { remembers: true, onChange: (known) => onChange(known) });
  if (generations !== undefined) onClose(generations.close);
  const history = generations && (await knownGenerations(generations, region, PATIENCE_MS));
  const written = configIn(config, writtenIn(history ?? [], config));
  await ensureTopics(kafka, topicPlanOf(written));
  const producer = await createProducer(kafka, { maxRecordBytes: ingest.maxEventBytes });
  let target: RawTopic = {
    topic: topicName(region, written.generation, 'raw-events'),
    partitions: written.partitions,
  };
  const checks = { kafka: () => logBounds(kafka, target.topic) };
  const { app, moveTo, close } = createIngestApp({
    ...{ producer, ...target, settings: ingest, checks, metrics, log },
    admission: { access, limits: config.limits },
  });
  onClose(close);
  onChange = (known) => {
    const { generation, partitions } = writtenIn(known, config);
    const topic = topicName(region, generation, 'raw-events');
    if (topic === target.topic) return;
    log.info({ topic, partitions, before: target.topic }, 'events go to the next generation');
    moveTo((target = { topic, partitions }));
  };
  // What was heard while the rest was built.
  if (generations !== undefined) onChange(generations.current() ?? []);
  const server = await listen(app, {
    ...{ host: ingest.host, port: ingest.port },
    maxConnections: config.limits.maxConnections,
  });
  onClose(server.close);
  log.info({ url: server.url, topic: target.topic }, 'listening');
  return server.url;
}
