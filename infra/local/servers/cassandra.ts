/** Apache Cassandra: one node, on loopback, without JMX. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cqlAnswers } from '../health.ts';
import type { Programs } from '../programs/programs.ts';
import type { Ports, ServerPlan } from '../server.ts';

export const CASSANDRA_PORTS = ['cql', 'storage'] as const;
/** What a node calls its data centre unless told otherwise. */
const DATA_CENTER = 'datacenter1';

export interface CassandraOptions {
  /** Folder of its own; holds the data, the configuration and the output. */
  readonly dir: string;
  readonly ports: Ports;
  readonly heapMb: number;
}

const LOGBACK = join(import.meta.dirname, '..', 'cassandra', 'logback.xml');

/** Writes the configuration and plans the start. */
export async function planCassandra(programs: Programs, options: CassandraOptions): Promise<ServerPlan> {
  const { dir, ports, heapMb } = options;
  const { java, jars } = await programs.cassandra();
  await mkdir(dir, { recursive: true });
  const settings = join(dir, 'cassandra.yaml');
  await writeFile(settings, renderYaml(nodeSettings(options)));
  return {
    name: 'cassandra',
    command: [
      java,
      ...[`-Xmx${heapMb}m`, `-Xms${Math.min(heapMb, 256)}m`, '-Xss256k', '-XX:+UseG1GC'],
      ...['-XX:MaxDirectMemorySize=256m', '-XX:+ExitOnOutOfMemoryError', '-Djdk.attach.allowAttachSelf=true'],
      ...EXPORTED.flatMap((name) => ['--add-exports', `${name}=ALL-UNNAMED`]),
      ...OPENED.flatMap((name) => ['--add-opens', `${name}=ALL-UNNAMED`]),
      ...[
        `-Dcassandra.config=${pathToFileURL(settings).href}`,
        `-Dcassandra.storagedir=${join(dir, 'data')}`,
      ],
      ...['-Dcassandra-foreground=yes', '-Dcassandra.skip_wait_for_gossip_to_settle=0'],
      ...['-Dcassandra.ring_delay_ms=100', `-Dlogback.configurationFile=${LOGBACK}`],
      ...['-cp', join(jars, '*'), 'org.apache.cassandra.service.CassandraDaemon'],
    ],
    env: {},
    log: join(dir, 'cassandra.log'),
    ports,
    environment: {
      CASSANDRA_CONTACT_POINTS: `127.0.0.1:${ports['cql']}`,
      CASSANDRA_DATA_CENTER: DATA_CENTER,
    },
    healthy: () => cassandraHealthy(ports),
  };
}

export const cassandraHealthy = (ports: Ports): Promise<boolean> => cqlAnswers(ports['cql'] ?? 0);

/** A node for one machine: single, small, and quick to start. */
function nodeSettings({ dir, ports }: CassandraOptions): Record<string, string | number | boolean> {
  const folder = (name: string): string => join(dir, 'data', name);
  return {
    cluster_name: 'marquee-local',
    num_tokens: 1,
    auto_bootstrap: false,
    partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
    listen_address: '127.0.0.1',
    storage_port: ports['storage']!,
    start_native_transport: true,
    rpc_address: '127.0.0.1',
    native_transport_port: ports['cql']!,
    native_transport_max_threads: 32,
    concurrent_reads: 16,
    concurrent_writes: 16,
    memtable_heap_space: '64MiB',
    memtable_offheap_space: '64MiB',
    file_cache_size: '64MiB',
    // Written before it is acknowledged, with whatever came within so long.
    commitlog_sync: 'group',
    commitlog_sync_group_window: '5ms',
    commitlog_segment_size: '16MiB',
    commitlog_total_space: '256MiB',
    commitlog_directory: folder('commitlog'),
    hints_directory: folder('hints'),
    saved_caches_directory: folder('saved_caches'),
    cdc_raw_directory: folder('cdc_raw'),
    endpoint_snitch: 'SimpleSnitch',
    auto_snapshot: false,
  };
}

const renderYaml = (settings: Record<string, string | number | boolean>): string =>
  [
    ...Object.entries(settings).map(([key, value]) => `${key}: ${JSON.stringify(value)}`),
    `data_file_directories: [${JSON.stringify(String(settings['commitlog_directory']).replace(/commitlog$/, 'rows'))}]`,
    'seed_provider:',
    '  - class_name: org.apache.cassandra.locator.SimpleSeedProvider',
    `    parameters: [{ seeds: "127.0.0.1:${settings['storage_port']}" }]`,
    '',
  ].join('\n');

/** What Cassandra 5 reaches of the Java runtime's insides, as in its own `conf/jvm17-server.options`. */
const EXPORTED = [
  'java.base/jdk.internal.misc',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.rmi/sun.rmi.registry',
  'java.rmi/sun.rmi.server',
  'java.rmi/sun.rmi.transport.tcp',
  'java.sql/java.sql',
  'java.base/java.lang.ref',
  'java.base/jdk.internal.perf',
  'java.base/jdk.internal.ref',
  'java.base/sun.nio.ch',
  'jdk.unsupported/sun.misc',
];
const OPENED = [
  ...[
    'java.base/java.lang',
    'java.base/java.lang.module',
    'java.base/java.lang.reflect',
    'java.base/java.io',
  ],
  ...['java.base/java.math', 'java.base/java.net', 'java.base/java.nio', 'java.base/java.nio.charset'],
  ...['java.base/java.nio.file.spi', 'java.base/java.util', 'java.base/java.util.concurrent'],
  ...[
    'java.base/java.util.concurrent.atomic',
    'java.base/jdk.internal.loader',
    'java.base/jdk.internal.math',
  ],
  ...['java.base/jdk.internal.misc', 'java.base/jdk.internal.module', 'java.base/jdk.internal.ref'],
  ...['java.base/jdk.internal.reflect', 'java.base/jdk.internal.util', 'java.base/jdk.internal.util.jar'],
  ...['java.base/jdk.internal.vm', 'java.base/sun.nio.ch', 'jdk.management/com.sun.management.internal'],
  ...['java.rmi/sun.rmi.transport', 'java.rmi/sun.rmi.transport.tcp'],
];
