/** An ingest app on a free port with a producer that does what a test wants. */
import { connect } from 'node:net';
import { once } from 'node:events';
import { MarqueeError } from '../../domain/errors.ts';
import { loadConfig } from '../../infra/config.ts';
import { listen, type HttpTimeouts } from '../../infra/http/listen.ts';
import type {
  Appended,
  LogProducer,
  OutgoingMessage,
  OutgoingTopic,
} from '../../infra/kafka/producer-port.ts';
import { silentLog } from '../../infra/log.ts';
import { createMetrics } from '../../infra/metrics.ts';
import { createIngestApp, type IngestDeps } from '../../streaming/ingest/app.ts';

const PLACEHOLDERS = {
  KAFKA_BROKERS: 'unused:1',
  TEMPORAL_ADDRESS: 'unused:1',
  S3_ENDPOINT: 'http://unused',
  AWS_ACCESS_KEY_ID: 'unused',
  AWS_SECRET_ACCESS_KEY: 'unused',
  ICEBERG_CATALOG_URI: 'http://unused',
};
export const PARTITIONS = 4;

/** Keeps what it is sent; `answer` decides about each send and may wait. */
export interface FakeProducer extends LogProducer {
  readonly sent: OutgoingMessage[];
  readonly sends: OutgoingTopic[][];
  answer: (batch: readonly OutgoingTopic[]) => Promise<void>;
  closed: boolean;
}

export function createFakeProducer(): FakeProducer {
  const producer: FakeProducer = {
    sent: [],
    sends: [],
    closed: false,
    answer: () => Promise.resolve(),
    async send(batch): Promise<Appended[]> {
      producer.sends.push([...batch]);
      await producer.answer(batch);
      for (const { messages } of batch) producer.sent.push(...messages);
      return [];
    },
    close() {
      producer.closed = true;
      return Promise.resolve();
    },
  };
  return producer;
}

export const logGone = (): Promise<never> =>
  Promise.reject(new MarqueeError('LOG_UNAVAILABLE', { reason: 'gone' }));

/** The settings of a configuration without any setting. */
export function ingestSettings(): IngestDeps['settings'] {
  return loadConfig({ ...PLACEHOLDERS, MARQUEE_DATA_DIR: '/nonexistent' }).ingest;
}

export interface TestIngest {
  readonly url: string;
  readonly port: number;
  readonly producer: FakeProducer;
  post(body: string | Buffer, headers?: Record<string, string>, query?: string): Promise<Response>;
  /** Everything the server says to these bytes, until it closes or is silent. */
  raw(bytes: string | Buffer): Promise<string>;
  metrics(): Promise<string>;
  close(): Promise<void>;
}

export async function openIngest(
  settings: Partial<IngestDeps['settings']> = {},
  timeouts: Partial<HttpTimeouts> = {},
  checks: IngestDeps['checks'] = {},
  more: Pick<IngestDeps, 'admission'> = {},
): Promise<TestIngest> {
  const producer = createFakeProducer();
  const { app, close } = createIngestApp({
    producer,
    topic: 'raw',
    partitions: PARTITIONS,
    settings: { ...ingestSettings(), lingerMs: 0, ...settings },
    checks,
    metrics: createMetrics(),
    log: silentLog(),
    ...more,
  });
  const server = await listen(app, { host: '127.0.0.1', port: 0, timeouts });
  const port = Number(new URL(server.url).port);
  return {
    url: server.url,
    port,
    producer,
    post: (body, headers = {}, query = '') =>
      fetch(`${server.url}/v1/events${query}`, {
        method: 'POST',
        body: typeof body === 'string' ? body : new Uint8Array(body),
        headers: { 'content-type': 'application/json', ...headers },
      }),
    async raw(bytes) {
      const socket = connect(port, '127.0.0.1');
      let heard = '';
      socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
      socket.on('error', () => undefined);
      socket.write(bytes);
      await once(socket, 'close', { signal: AbortSignal.timeout(15_000) });
      return heard;
    },
    metrics: async () => (await fetch(`${server.url}/metrics`)).text(),
    async close() {
      await server.close();
      await close();
    },
  };
}

/** A valid event; `attributes` replace or add. */
export function event(attributes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    kind: 'impression',
    eventId: 'e-1',
    eventTime: 1_790_000_000_000,
    profileId: 'p-1',
    country: 'GB',
    titleId: 't-1',
    row: 'trending',
    rank: 0,
    ...attributes,
  };
}
