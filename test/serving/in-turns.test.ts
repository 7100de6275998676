import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { batchOfRecords } from '../../infra/kafka/log-batch.ts';
import { inTurns, takeInTurns } from '../../serving/in-turns.ts';

const SLOW_MS = 3;

/** Longer than a slice may be. */
function beBusy(): void {
  for (const end = performance.now() + SLOW_MS; performance.now() < end;);
}

const batchOf = (offsets: readonly number[]) =>
  batchOfRecords(
    { topic: 't', partition: 0, highWatermark: 100, isStale: () => false },
    offsets.map((offset) => ({ offset, timestamp: 0, headers: {}, key: Buffer.from('k'), value: null })),
  );

test('whoever else waits has its turn after each slice of work', async () => {
  let steps = 0;
  function* work(): Generator<undefined, string> {
    for (; steps < 5; steps++) {
      beBusy();
      yield;
    }
    return 'done';
  }
  const working = inTurns(work());
  const seen: number[] = [];
  while (seen.at(-1) !== 5) {
    seen.push(steps);
    await nextTurn();
  }
  assert.equal(await working, 'done');
  assert.ok(
    seen.every((count, turn) => turn === 0 || count - seen[turn - 1]! <= 1),
    seen.join(),
  );
});

test('records are taken one by one, and batches in the order in which they came', async () => {
  const taken: number[] = [];
  const turns = takeInTurns(({ records }) => {
    taken.push(...records.map(({ offset }) => offset));
    beBusy();
  });
  await Promise.all([turns.take(batchOf([1, 2])), turns.take(batchOf([1, 2, 3])), turns.take(batchOf([4]))]);
  assert.deepEqual(taken, [1, 2, 1, 2, 3, 4]);
});

test('what is to be forgotten is passed over, and what comes after it is taken', async () => {
  const taken: number[] = [];
  const turns = takeInTurns(({ records }) => {
    taken.push(...records.map(({ offset }) => offset));
    if (taken.length === 1) turns.forget();
  });
  await turns.take(batchOf([1, 2]));
  await turns.take(batchOf([7]));
  assert.deepEqual(taken, [1, 7]);
});

test('a batch that cannot be taken does not hold up the next', async () => {
  const taken: number[] = [];
  const turns = takeInTurns(({ records }) => {
    if (records[0]!.offset === 1) throw new Error('no');
    taken.push(records[0]!.offset);
  });
  await assert.rejects(turns.take(batchOf([1, 2])), /no/);
  await turns.take(batchOf([3]));
  assert.deepEqual(taken, [3]);
});
