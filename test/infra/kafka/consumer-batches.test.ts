import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import { isMarqueeError, MarqueeError } from '../../../domain/errors.ts';
import type { LogHandlers } from '../../../infra/kafka/consumer-port.ts';
import { startSession, type Session } from '../../../infra/kafka/consumer-session.ts';
import { createFakeKafka, type FakeKafka } from '../../support/kafka-fake.ts';
import { until } from '../../support/until.ts';

const FIRST = { topic: 't', partition: 0, from: 0, count: 10 };
const SESSION_TIMEOUT_MS = 200;
const giveUp = (): never => {
  throw new MarqueeError('LOG_UNAVAILABLE', { reason: 'given up' });
};

/** A session that holds partition 0, read from its start. */
async function holding(
  context: TestContext,
  onBatch: LogHandlers['onBatch'],
): Promise<{ fake: FakeKafka; session: Session }> {
  const fake = createFakeKafka({ sessionTimeoutMs: SESSION_TIMEOUT_MS, heartbeatIntervalMs: 10 });
  const session = await startSession(fake.client, {
    groupId: 'g',
    topics: ['t'],
    handlers: { onAssigned: () => Promise.resolve(undefined), onRevoked: () => undefined, onBatch },
  });
  context.after(() => session.stop());
  fake.join({ t: [0] });
  await until(() => fake.reading.length === 1);
  fake.emit('HEARTBEAT');
  return { fake, session };
}

const isUnavailable = (error: unknown): boolean => isMarqueeError(error, 'LOG_UNAVAILABLE');

test('a batch that its owner took is moved past', async (context) => {
  const { fake, session } = await holding(context, () => Promise.resolve());
  assert.equal(await fake.deliver(FIRST), '9');
  assert.ok(session.progressed());
});

test('a batch whose owner gave it up after a long pause is read again, though the group has noticed nothing', async (context) => {
  let taken = 0;
  const { fake, session } = await holding(context, async ({ records, isStale }) => {
    for (const _record of records) {
      if (isStale()) return;
      taken += 1;
      if (taken === 3) await sleep(2 * SESSION_TIMEOUT_MS);
    }
  });
  await assert.rejects(
    fake.deliver(FIRST),
    (error) => (error as { retriable?: boolean }).retriable === false,
  );
  assert.equal(taken, 3);
  await assert.rejects(session.ended, isUnavailable);
  assert.equal(session.progressed(), false);
});

test('a heartbeat that gets through later does not make a batch good that its owner has given up', async (context) => {
  const { fake, session } = await holding(context, async ({ isStale }) => {
    await sleep(2 * SESSION_TIMEOUT_MS);
    if (!isStale()) return;
    fake.emit('HEARTBEAT');
  });
  await assert.rejects(fake.deliver(FIRST));
  await assert.rejects(session.ended, isUnavailable);
});

test('an eviction goes to kafkajs as it is, which joins anew, and nothing is moved past', async (context) => {
  const evicted = Object.assign(new Error('unknown member'), { type: 'UNKNOWN_MEMBER_ID' });
  for (const answer of [() => undefined, giveUp]) {
    const { fake, session } = await holding(context, async ({ isStale }) => {
      await until(isStale, 1000, 1);
      answer();
    });
    const delivered = fake.deliver(FIRST, () => Promise.reject(evicted));
    await assert.rejects(delivered, (error) => error === evicted);
    assert.equal(session.progressed(), false);
    const still = await Promise.race([session.ended.catch(() => 'ended'), sleep(10, 'goes on')]);
    assert.equal(still, 'goes on');
  }
});

test('a batch under way while the group shares out anew is not moved past and costs no restart', async (context) => {
  for (const answer of [() => undefined, giveUp]) {
    const { fake, session } = await holding(context, () => {
      fake.emit('REBALANCING');
      return Promise.resolve(answer());
    });
    assert.equal(await fake.deliver(FIRST), undefined);
    const still = await Promise.race([session.ended.catch(() => 'ended'), sleep(10, 'goes on')]);
    assert.equal(still, 'goes on');
  }
});

test('a defect of the owner ends the session even when the batch is stale', async (context) => {
  const { fake, session } = await holding(context, () => {
    fake.emit('REBALANCING');
    throw new TypeError('a defect');
  });
  await assert.rejects(fake.deliver(FIRST), /a defect/);
  await assert.rejects(session.ended, TypeError);
});
