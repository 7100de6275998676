/** Apache Kafka in KRaft mode: one process that is broker and controller, on loopback. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MarqueeError } from '../../../domain/errors.ts';
import { kafkaAnswers } from '../health.ts';
import { faultLine, runProgram } from '../programs/find.ts';
import type { Programs } from '../programs/programs.ts';
import type { Ports, ServerPlan } from '../server.ts';

export const KAFKA_PORTS = ['broker', 'controller'] as const;

export interface KafkaOptions {
  /** Folder of its own; holds the log, the configuration and the output. */
  readonly dir: string;
  readonly ports: Ports;
  readonly heapMb: number;
  /** Lines added to the broker's configuration, e.g. for a test: `{ 'log.segment.bytes': '14000' }`. */
  readonly overrides?: Readonly<Record<string, string>>;
}

const LOG4J2 = join(import.meta.dirname, '..', 'kafka', 'log4j2.xml');

/** Writes the configuration, formats the storage the first time and plans the start. */
export async function planKafka(programs: Programs, options: KafkaOptions): Promise<ServerPlan> {
  const { dir, ports } = options;
  const { java, jars } = await programs.kafka();
  await mkdir(dir, { recursive: true });
  const properties = join(dir, 'server.properties');
  await writeFile(properties, renderProperties(brokerSettings(options)));
  const classPath = ['-cp', join(jars, '*')];
  if (!existsSync(join(dir, 'log', 'meta.properties'))) await format(java, classPath, properties);
  return {
    name: 'kafka',
    command: [
      java,
      ...[`-Xmx${options.heapMb}m`, '-Xms128m', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20'],
      ...[`-Dlog4j2.configurationFile=${LOG4J2}`, ...classPath, 'kafka.Kafka', properties],
    ],
    env: {},
    log: join(dir, 'kafka.log'),
    ports,
    environment: { KAFKA_BROKERS: `127.0.0.1:${ports['broker']}` },
    healthy: () => kafkaHealthy(ports),
  };
}

export const kafkaHealthy = (ports: Ports): Promise<boolean> => kafkaAnswers(ports['broker'] ?? 0);

/** A broker for one machine: everything single, small, and quick to rebalance. */
function brokerSettings(options: KafkaOptions): Record<string, string> {
  const broker = `127.0.0.1:${options.ports['broker']}`;
  const controller = `127.0.0.1:${options.ports['controller']}`;
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@${controller}`,
    listeners: `PLAINTEXT://${broker},CONTROLLER://${controller}`,
    'advertised.listeners': `PLAINTEXT://${broker}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(options.dir, 'log'),
    'auto.create.topics.enable': 'false',
    'message.max.bytes': '4194304',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'num.network.threads': '2',
    'num.io.threads': '4',
    'log.cleaner.dedupe.buffer.size': '8388608',
    ...options.overrides,
  };
}

const renderProperties = (settings: Record<string, string>): string =>
  Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');

async function format(java: string, classPath: readonly string[], properties: string): Promise<void> {
  const clusterId = randomBytes(16).toString('base64url').replaceAll(/^-/g, 'A');
  const { ok, output } = await runProgram(
    java,
    [
      ...[
        '-Xmx128m',
        `-Dlog4j2.configurationFile=${LOG4J2}`,
        ...classPath,
        'kafka.tools.StorageTool',
        'format',
      ],
      ...['--ignore-formatted', '--cluster-id', clusterId, '--config', properties],
    ],
    { timeoutMs: 60_000 },
  );
  if (ok) return;
  const reason = `its storage cannot be formatted (${faultLine(output)})`;
  throw new MarqueeError('SERVER_MISSING', {
    server: 'Apache Kafka',
    reason,
    remedy: 'Run `marquee doctor`',
  });
}
