import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMarqueeError, MarqueeError } from '../../../domain/errors.ts';
import type { LogHandlers } from '../../../infra/kafka/consumer-port.ts';
import { startSession, type Session } from '../../../infra/kafka/consumer-session.ts';
import { createFakeKafka, type FakeKafka } from '../../support/kafka-fake.ts';
import { until } from '../../support/until.ts';

interface Run {
  readonly fake: FakeKafka;
  readonly session: Session;
  readonly calls: string[];
}

async function run(onAssigned: LogHandlers['onAssigned'] = () => Promise.resolve(undefined)): Promise<Run> {
  const fake = createFakeKafka();
  const calls: string[] = [];
  const session = await startSession(fake.client, {
    groupId: 'g',
    topics: ['t', 'u'],
    handlers: {
      onAssigned(topic, partition, isOver) {
        calls.push(`+${topic}/${partition}`);
        return onAssigned(topic, partition, isOver);
      },
      onRevoked: (topic, partition) => void calls.push(`-${topic}/${partition}`),
      onBatch: () => Promise.resolve(),
    },
  });
  return { fake, session, calls };
}

test('an owner whose assignment failed half-way is told to let go, as are the others', async () => {
  const { fake, session, calls } = await run((_topic, partition) => {
    if (partition === 1) throw new MarqueeError('LOG_UNAVAILABLE', { reason: 'no state' });
    return Promise.resolve(partition === 2 ? 'skip' : 5);
  });
  fake.join({ t: [0, 1, 2] });
  await assert.rejects(session.ended, (error) => isMarqueeError(error, 'LOG_UNAVAILABLE'));
  await session.stop();
  assert.deepEqual(calls.toSorted(), ['+t/0', '+t/1', '+t/2', '-t/0', '-t/1', '-t/2']);
});

test('an owner is told to let go when the log cannot say where it ends', async () => {
  const { fake, session, calls } = await run();
  fake.end = new Error('no leader');
  fake.join({ t: [0] });
  await assert.rejects(session.ended, (error) => isMarqueeError(error, 'LOG_UNAVAILABLE'));
  await session.stop();
  assert.deepEqual(calls, ['+t/0', '-t/0']);
});

test('an owner who was never told of a partition is not told to let go of it', async () => {
  const { fake, session, calls } = await run();
  fake.join({ t: [0] });
  await session.stop();
  assert.deepEqual(calls, []);
});

test('what an owner could not begin because the group had given it away meanwhile fails nothing', async () => {
  const waits: PromiseWithResolvers<void> = Promise.withResolvers();
  const told: boolean[] = [];
  const { fake, session, calls } = await run(async (_topic, partition, isOver) => {
    if (partition === 1) return 7;
    told.push(isOver());
    await waits.promise;
    told.push(isOver());
    throw new MarqueeError('INTERNAL', { reason: 'the turn has passed' });
  });
  fake.join({ t: [0] });
  await until(() => told.length === 1);
  fake.join({ t: [1] });
  waits.resolve();
  await until(() => fake.reading.length === 1);
  assert.deepEqual(told, [false, true]);
  assert.deepEqual(fake.reading, ['t/1@7']);
  assert.deepEqual(calls, ['+t/0', '-t/0', '+t/1']);
  await session.stop();
});

test('an owner who finds its partition taken is asked for positions again, unless the group is changing hands', async () => {
  const { fake, session } = await run(() => Promise.resolve(5));
  let hasEnded = false;
  const ended = assert
    .rejects(session.ended, (error) => isMarqueeError(error, 'LOG_UNAVAILABLE'))
    .then(() => (hasEnded = true));
  fake.join({ t: [0] });
  await until(() => fake.reading.length === 1);
  session.askAgain('t', 1);
  fake.emit('REBALANCING');
  session.askAgain('t', 0);
  await sleep(20);
  assert.equal(hasEnded, false);
  fake.join({ t: [0] });
  await until(() => fake.reading.length === 1);
  session.askAgain('t', 0);
  await ended;
  await session.stop();
});

test('an assignment asks once for each topic where its partitions begin and end', async () => {
  const { fake, session } = await run();
  fake.join({ t: [0, 1, 2, 3], u: [0, 1, 2] });
  await until(() => fake.reading.length === 7);
  assert.deepEqual(fake.boundsAsked.toSorted(), ['t', 'u']);
  fake.join({ t: [0, 1] });
  await until(() => fake.reading.length === 2);
  assert.deepEqual(fake.boundsAsked.toSorted(), ['t', 't', 'u']);
  await session.stop();
});

test('a position above what the log held when it was asked is held against the log as it is now', async () => {
  const slow: PromiseWithResolvers<number> = Promise.withResolvers();
  const { fake, session } = await run((_topic, partition) =>
    partition === 0 ? Promise.resolve(5) : slow.promise,
  );
  fake.join({ t: [0, 1, 2] });
  await until(() => fake.reading.length === 1);
  fake.end = 2000;
  slow.resolve(1500);
  await until(() => fake.reading.length === 3);
  assert.deepEqual(fake.reading, ['t/0@5', 't/1@1500', 't/2@1500']);
  assert.deepEqual(fake.boundsAsked, ['t', 't']);
  await session.stop();
});

test('a position above where the log ends now ends the session', async () => {
  const { fake, session } = await run(() => Promise.resolve(1500));
  fake.join({ t: [0] });
  await assert.rejects(session.ended, (error) => isMarqueeError(error, 'LOG_TRUNCATED'));
  await session.stop();
});
