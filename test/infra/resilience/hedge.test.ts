import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { createHedge, type HedgeOutcome } from '../../../infra/resilience/hedge.ts';

/** Reads that end when the test says so. */
function readsByHand() {
  const reads: PromiseWithResolvers<string>[] = [];
  const read = (): Promise<string> => {
    const one = Promise.withResolvers<string>();
    reads.push(one);
    return one.promise;
  };
  return { reads, read };
}

test('a read that takes long is sent a second time, and the faster one answers', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const outcomes: HedgeOutcome[] = [];
  const hedged = createHedge({ afterMs: 10, mostShare: 1, onHedge: (outcome) => outcomes.push(outcome) });
  const { reads, read } = readsByHand();
  const answer = hedged(read);
  await endOfTurn();
  t.mock.timers.tick(9);
  assert.equal(reads.length, 1);
  t.mock.timers.tick(1);
  assert.equal(reads.length, 2);
  reads[1]!.resolve('second');
  assert.equal(await answer, 'second');
  const other = hedged(read);
  await endOfTurn();
  t.mock.timers.tick(10);
  reads[2]!.resolve('first');
  assert.equal(await other, 'first');
  assert.deepEqual(outcomes, ['won', 'lost']);
});

test('a read that answers or fails at once is sent once', async () => {
  const hedged = createHedge({ afterMs: 10, mostShare: 1 });
  let asked = 0;
  const read = async (): Promise<number> => (asked += 1);
  assert.equal(await hedged(read), 1);
  await assert.rejects(
    hedged(() => Promise.reject(new Error('gone'))),
    /gone/,
  );
  assert.equal(asked, 1);
});

test('the error comes once neither can answer, and one answer of the two is enough', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const hedged = createHedge({ afterMs: 10, mostShare: 1 });
  const { reads, read } = readsByHand();
  const bad = hedged(read);
  await endOfTurn();
  t.mock.timers.tick(10);
  reads[0]!.reject(new Error('first'));
  reads[1]!.reject(new Error('second'));
  await assert.rejects(bad, /first/);
  const good = hedged(read);
  await endOfTurn();
  t.mock.timers.tick(10);
  reads[2]!.reject(new Error('first'));
  reads[3]!.resolve('second');
  assert.equal(await good, 'second');
});

test('of a store that is slow throughout only the allowed share is asked twice', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const outcomes: HedgeOutcome[] = [];
  const hedged = createHedge({ afterMs: 10, mostShare: 0.1, onHedge: (outcome) => outcomes.push(outcome) });
  const { reads, read } = readsByHand();
  for (let n = 0; n < 1000; n += 1) {
    const answer = hedged(read);
    const first = reads.at(-1)!;
    await endOfTurn();
    t.mock.timers.tick(10);
    first.resolve('slow');
    await answer;
  }
  const twice = reads.length - 1000;
  assert.ok(twice >= 100 && twice <= 110, `${twice} of 1000 were sent again`);
  assert.equal(outcomes.filter((outcome) => outcome === 'withheld').length, 1000 - twice);
});

test('with no time set nothing is sent twice', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { reads, read } = readsByHand();
  const answer = createHedge({ afterMs: 0, mostShare: 1 })(read);
  t.mock.timers.tick(1000);
  reads[0]!.resolve('first');
  assert.equal(await answer, 'first');
  assert.equal(reads.length, 1);
});
