/** Kafka for tests: a client on the real broker with short timeouts, and topics of their own for each test file. */
import { randomUUID } from 'node:crypto';
import type { ISocketFactory } from 'kafkajs';
import { MarqueeError } from '../../domain/errors.ts';
import { loadLocalConfig, resolveEnvironment, type Config } from '../../infra/config.ts';
import { kafkaSection } from '../../infra/config/kafka.ts';
import { createKafka, type KafkaClient } from '../../infra/kafka/client.ts';
import { createTopics } from '../../infra/kafka/topics.ts';
import { createLog, silentLog } from '../../infra/log.ts';

export interface TestKafka {
  readonly client: KafkaClient;
  /** A second client on the same broker, e.g. through a proxy or with other settings. */
  another(options: { openSocket?: ISocketFactory; settings?: Partial<Config['kafka']> }): KafkaClient;
  /** Creates a topic that `close` deletes again; returns its name. */
  topic(name: string, partitions: number, entries?: Record<string, string>): Promise<string>;
  close(): Promise<void>;
}

const FAST: Partial<Config['kafka']> = {
  sessionTimeoutMs: 6000,
  rebalanceTimeoutMs: 6000,
  heartbeatIntervalMs: 300,
  requestTimeoutMs: 3000,
  fetchMaxWaitMs: 50,
};

function brokers(): string {
  const { KAFKA_BROKERS: found } = resolveEnvironment();
  if (found === undefined) {
    throw new MarqueeError('CONFIG_INVALID', {
      faults: 'there is no Kafka: run `npm test` or set KAFKA_BROKERS',
    });
  }
  return found;
}

export function openTestKafka(): TestKafka {
  const log =
    loadLocalConfig().logLevel === 'debug' ? createLog({ name: 'test', level: 'debug' }) : silentLog();
  const settings = { ...kafkaSection.parse({ brokers: brokers() }), ...FAST };
  const client = createKafka(settings, log);
  const clients = [client];
  const topics: string[] = [];
  return {
    client,
    another(options) {
      const other = createKafka({ ...settings, ...options.settings }, log, options.openSocket);
      clients.push(other);
      return other;
    },
    async topic(name, partitions, entries = {}) {
      const topic = `test.${name}.${randomUUID().slice(0, 8)}`;
      const admin = await client.admin();
      const configEntries = Object.entries(entries).map(([key, value]) => ({ name: key, value }));
      await createTopics(admin, [{ topic, numPartitions: partitions, configEntries }]);
      topics.push(topic);
      return topic;
    },
    async close() {
      const admin = await client.admin();
      if (topics.length > 0) await admin.deleteTopics({ topics }).catch(() => undefined);
      await Promise.all(clients.map((one) => one.close()));
    },
  };
}
