/** The least that reading costs: a group member of the same client that counts bytes and does nothing else. */
import { COUNTED_TOPICS, topicName } from '../../domain/topics.ts';
import { loadConfig } from '../../infra/config.ts';
import { openKafka } from '../../infra/connections.ts';
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

const consumer = runConsumer(kafka, {
  groupId: `${region}.bare-read.${generation}`,
  topics: COUNTED_TOPICS.map((topic) => topicName(region, generation, topic)),
  onAssigned: () => Promise.resolve(undefined),
  onRevoked: () => undefined,
  onBatch({ topic, partition, records: batch, highWatermark }) {
    for (const { value } of batch) bytes += value?.length ?? 0;
    records += batch.length;
    if ((batch.at(-1)?.offset ?? 0) + 1 >= highWatermark) finished.add(`${topic}/${partition}`);
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
