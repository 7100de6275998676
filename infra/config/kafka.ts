import { z } from 'zod';
import { choice, flag, integer, optionalText, requiredList, text } from './setting.ts';

export const kafkaSection = z.object({
  brokers: requiredList('KAFKA_BROKERS', {
    pattern: /^[^\s:]+:\d+$/,
    expects: 'host:port, or several with commas between',
    reason: 'Where to reach Kafka first. Unset: the local stack.',
  }),
  clientId: text('KAFKA_CLIENT_ID', {
    default: 'marquee',
    reason: 'Names this process in broker logs and quotas.',
  }),
  sessionTimeoutMs: integer('KAFKA_SESSION_TIMEOUT_MS', {
    default: 10_000,
    min: 1000,
    max: 300_000,
    reason:
      'A group member silent for this long loses its partitions. Shorter recovers sooner, longer rides out pauses.',
  }),
  rebalanceTimeoutMs: integer('KAFKA_REBALANCE_TIMEOUT_MS', {
    default: 15_000,
    min: 1000,
    max: 600_000,
    reason: 'How long members may take to rejoin when partitions are shared out anew.',
  }),
  heartbeatIntervalMs: integer('KAFKA_HEARTBEAT_INTERVAL_MS', {
    default: 1000,
    min: 100,
    max: 60_000,
    reason: 'How often a member says that it lives; at most a third of the session timeout.',
  }),
  requestTimeoutMs: integer('KAFKA_REQUEST_TIMEOUT_MS', {
    default: 10_000,
    min: 100,
    max: 120_000,
    reason: 'A request without a reply for this long has an unknown outcome.',
  }),
  connectionTimeoutMs: integer('KAFKA_CONNECTION_TIMEOUT_MS', {
    default: 3000,
    min: 100,
    max: 60_000,
    reason: 'How long a broker may take to accept a connection.',
  }),
  maxRetries: integer('KAFKA_MAX_RETRIES', {
    default: 5,
    min: 0,
    max: 100,
    reason: 'Bounded, because endless retries hide outages.',
  }),
  maxBytesPerPartition: integer('KAFKA_MAX_BYTES_PER_PARTITION', {
    default: 1 << 20,
    min: 1 << 14,
    max: 1 << 26,
    reason: 'Most bytes one fetch brings per partition; bounds the memory of a consumer.',
  }),
  fetchMaxWaitMs: integer('KAFKA_FETCH_MAX_WAIT_MS', {
    default: 100,
    min: 1,
    max: 5000,
    reason: 'How long the broker holds an empty fetch; part of the freshness of every row.',
  }),
  replicationFactor: integer('KAFKA_REPLICATION_FACTOR', {
    default: 1,
    min: 1,
    max: 9,
    reason: 'Copies of each topic that Marquee creates; 3 in production.',
  }),
  ssl: flag('KAFKA_SSL', {
    default: false,
    reason: 'Whether brokers are reached over TLS (1.2 or newer), their certificates verified.',
  }),
  sslCa: optionalText('KAFKA_SSL_CA', {
    expects: 'a PEM file',
    reason: "Who signs the brokers' certificates. Unset: the authorities that Node trusts.",
  }),
  sslCert: optionalText('KAFKA_SSL_CERT', {
    expects: 'a PEM file',
    reason: 'The certificate of this process, where brokers ask for one; goes with KAFKA_SSL_KEY.',
  }),
  sslKey: optionalText('KAFKA_SSL_KEY', { expects: 'a PEM file', reason: 'The key of that certificate.' }),
  saslMechanism: choice('KAFKA_SASL_MECHANISM', ['none', 'plain', 'scram-sha-256', 'scram-sha-512'], {
    default: 'none',
    reason: 'How this process says who it is; plain sends the password itself and therefore needs KAFKA_SSL.',
  }),
  saslUsername: optionalText('KAFKA_SASL_USERNAME', { reason: 'Who this process is to Kafka.' }),
  saslPassword: optionalText('KAFKA_SASL_PASSWORD', { secret: true, reason: 'Proves that it is.' }),
});
