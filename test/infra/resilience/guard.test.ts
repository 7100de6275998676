import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createGuard,
  GuardError,
  type Guard,
  type GuardSettings,
  type ReadOutcome,
} from '../../../infra/resilience/guard.ts';

const SETTINGS: GuardSettings = {
  ...{ deadlineMs: 20, mostAtOnce: 3, hedgeAfterMs: 0, hedgeMostShare: 1 },
  ...{ breakerReads: 4, breakerShare: 0.5, breakerPauseMs: 100 },
};

class Honest extends Error {}

function guardOf(more: Partial<GuardSettings> = {}): { guard: Guard; outcomes: ReadOutcome[] } {
  const outcomes: ReadOutcome[] = [];
  const guard = createGuard({
    settings: { ...SETTINGS, ...more },
    isAnswer: (error) => error instanceof Honest,
    onRead: (outcome) => outcomes.push(outcome),
  });
  return { guard, outcomes };
}

const never = (): Promise<never> => new Promise(() => undefined);
const fails = (): Promise<never> => Promise.reject(new Error('gone'));
const isOutcome = (outcome: ReadOutcome) => (error: unknown) =>
  error instanceof GuardError && error.outcome === outcome;

test('a read that takes too long is given up, and what it took up stays taken until it ends', async () => {
  const { guard, outcomes } = guardOf({ breakerReads: 100 });
  const slow = Promise.withResolvers<string>();
  await assert.rejects(
    guard.read(() => slow.promise),
    isOutcome('late'),
  );
  assert.equal(guard.underWay(), 1);
  slow.resolve('too late');
  await sleep(0);
  assert.equal(guard.underWay(), 0);
  assert.equal(await guard.read(async () => 'in time'), 'in time');
  assert.deepEqual(outcomes, ['late', 'answered']);
});

test('past the reads under way the next ones fail at once, without being sent', async () => {
  const { guard, outcomes } = guardOf({ breakerReads: 100 });
  const slow = Array.from({ length: 3 }, () => guard.read(never));
  let wasSent = false;
  const fourth = guard.read(async () => (wasSent = true));
  await assert.rejects(fourth, isOutcome('full'));
  assert.equal(wasSent, false);
  assert.deepEqual(
    (await Promise.allSettled(slow)).map(({ status }) => status),
    ['rejected', 'rejected', 'rejected'],
  );
  assert.deepEqual(outcomes, ['full', 'late', 'late', 'late']);
});

test('after too many failures the store is left alone, then tried once, then asked again', async () => {
  const { guard, outcomes } = guardOf();
  for (let n = 0; n < 2; n += 1) await assert.rejects(guard.read(fails), /gone/);
  assert.equal(guard.isOpen(), true);
  let asked = 0;
  const good = async (): Promise<number> => (asked += 1);
  await assert.rejects(guard.read(good), isOutcome('refused'));
  assert.equal(asked, 0);
  await sleep(SETTINGS.breakerPauseMs);
  assert.equal(await guard.read(good), 1);
  assert.equal(await guard.read(good), 2);
  assert.equal(guard.isOpen(), false);
  assert.deepEqual(outcomes, ['failed', 'failed', 'refused', 'answered', 'answered']);
});

test('an honest no is an answer: it never opens the breaker', async () => {
  const { guard, outcomes } = guardOf();
  for (let n = 0; n < 20; n += 1)
    await assert.rejects(
      guard.read(() => Promise.reject(new Honest())),
      Honest,
    );
  assert.equal(guard.isOpen(), false);
  assert.deepEqual(new Set(outcomes), new Set(['answered']));
});

test('a read that throws at once is a failure like another', async () => {
  const { guard } = guardOf();
  await assert.rejects(
    guard.read(() => {
      throw new Error('broken');
    }),
    /broken/,
  );
  assert.equal(guard.underWay(), 0);
});

test('an answer that came while this process could not look is not late', async () => {
  const { guard } = guardOf({ deadlineMs: 5 });
  const read = guard.read(() => sleep(1, 'in time'));
  const end = performance.now() + 50;
  while (performance.now() < end);
  assert.equal(await read, 'in time');
});
