/** Starting one server: ports, plan, process. Used by the stack, and by tests that need a server of their own. */
import { isMarqueeError } from '../../domain/errors.ts';
import type { LocalConfig } from '../config.ts';
import { choosePorts, type PortRequest } from './ports.ts';
import { createPrograms, type Programs } from './programs/programs.ts';
import type { Ports, Report, RunningServer, ServerName, ServerPlan, ServerRecord } from './server.ts';
import { CASSANDRA_PORTS, cassandraHealthy, planCassandra } from './servers/cassandra.ts';
import { KAFKA_PORTS, kafkaHealthy, planKafka } from './servers/kafka.ts';
import {
  planSeaweedfs,
  SEAWEEDFS_PORT_OFFSET,
  SEAWEEDFS_PORTS,
  seaweedfsHealthy,
} from './servers/seaweedfs.ts';
import { planTemporal, TEMPORAL_PORTS, temporalHealthy } from './servers/temporal.ts';
import { startServer } from './start.ts';

export interface LaunchOptions {
  readonly config: LocalConfig;
  /** Folder of the server's own. Starting again on the same folder finds the data again. */
  readonly dir: string;
  /** Ports to take again while they are free. */
  readonly preferred?: Ports;
  readonly report?: Report;
  /** Called as soon as the process runs, before it answers. */
  readonly onStart?: (record: ServerRecord) => void;
  /** Lines added to the broker's configuration (Kafka only). */
  readonly overrides?: Readonly<Record<string, string>>;
}

interface Kind {
  readonly ports: Omit<PortRequest, 'preferred'>;
  plan(programs: Programs, options: LaunchOptions, ports: Ports): Promise<ServerPlan>;
  healthy(ports: Ports): Promise<boolean>;
}

export const KINDS: Readonly<Record<ServerName, Kind>> = {
  kafka: {
    ports: { names: KAFKA_PORTS },
    plan: (programs, { config, dir, overrides = {} }, ports) =>
      planKafka(programs, { dir, ports, heapMb: config.local.kafkaHeapMb, overrides }),
    healthy: kafkaHealthy,
  },
  temporal: {
    ports: { names: TEMPORAL_PORTS },
    plan: (programs, { dir }, ports) => planTemporal(programs, { dir, ports }),
    healthy: temporalHealthy,
  },
  seaweedfs: {
    ports: { names: SEAWEEDFS_PORTS, pairOffset: SEAWEEDFS_PORT_OFFSET },
    plan: (programs, { config, dir }, ports) =>
      planSeaweedfs(programs, { dir, ports, bucket: config.bucket, warehouse: 'warehouse' }),
    healthy: seaweedfsHealthy,
  },
  cassandra: {
    ports: { names: CASSANDRA_PORTS },
    plan: (programs, { config, dir }, ports) =>
      planCassandra(programs, { dir, ports, heapMb: config.local.cassandraHeapMb }),
    healthy: cassandraHealthy,
  },
};

/**
 * Starts a server and resolves once it answers. A port can be taken between choosing and listening: a server that ends
 * at once is tried a second time on other ports. Throws SERVER_MISSING, SERVER_UNHEALTHY or DOWNLOAD_CORRUPT.
 */
export async function launch(name: ServerName, options: LaunchOptions): Promise<RunningServer> {
  try {
    return await attempt(name, options, options.preferred);
  } catch (error) {
    if (!isMarqueeError(error, 'SERVER_MISSING') || error.details['ended'] === undefined) throw error;
    return attempt(name, options, undefined);
  }
}

async function attempt(name: ServerName, options: LaunchOptions, preferred?: Ports): Promise<RunningServer> {
  const { config, report = () => {} } = options;
  const kind = KINDS[name];
  const programs = createPrograms({ ...config.local, searchPath: config.searchPath, report });
  const ports = await choosePorts({ ...kind.ports, ...(preferred === undefined ? {} : { preferred }) });
  const plan = await kind.plan(programs, options, ports);
  report({ component: name, phase: 'starting' });
  return startServer(plan, {
    startTimeoutMs: config.local.startTimeoutMs,
    stopTimeoutMs: config.local.stopTimeoutMs,
    ...(options.onStart === undefined ? {} : { onStart: options.onStart }),
  });
}

export const startKafka = (options: LaunchOptions): Promise<RunningServer> => launch('kafka', options);
export const startTemporal = (options: LaunchOptions): Promise<RunningServer> => launch('temporal', options);
export const startSeaweedfs = (options: LaunchOptions): Promise<RunningServer> =>
  launch('seaweedfs', options);
export const startCassandra = (options: LaunchOptions): Promise<RunningServer> =>
  launch('cassandra', options);
