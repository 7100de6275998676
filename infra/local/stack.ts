/** The local stack: the servers Marquee needs, started for one data folder and found again by `stack.json`. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalConfig } from '../config.ts';
import { KINDS, launch } from './launch.ts';
import { isSameProcess, stopProcess } from './process.ts';
import { assertPrerequisites } from './programs/preflight.ts';
import { createPrograms } from './programs/programs.ts';
import { readStackFile, withStackLock, writeStackFile } from './stack-file.ts';
import {
  OPTIONAL_SERVERS,
  SERVERS,
  type ComponentName,
  type Ports,
  type Report,
  type ServerName,
  type ServerRecord,
  type ToolName,
} from './server.ts';

/** What `up` brings unless told otherwise; the time-skipping test server is for tests alone. */
export const DEFAULT_COMPONENTS: readonly ComponentName[] = [
  ...SERVERS.filter((name) => !OPTIONAL_SERVERS.includes(name)),
  'duckdb-extensions',
];

/** A server that lives but does not answer for this long is started anew. */
const PATIENCE_MS = 10_000;

export type ServerState = 'running' | 'unhealthy' | 'stopped' | 'external';

export interface ServerStatus {
  readonly server: ServerName;
  readonly state: ServerState;
  readonly pid?: number;
  readonly ports?: Ports;
  readonly log?: string;
  readonly startedAt?: string;
}

export interface Stack {
  /** Brings what is asked for; what runs already is left alone. Resolves with the environment clients need. */
  up(components?: readonly ComponentName[]): Promise<Readonly<Record<string, string>>>;
  /** Stops the servers that `up` started, by pid and command line. Resolves with their names. */
  down(): Promise<ServerName[]>;
  /** Of the servers that `up` brings, and of the others that were started here or are configured. */
  status(): Promise<ServerStatus[]>;
}

export interface StackOptions {
  readonly config: LocalConfig;
  readonly report?: Report;
}

const EXTERNAL_KEY: Readonly<Record<ServerName, string>> = {
  kafka: 'KAFKA_BROKERS',
  temporal: 'TEMPORAL_ADDRESS',
  seaweedfs: 'S3_ENDPOINT',
  cassandra: 'CASSANDRA_CONTACT_POINTS',
};
const TOOL_KEY: Readonly<Record<ToolName, string>> = {
  'duckdb-extensions': 'DUCKDB_EXTENSION_DIR',
  'temporal-test-server': 'TEMPORAL_TEST_SERVER_PATH',
};

export function createStack({ config, report = () => {} }: StackOptions): Stack {
  const { dataDir, external } = config;

  function remember(change: {
    server?: [ServerName, ServerRecord];
    environment?: Readonly<Record<string, string>>;
  }) {
    const file = readStackFile(dataDir);
    writeStackFile(dataDir, {
      environment: { ...file.environment, ...change.environment },
      servers: {
        ...file.servers,
        ...(change.server === undefined ? {} : Object.fromEntries([change.server])),
      },
    });
  }

  async function bringServer(name: ServerName): Promise<void> {
    const known = readStackFile(dataDir).servers[name];
    if (known?.pid !== undefined && (await stillServes(name, known))) return;
    if (known?.pid !== undefined) await stopProcess(known.pid, known.command, config.local.stopTimeoutMs);
    const server = await launch(name, {
      config,
      dir: join(dataDir, name),
      report,
      onStart: (record) => {
        remember({ server: [name, record] });
        report({ component: name, phase: 'waiting' });
      },
      ...(known === undefined ? {} : { preferred: known.ports }),
    });
    remember({ server: [name, server.record], environment: server.environment });
  }

  async function bringTool(name: ToolName): Promise<void> {
    const programs = createPrograms({ ...config.local, searchPath: config.searchPath, report });
    const path = await (name === 'duckdb-extensions'
      ? programs.duckdbExtensions()
      : programs.temporalTestServer());
    remember({ environment: { [TOOL_KEY[name]]: path } });
  }

  async function bring(component: ComponentName): Promise<void> {
    const given = external[keyOf(component)];
    if (given !== undefined) return report({ component, phase: 'external', detail: given });
    try {
      await (isServer(component) ? bringServer(component) : bringTool(component));
      report({ component, phase: 'ready' });
    } catch (error) {
      report({ component, phase: 'failed', detail: (error as Error).message });
      throw error;
    }
  }

  async function stop(name: ServerName, record: ServerRecord): Promise<ServerName | undefined> {
    const { pid, ...rest } = record;
    if (pid === undefined) return undefined;
    const mine = isSameProcess(pid, record.command);
    if (mine) {
      report({ component: name, phase: 'stopping' });
      await stopProcess(pid, record.command, config.local.stopTimeoutMs);
      report({ component: name, phase: 'stopped' });
    }
    remember({ server: [name, rest] });
    return mine ? name : undefined;
  }

  const known = (): readonly ServerName[] => {
    const { servers } = readStackFile(dataDir);
    const isHere = (name: ServerName): boolean =>
      servers[name]?.pid !== undefined || external[EXTERNAL_KEY[name]] !== undefined;
    return SERVERS.filter((name) => !OPTIONAL_SERVERS.includes(name) || isHere(name));
  };

  return {
    up: (components = DEFAULT_COMPONENTS) =>
      withStackLock(dataDir, async () => {
        await assertPrerequisites(
          config,
          components.filter((component) => external[keyOf(component)] === undefined),
        );
        const results = await Promise.allSettled(components.map(bring));
        const failed = results.find((result) => result.status === 'rejected');
        if (failed !== undefined) throw failed.reason;
        return { ...readStackFile(dataDir).environment, ...external };
      }),
    down: () =>
      withStackLock(dataDir, async () => {
        const records = Object.entries(readStackFile(dataDir).servers) as [ServerName, ServerRecord][];
        const stopped = await Promise.all(records.map(([name, record]) => stop(name, record)));
        return stopped.filter((name) => name !== undefined);
      }),
    status: () => Promise.all(known().map((name) => statusOf(name, config))),
  };
}

const isServer = (component: ComponentName): component is ServerName =>
  (SERVERS as readonly string[]).includes(component);

/** The environment key that, when set, says that the component is not started here. */
const keyOf = (component: ComponentName): string =>
  isServer(component) ? EXTERNAL_KEY[component] : TOOL_KEY[component];

async function stillServes(name: ServerName, record: ServerRecord): Promise<boolean> {
  const deadline = Date.now() + PATIENCE_MS;
  while (record.pid !== undefined && isSameProcess(record.pid, record.command)) {
    if (await KINDS[name].healthy(record.ports)) return true;
    if (Date.now() >= deadline) return false;
    await sleep(200);
  }
  return false;
}

async function statusOf(server: ServerName, config: LocalConfig): Promise<ServerStatus> {
  if (config.external[EXTERNAL_KEY[server]] !== undefined) return { server, state: 'external' };
  const record = readStackFile(config.dataDir).servers[server];
  if (record === undefined) return { server, state: 'stopped' };
  const { pid, ports, log, startedAt, command } = record;
  if (pid === undefined || !isSameProcess(pid, command)) return { server, state: 'stopped', ports, log };
  const state = (await KINDS[server].healthy(ports)) ? 'running' : 'unhealthy';
  return { server, state, pid, ports, log, startedAt };
}
