/**
 * What reading costs: a topic of 1.2 KB records read by consumers that only count bytes. kafkajs as it is published is the
 * peer; beside it the consumer of `infra/kafka`, asked for records and asked for columns. Each is a process of its own,
 * in turns; garbage collection is in the figures.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { childEnvironment, loadConfig } from '../infra/config.ts';
import { openKafka } from '../infra/connections.ts';
import type { KafkaClient } from '../infra/kafka/client.ts';
import { createProducer } from '../infra/kafka/producer.ts';
import { createTopics } from '../infra/kafka/topics.ts';
import { silentLog } from '../infra/log.ts';
import { median, round, type Benchmark, type BenchmarkContext, type Figures } from './lib/benchmark.ts';
import { READ_SIDES, type ReadSide, type ReadTurn } from './lib/reading-process.ts';
import { withServers } from './lib/stack.ts';

const ROUNDS = 7;
const RECORDS = 300_000;
const PARTITIONS = 4;
const SEND_RECORDS = 1000;
const VALUE_BYTES = 1200;

type Environment = Readonly<Record<string, string>>;
type Round = Readonly<Record<ReadSide, ReadTurn>>;

export const benchmark: Benchmark = (context) =>
  withServers(['kafka'], context, (environment) => measure(environment, context));

async function measure(environment: Environment, { say }: BenchmarkContext): Promise<Figures> {
  const config = loadConfig(environment);
  const kafka = openKafka(config, silentLog());
  const topic = `bench.read.${randomUUID()}`;
  const admin = await kafka.admin();
  await createTopics(admin, [{ topic, numPartitions: PARTITIONS }]);
  const sides = new Map<ReadSide, ChildProcess>();
  try {
    await fill(kafka, topic);
    for (const side of READ_SIDES) sides.set(side, startSide(side, topic, environment));
    const rounds: Round[] = [];
    // The first round warms up.
    for (let i = 0; i <= ROUNDS; i += 1) {
      const turns: [ReadSide, ReadTurn][] = [];
      for (const [side, child] of sides) turns.push([side, await readOnce(child)]);
      const bytes = new Set(turns.map(([, turn]) => turn.bytes));
      if (bytes.size !== 1) throw new Error(`the sides counted different bytes: ${[...bytes].join(', ')}`);
      if (i === 0) continue;
      rounds.push(Object.fromEntries(turns) as Round);
      say(`round ${i}: ${turns.map(([side, turn]) => `${side} ${describe(turn)}`).join('; ')}`);
    }
    return figures(rounds);
  } finally {
    for (const child of sides.values()) child.kill();
    await admin.deleteTopics({ topics: [topic] });
    await kafka.close();
  }
}

async function fill(kafka: KafkaClient, topic: string): Promise<void> {
  const producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
  const noise = randomBytes(1 << 20);
  for (let from = 0; from < RECORDS; from += SEND_RECORDS) {
    const messages = Array.from({ length: SEND_RECORDS }, (_, i) => {
      const at = ((from + i) * 7919) % (noise.length - VALUE_BYTES);
      const value = noise.subarray(at, at + VALUE_BYTES);
      return { key: `profile-${(from + i) % 100_000}`, value, partition: (from + i) % PARTITIONS };
    });
    await producer.send([{ topic, messages }]);
  }
  await producer.close();
}

function startSide(side: ReadSide, topic: string, environment: Environment): ChildProcess {
  return fork(join(import.meta.dirname, 'lib/reading-process.ts'), [side, topic, String(RECORDS)], {
    env: childEnvironment(environment),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

async function readOnce(child: ChildProcess): Promise<ReadTurn> {
  child.send('read');
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`a reader ended with ${String(code)}`);
  });
  const [turn] = (await Promise.race([once(child, 'message'), gone])) as [ReadTurn];
  return turn;
}

function figures(rounds: readonly Round[]): Figures {
  const middle = (of: (round: Round) => number): number => round(median(rounds.map(of)));
  const perCpuSecond = ({ cpuSeconds }: ReadTurn): number => RECORDS / cpuSeconds;
  return {
    records_per_second: middle(({ columns }) => RECORDS / columns.seconds),
    columns_per_cpu_second: middle(({ columns }) => perCpuSecond(columns)),
    records_per_cpu_second: middle(({ records }) => perCpuSecond(records)),
    kafkajs_per_cpu_second: middle(({ kafkajs }) => perCpuSecond(kafkajs)),
    kafkajs_per_second: middle(({ kafkajs }) => RECORDS / kafkajs.seconds),
    ratio_columns: middle(({ columns, kafkajs }) => kafkajs.cpuSeconds / columns.cpuSeconds),
    ratio_records: middle(({ records, kafkajs }) => kafkajs.cpuSeconds / records.cpuSeconds),
  };
}

const describe = ({ cpuSeconds, seconds }: ReadTurn): string =>
  `${round((cpuSeconds / RECORDS) * 1e6)} µs of CPU a record, ${round(RECORDS / seconds)}/s`;
