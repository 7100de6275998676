/** The connection to Kafka that every adapter in this folder shares: settings, bounded retries, logs, one admin. */
import type {
  Admin,
  ISocketFactory,
  Kafka,
  KafkaConfig,
  LogEntry,
  logCreator,
  RetryOptions,
  SASLOptions,
} from 'kafkajs';
import { MarqueeError } from '../../domain/errors.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { readTlsFiles } from '../tls.ts';
import { loadKafkaJs } from './kafkajs.ts';

const RETRY_START_MS = 50;
const RETRY_LONGEST_MS = 2000;

export interface KafkaClient {
  readonly kafka: Kafka;
  readonly settings: Config['kafka'];
  readonly log: Log;
  /** One admin connection, made at first use and shared. */
  admin(): Promise<Admin>;
  /** Closes the admin connection; producers and consumers close themselves. */
  close(): Promise<void>;
}

/** Never connects by itself. `openSocket` is how brokers are reached, for tunnels and for tests that lose replies. */
export function createKafka(settings: Config['kafka'], log: Log, openSocket?: ISocketFactory): KafkaClient {
  const { Kafka, logLevel } = loadKafkaJs();
  const kafka = new Kafka({
    clientId: settings.clientId,
    brokers: [...settings.brokers],
    connectionTimeout: settings.connectionTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    enforceRequestTimeout: true,
    retry: retryOptions(settings),
    logLevel: logLevel.INFO,
    logCreator: bridge(log),
    ...securityOf(settings),
    ...(openSocket && { socketFactory: openSocket }),
  });
  let connecting: Promise<Admin> | undefined;
  return {
    kafka,
    settings,
    log,
    admin() {
      connecting ??= connect(kafka.admin()).catch((error: unknown) => {
        connecting = undefined;
        throw logUnavailable(error);
      });
      return connecting;
    },
    async close() {
      const open = connecting;
      connecting = undefined;
      await open?.then((admin) => admin.disconnect()).catch(() => undefined);
    },
  };
}

/** TLS and who this process is; certificates are always verified. */
function securityOf(settings: Config['kafka']): Pick<KafkaConfig, 'ssl' | 'sasl'> {
  const { ssl, saslMechanism: mechanism, saslUsername: username, saslPassword: password } = settings;
  const files = { ca: settings.sslCa, cert: settings.sslCert, key: settings.sslKey };
  const hasSasl = mechanism !== 'none' && username !== undefined && password !== undefined;
  return {
    ...(ssl && { ssl: { ...readTlsFiles(files, 'KAFKA_SSL'), minVersion: 'TLSv1.2' } }),
    ...(hasSasl && { sasl: { mechanism, username, password } as SASLOptions }),
  };
}

async function connect(admin: Admin): Promise<Admin> {
  await admin.connect();
  return admin;
}

/** Bounded, because endless retries hide outages: about `maxRetries` tries, each at most two seconds apart. */
export function retryOptions(settings: Config['kafka']): RetryOptions {
  return {
    initialRetryTime: RETRY_START_MS,
    maxRetryTime: RETRY_LONGEST_MS,
    factor: 0.2,
    multiplier: 2,
    retries: settings.maxRetries,
  };
}

/** kafkajs calls what it retries an error; what is final comes to the caller as an exception, so one level less. */
function bridge(log: Log): logCreator {
  const { logLevel } = loadKafkaJs();
  return () =>
    ({ namespace, level, log: entry }: LogEntry) => {
      const { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...fields } = entry;
      const line = { component: `kafkajs/${namespace}`, ...fields };
      if (level === logLevel.ERROR) log.warn(line, message);
      else if (level === logLevel.WARN) log.info(line, message);
      else log.debug(line, message);
    };
}

/** Whatever the client library threw, as LOG_UNAVAILABLE; errors of our own pass through. */
export function logUnavailable(error: unknown): MarqueeError {
  if (error instanceof MarqueeError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new MarqueeError('LOG_UNAVAILABLE', { reason }, { cause: error });
}

/** Whether it may pass by itself: a failure of Kafka, or another error of our own that says so. */
export function isRetryable(error: unknown): boolean {
  return error instanceof MarqueeError && error.retryable;
}
