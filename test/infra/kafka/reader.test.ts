import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import { readAll, type LogReader } from '../../../infra/kafka/reader.ts';
import { createFakeKafka, type FakeKafka } from '../../support/kafka-fake.ts';

interface Reading {
  readonly fake: FakeKafka;
  readonly reader: LogReader;
  readonly seen: { records: number; caughtUpAfter: number | undefined; fetches: number };
  /** Moves the clock. */
  pass(ms: number): void;
}

/** Reads partitions 0 and 1 of a topic in which each holds 1,000 records. */
async function reading(context: TestContext): Promise<Reading> {
  context.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
  const fake = createFakeKafka({ sessionTimeoutMs: 300_000 });
  const seen: Reading['seen'] = { records: 0, caughtUpAfter: undefined, fetches: 0 };
  const reader = await readAll(fake.client, {
    topic: 't',
    partitions: [0, 1],
    live: true,
    onRecords: ({ records }) => void (seen.records += records.length),
    onCaughtUp: () => (seen.caughtUpAfter = seen.records),
    onFetched: () => (seen.fetches += 1),
  });
  context.after(() => reader.stop());
  return { fake, reader, seen, pass: (ms) => context.mock.timers.tick(ms) };
}

/** Bounded by turns, since the clock stands. */
async function begun(fake: FakeKafka): Promise<void> {
  for (let i = 0; i < 1000 && fake.reading.length < 2; i += 1) await turn();
  assert.equal(fake.reading.length, 2);
}

async function assign(fake: FakeKafka): Promise<void> {
  fake.join({ t: [0, 1] });
  await begun(fake);
}

/** What kafkajs tells of a fetch that failed, and of one that asked for nothing. */
function unanswered({ fake, pass }: Reading): void {
  for (let i = 0; i < 5; i += 1) {
    fake.emit('FETCH_START');
    pass(1000);
    fake.emit('FETCH', { numberOfBatches: 0 });
  }
}

const read = async (fake: FakeKafka, partition: number): Promise<void> => {
  fake.answer('t', [partition, 0, 1000]);
  await fake.deliver({ topic: 't', partition, from: 0, count: 1000 });
};

test('waiting for where the log ends is no silence of the log', async (context) => {
  const it = await reading(context);
  const gate: PromiseWithResolvers<void> = Promise.withResolvers();
  it.fake.boundsGate = gate.promise;
  it.fake.join({ t: [0, 1] });
  await turn();
  unanswered(it);
  gate.resolve();
  assert.equal(it.seen.caughtUpAfter, undefined);
  assert.equal(it.seen.fetches, 0);
  await begun(it.fake);
  await read(it.fake, 0);
  await read(it.fake, 1);
  await it.reader.caughtUp;
  assert.equal(it.seen.caughtUpAfter, 2000);
});

test('fetches that failed are no silence of the log', async (context) => {
  const it = await reading(context);
  await assign(it.fake);
  unanswered(it);
  assert.equal(it.seen.caughtUpAfter, undefined);
});

test('each partition that is behind is waited for, however busy the others are', async (context) => {
  const it = await reading(context);
  await assign(it.fake);
  await read(it.fake, 0);
  it.fake.answer('t', [0, 1000, 0], [1, 0, 0]);
  it.pass(1500);
  await it.fake.deliver({ topic: 't', partition: 0, from: 1000, count: 1 });
  it.fake.answer('t', [0, 1000, 1], [1, 0, 0]);
  assert.equal(it.seen.caughtUpAfter, undefined);
  it.pass(600);
  it.fake.answer('t', [0, 1001, 1], [1, 0, 0]);
  assert.equal(it.seen.caughtUpAfter, 1001);
});

test('a partition that is read is waited for while another one is silent', async (context) => {
  const it = await reading(context);
  await assign(it.fake);
  for (let i = 0; i < 5; i += 1) {
    it.fake.answer('t', [0, i, 1], [1, 0, 0]);
    await it.fake.deliver({ topic: 't', partition: 0, from: i, count: 1 });
    it.pass(1000);
  }
  assert.equal(it.seen.caughtUpAfter, undefined);
});

test('silence is counted anew at each assignment', async (context) => {
  const it = await reading(context);
  await assign(it.fake);
  it.fake.answer('t', [0, 0, 0], [1, 0, 0]);
  it.pass(3000);
  await assign(it.fake);
  it.fake.answer('t', [0, 0, 0], [1, 0, 0]);
  assert.equal(it.seen.caughtUpAfter, undefined);
  it.pass(3000);
  it.fake.answer('t', [0, 0, 0], [1, 0, 0]);
  assert.equal(it.seen.caughtUpAfter, 0);
});
