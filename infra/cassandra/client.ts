/** Cassandra through its driver: connects at first use, makes keyspace and tables, fails fast and never retries by itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { auth, Client, policies, types, type ClientOptions } from 'cassandra-driver';
import { MarqueeError } from '../../domain/errors.ts';
import type { Config } from '../config.ts';
import { schemaOf } from './schema.ts';

export type Value = string | number | bigint | Buffer | Date | null | readonly string[];
export type Row = Readonly<Record<string, unknown>>;

export interface Cassandra {
  /**
   * Runs one prepared statement. Throws CASSANDRA_UNAVAILABLE when no node answers in time; then its outcome is unknown.
   */
  run(statement: string, values: readonly Value[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

const RECONNECT_FIRST_MS = 250;
const RECONNECT_LONGEST_MS = 2000;
const HEARTBEAT_MS = 5000;
/** Requests under way on one connection; beyond these the driver refuses at once. */
const MOST_REQUESTS = 2048;
/** Requests without an answer after which a connection is given up. */
const MOST_UNANSWERED = 64;

/** Changes of the schema take seconds on a busy node. */
const SCHEMA_TIMEOUT_MS = 20_000;
/** Longest wait for connections to be closed. */
const CLOSE_MS = 2000;
/** When nothing has succeeded for so long, it is connected anew. */
const RENEW_MS = 3000;

/** Nothing connects before the first statement. Throws CONFIG_INVALID without an address. */
export function createCassandra(settings: Config['cassandra']): Cassandra {
  if (settings.contactPoints === undefined) {
    const faults = 'CASSANDRA_CONTACT_POINTS is not set: run `marquee up --with cassandra`, or set it';
    throw new MarqueeError('CONFIG_INVALID', { faults });
  }
  let link = connectTo(settings);
  let failingSince: number | undefined;

  /** After a node was killed and started again the driver may find no connection for ever: a new one does. */
  function fail(on: Link): void {
    failingSince ??= performance.now();
    if (on !== link || performance.now() - failingSince < RENEW_MS) return;
    failingSince = undefined;
    link = connectTo(settings);
    on.close().catch(() => undefined);
  }

  return {
    async run(statement, values) {
      const on = link;
      try {
        await on.ready();
        const { rows } = await on.client.execute(statement, [...values], {
          prepare: true,
          isIdempotent: true,
        });
        failingSince = undefined;
        return rows ?? [];
      } catch (error) {
        if (!isOutage(error)) throw error;
        fail(on);
        throw unavailable(error as Error);
      }
    },
    close: () => link.close(),
  };
}

interface Link {
  readonly client: Client;
  /** Resolves once keyspace and tables are there. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

function connectTo(settings: Config['cassandra']): Link {
  const client = new Client(optionsOf(settings));
  // Failures are told to whoever asks; the driver's own events are for its log.
  client.on('log', () => undefined);
  let prepared: Promise<void> | undefined;

  async function prepare(): Promise<void> {
    await client.connect();
    const options = { prepare: false, readTimeout: SCHEMA_TIMEOUT_MS };
    for (const statement of schemaOf(settings)) await client.execute(statement, [], options);
  }

  return {
    client,
    /** Done once; tried again by the next statement where it failed. */
    ready() {
      prepared ??= prepare().catch((error: unknown) => {
        prepared = undefined;
        throw error;
      });
      return prepared;
    },
    async close() {
      const closed = new AbortController();
      // The driver may wait for an event that a lost connection never sends.
      const late = sleep(CLOSE_MS, undefined, { signal: closed.signal });
      await Promise.race([client.shutdown(), late]).finally(() => closed.abort());
    },
  };
}

function optionsOf(settings: Config['cassandra']): ClientOptions {
  const { contactPoints = '', dataCenter, username, password, connectTimeoutMs, requestTimeoutMs } = settings;
  return {
    contactPoints: contactPoints.split(',').filter((point) => point !== ''),
    localDataCenter: dataCenter,
    ...(username === undefined
      ? {}
      : { authProvider: new auth.PlainTextAuthProvider(username, password ?? '') }),
    socketOptions: {
      connectTimeout: connectTimeoutMs,
      readTimeout: requestTimeoutMs,
      defunctReadTimeoutThreshold: MOST_UNANSWERED,
    },
    pooling: { heartBeatInterval: HEARTBEAT_MS, maxRequestsPerConnection: MOST_REQUESTS },
    policies: {
      reconnection: new policies.reconnection.ExponentialReconnectionPolicy(
        RECONNECT_FIRST_MS,
        RECONNECT_LONGEST_MS,
        false,
      ),
      retry: new policies.retry.FallthroughRetryPolicy(),
    },
    queryOptions: { consistency: types.consistencies.localQuorum },
    encoding: { useBigIntAsLong: true },
  };
}

/** Errors of a program or of its settings, which time does not heal. */
const FAULTS = new Set([
  'TypeError',
  'RangeError',
  'ArgumentError',
  'AuthenticationError',
  'NotSupportedError',
]);
const { responseErrorCodes } = types;
const REFUSALS: ReadonlySet<number | undefined> = new Set([
  responseErrorCodes.unavailableException,
  responseErrorCodes.overloaded,
  responseErrorCodes.isBootstrapping,
  responseErrorCodes.truncateError,
  responseErrorCodes.writeTimeout,
  responseErrorCodes.readTimeout,
  responseErrorCodes.readFailure,
  responseErrorCodes.writeFailure,
]);

/** The driver has many words for a node that is away, plain errors among them. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof Error) || FAULTS.has(error.name)) return false;
  return error.name !== 'ResponseError' || REFUSALS.has((error as { code?: number }).code);
}

const unavailable = (cause: Error): MarqueeError =>
  new MarqueeError('CASSANDRA_UNAVAILABLE', { reason: firstLine(cause.message) }, { cause });

const firstLine = (text: string): string => text.split('\n')[0]!.slice(0, 300);
