/** A consumer that counts bytes, in a process of its own: reads the whole topic whenever its parent says so. */
import { randomUUID } from 'node:crypto';
import { loadConfig, type Config } from '../../infra/config.ts';

export const READ_SIDES = ['kafkajs', 'records', 'columns'] as const;
export type ReadSide = (typeof READ_SIDES)[number];

/** From the first batch to the last record. */
export interface ReadTurn {
  readonly cpuSeconds: number;
  readonly seconds: number;
  readonly bytes: number;
}

interface Reading {
  readonly topic: string;
  readonly kafka: Config['kafka'];
  readonly groupId: string;
  /** Before the first batch is looked at. */
  begin(): void;
  count(records: number, bytes: number): void;
}

async function readOnce(side: ReadSide, topic: string, total: number): Promise<ReadTurn> {
  const { promise: done, resolve }: PromiseWithResolvers<void> = Promise.withResolvers();
  let started: number | undefined;
  let cpu = process.cpuUsage();
  let left = total;
  let bytes = 0;
  let turn: ReadTurn | undefined;
  const close = await (side === 'kafkajs' ? readPlainly : readOurs)(
    {
      ...{ topic, kafka: loadConfig().kafka, groupId: `bench-${randomUUID()}` },
      begin() {
        if (started !== undefined) return;
        started = performance.now();
        cpu = process.cpuUsage();
      },
      count(records, more) {
        left -= records;
        bytes += more;
        if (left > 0) return;
        const { user, system } = process.cpuUsage(cpu);
        turn = { cpuSeconds: (user + system) / 1e6, seconds: (performance.now() - started!) / 1000, bytes };
        resolve();
      },
    },
    side,
  );
  await done;
  await close();
  return turn!;
}

type Close = () => Promise<void>;

/** kafkajs as it is published; nothing of `infra/kafka`, which repairs it, is loaded here. */
async function readPlainly({ topic, kafka: settings, groupId, begin, count }: Reading): Promise<Close> {
  const { Kafka, logLevel } = (await import('kafkajs')).default;
  const kafka = new Kafka({ brokers: [...settings.brokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: settings.fetchMaxWaitMs,
    maxBytesPerPartition: settings.maxBytesPerPartition,
    maxBytes: settings.maxBytesPerPartition * 8,
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: 64,
    async eachBatch({ batch: { messages } }) {
      begin();
      let bytes = 0;
      for (const { value } of messages) bytes += value!.length;
      count(messages.length, bytes);
    },
  });
  return () => consumer.disconnect();
}

async function readOurs({ topic, kafka, groupId, begin, count }: Reading, side: ReadSide): Promise<Close> {
  const { createKafka } = await import('../../infra/kafka/client.ts');
  const { runConsumer } = await import('../../infra/kafka/consumer.ts');
  const { silentLog } = await import('../../infra/log.ts');
  const client = createKafka(kafka, silentLog());
  const consumer = runConsumer(client, {
    groupId,
    topics: [topic],
    onAssigned: () => Promise.resolve(undefined),
    onRevoked: () => undefined,
    async onBatch(batch) {
      begin();
      let bytes = 0;
      if (side === 'records') {
        for (const { value } of batch.records) bytes += value!.length;
        count(batch.records.length, bytes);
        return;
      }
      const { count: records, valueStart, valueEnd } = batch.columns();
      for (let i = 0; i < records; i += 1) bytes += valueEnd[i]! - valueStart[i]!;
      batch.release();
      count(records, bytes);
    },
  });
  return async () => {
    await consumer.stop();
    await client.close();
  };
}

const [, , side, topic, total] = process.argv;
process.on('message', () => {
  void readOnce(side as ReadSide, topic!, Number(total)).then((turn) => process.send?.(turn));
});
process.once('disconnect', () => process.exit());
