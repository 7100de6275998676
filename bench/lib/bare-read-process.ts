/**
 * What reading alone costs: a group member of the same client that counts bytes and does nothing else, of an object for each
 * record, or, told `columns`, of the columns that the speed stage reads.
 */
import { COUNTED_TOPICS, topicName } from '../../domain/topics.ts';
import { loadConfig } from '../../infra/config.ts';
import { openKafka } from '../../infra/connections.ts';
import type { LogBatch } from '../../infra/kafka/consumer-port.ts';
import { runConsumer } from '../../infra/kafka/consumer.ts';
import { createLog } from '../../infra/log.ts';
import { answerLines } from './line-process.ts';
import { cpuSeconds } from './process-cpu.ts';

const config = loadConfig();
const { region, generation } = config;
const kafka = openKafka(config, createLog({ name: 'bare-read', level: config.logLevel }));
let records = 0;
let bytes = 0;
const finished = new Set<string>();
const isInColumns = process.argv[2] === 'columns';

function countRecords(batch: LogBatch): number {
  for (const { value } of batch.records) bytes += value?.length ?? 0;
  return batch.records.length;
}

function countColumns(batch: LogBatch): number {
  const { count, valueStart, valueEnd } = batch.columns();
  for (let i = 0; i < count; i += 1) bytes += valueEnd[i]! - valueStart[i]!;
  batch.release();
  return count;
}

const consumer = runConsumer(kafka, {
  groupId: `${region}.bare-read.${generation}`,
  topics: COUNTED_TOPICS.map((topic) => topicName(region, generation, topic)),
  readsAhead: isInColumns,
  onAssigned: () => Promise.resolve(undefined),
  onRevoked: () => undefined,
  onBatch(batch) {
    const { topic, partition, highWatermark } = batch;
    const last = isInColumns ? batch.columns().offsets.at(-1) : batch.records.at(-1)?.offset;
    records += isInColumns ? countColumns(batch) : countRecords(batch);
    if ((last ?? 0) + 1 >= highWatermark) finished.add(`${topic}/${partition}`);
    return Promise.resolve();
  },
});

answerLines(
  {
    sample: () => ({ records, cpuSeconds: cpuSeconds(), finished: [...finished] }),
    totals: () => ({ bytes }),
  },
  async () => {
    await consumer.stop();
    await kafka.close();
  },
);
