import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { writeSpeedLog, type WrittenLog } from '../../../bench/lib/speed-log.ts';
import { isMarqueeError } from '../../../domain/errors.ts';
import { MEASURE_COUNT, MEASURES } from '../../../domain/measures.ts';
import { decodeSpeedRecord } from '../../../domain/speed-codec.ts';
import { createSpeedTotals } from '../../../domain/speed-totals.ts';
import { COUNTED_TOPICS, countedPartitionOf, topicName } from '../../../domain/topics.ts';
import type { Config } from '../../../infra/config.ts';
import { openKafka, openObjectStore } from '../../../infra/connections.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { readAll } from '../../../infra/kafka/reader.ts';
import { silentLog } from '../../../infra/log.ts';
import type { StageHooks } from '../../../streaming/speed/open-stage.ts';
import { openStages, threadsOf } from '../../../streaming/speed/threads.ts';
import { testConfig } from '../../support/stack.ts';
import { until } from '../../support/until.ts';

const RECORDS = 6000;
const TWO = { SPEED_THREADS: '2', MARQUEE_PARTITIONS: '2', MARQUEE_BLOCK_SIZE: '1024' };

let config: Config;
let kafka: KafkaClient;
let written: WrittenLog;
before(async () => {
  config = testConfig(TWO);
  kafka = openKafka(config, silentLog());
  const store = openObjectStore(config);
  await store.ensureBucket();
  store.close();
  written = await writeSpeedLog(kafka, config, RECORDS);
});
after(() => kafka.close());

interface Told {
  readonly opened: Set<string>;
  readonly records: Map<string, number>;
  readonly faults: unknown[];
}

function listening(): { told: Told; hooks: StageHooks } {
  const told: Told = { opened: new Set(), records: new Map(), faults: [] };
  const hooks: StageHooks = {
    rawHighBelow: () => () => Promise.resolve(undefined),
    onFault: (error) => void told.faults.push(error),
    onOpened: (topic, partition) => void told.opened.add(`${topic}/${partition}`),
    onProgress(topic, partition, count) {
      const name = `${topic}/${partition}`;
      told.records.set(name, (told.records.get(name) ?? 0) + count);
    },
    onFlush: () => undefined,
  };
  return { told, hooks };
}

async function counted(): Promise<Record<string, number>> {
  const { region, generation, partitions, blockSize } = config;
  const totals = createSpeedTotals({ partitions, blockSize });
  const reader = await readAll(kafka, {
    topic: topicName(region, generation, 'speed-view'),
    live: false,
    onRecords({ partition, records }) {
      const place = countedPartitionOf(partition, partitions);
      for (const { key, value } of records) {
        const record = decodeSpeedRecord(key, value);
        if (record !== undefined) totals.apply(place.topic, place.partition, record);
      }
    },
  });
  await reader.closed;
  const sums = new Float64Array(MEASURE_COUNT);
  totals.addEverything(sums);
  return Object.fromEntries(MEASURES.map((measure, i) => [measure, sums[i]!]));
}

test('two threads of a process share the partitions and count every record once, also those that a stop found', async () => {
  const { told, hooks } = listening();
  const stage = await openStages(config, silentLog(), hooks);
  const taken = (): number => [...told.records.values()].reduce((sum, count) => sum + count, 0);
  await until(() => taken() >= RECORDS, 60_000);
  await stage.stop();
  await stage.closed;
  assert.equal(told.opened.size, COUNTED_TOPICS.length * config.partitions);
  assert.deepEqual(told.faults, []);
  const { plays, qualifiedPlays, impressions, secondsViewed } = await counted();
  assert.deepEqual({ plays, qualifiedPlays, impressions, secondsViewed }, written.counts);
});

test('what keeps a thread from beginning is told as the error that it is, and no thread is left', async () => {
  const nowhere = testConfig({
    ...TWO,
    KAFKA_BROKERS: '127.0.0.1:1',
    KAFKA_MAX_RETRIES: '0',
    KAFKA_CONNECTION_TIMEOUT_MS: '500',
  });
  const { told, hooks } = listening();
  await assert.rejects(openStages(nowhere, silentLog(), hooks), (error) =>
    isMarqueeError(error, 'LOG_UNAVAILABLE'),
  );
  assert.deepEqual(told.faults, []);
});

test('there are no more threads than a topic has partitions', () => {
  const threads = (wanted: string, partitions: string): number =>
    threadsOf(testConfig({ SPEED_THREADS: wanted, MARQUEE_PARTITIONS: partitions }));
  assert.equal(threads('1', '8'), 1);
  assert.equal(threads('8', '3'), 3);
  assert.equal(threads('0', '1'), 1);
});
