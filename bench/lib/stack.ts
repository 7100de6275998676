/** Servers for a benchmark: those that are configured or run already, else private ones for its duration. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnvironment, loadLocalConfig, resolveEnvironment } from '../../infra/config.ts';
import { createStack } from '../../infra/local/stack.ts';
import type { ServerName } from '../../infra/local/server.ts';
import type { BenchmarkContext } from './benchmark.ts';

const ADDRESS_KEY: Readonly<Record<ServerName, string>> = {
  kafka: 'KAFKA_BROKERS',
  temporal: 'TEMPORAL_ADDRESS',
  seaweedfs: 'S3_ENDPOINT',
  cassandra: 'CASSANDRA_CONTACT_POINTS',
};
/** Stands for servers that the benchmark does not talk to. */
const UNUSED: Readonly<Record<string, string>> = {
  KAFKA_BROKERS: 'unused:1',
  TEMPORAL_ADDRESS: 'unused:1',
  S3_ENDPOINT: 'http://unused',
  AWS_ACCESS_KEY_ID: 'unused',
  AWS_SECRET_ACCESS_KEY: 'unused',
  ICEBERG_CATALOG_URI: 'http://unused',
};

/** As shells tell of a process that a signal ended. */
const EXIT_OF: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 130, SIGTERM: 143 };

/** Configured by whoever calls, or local and running: a local stack that was stopped leaves its addresses behind. */
export async function areThere(
  servers: readonly ServerName[],
  found: Readonly<Record<string, string>>,
  env = childEnvironment(),
): Promise<boolean> {
  if (servers.some((server) => found[ADDRESS_KEY[server]] === undefined)) return false;
  const local = servers.filter((server) => (env[ADDRESS_KEY[server]] ?? '') === '');
  if (local.length === 0) return true;
  const statuses = await createStack({ config: loadLocalConfig(env) }).status();
  return local.every((name) => statuses.some(({ server, state }) => server === name && state === 'running'));
}

/** Runs `measure` with the environment that processes under test need. */
export async function withServers<T>(
  servers: readonly ServerName[],
  { say }: BenchmarkContext,
  measure: (environment: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  const found = resolveEnvironment();
  if (await areThere(servers, found)) return measure({ ...UNUSED, ...found });
  const scratch = mkdtempSync(join(tmpdir(), 'marquee-bench-'));
  const config = loadLocalConfig(childEnvironment({ MARQUEE_DATA_DIR: scratch }));
  const stack = createStack({
    config,
    report: ({ component, phase }) => {
      say(`${component}: ${phase}`);
    },
  });
  const stop = async (): Promise<void> => {
    await stack.down();
    rmSync(scratch, { recursive: true, force: true });
  };
  // Servers are no part of this process: they would outlive it.
  const cutShort = (signal: NodeJS.Signals): void => {
    say(`${signal}: the servers are stopped first`);
    void stop().finally(() => process.exit(EXIT_OF[signal]));
  };
  process.once('SIGINT', cutShort).once('SIGTERM', cutShort);
  try {
    // Who has an object store may have a lake in it, which DuckDB reads by extensions.
    const extensions = servers.includes('seaweedfs') ? (['duckdb-extensions'] as const) : [];
    const started = await stack.up([...servers, ...extensions]);
    return await measure({ ...UNUSED, ...started });
  } finally {
    process.off('SIGINT', cutShort).off('SIGTERM', cutShort);
    await stop();
  }
}
