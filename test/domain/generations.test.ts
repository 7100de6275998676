import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isMarqueeError } from '../../domain/errors.ts';
import {
  closingIn,
  openNext,
  parentPartition,
  parseHistory,
  sealClosing,
  sealedPredecessor,
  serialiseHistory,
  type GenerationHistory,
} from '../../domain/generations.ts';
import { generation } from '../../domain/ids.ts';
import { partitionOfKey } from '../../infra/kafka/partitioner.ts';

const [G1, G2, G3] = [generation('g1'), generation('g2'), generation('g3')];
const IN_USE = { generation: G1, partitions: 4, blockSize: 1024 };
const WIDER = { partitions: 8, blockSize: 1024 };
const ENDS = { 'raw-events': [1, 2, 3, 4] };

const refusal = (history: GenerationHistory, inUse: typeof IN_USE, shape: typeof WIDER): string => {
  try {
    openNext(history, inUse, shape);
  } catch (error) {
    assert.ok(isMarqueeError(error, 'GENERATION_REFUSED'), String(error));
    return error.message;
  }
  return assert.fail('it was opened');
};

test('the next generation is opened beside the one in use, which closes, and is sealed with its ends', () => {
  const opened = openNext([], IN_USE, WIDER);
  assert.deepEqual(
    opened.map((one) => [one.generation, one.state, one.partitions]),
    [
      ['g1', 'closing', 4],
      ['g2', 'open', 8],
    ],
  );
  const sealed = sealClosing(opened, ENDS, 42);
  assert.deepEqual(
    sealed.map(({ state, ends, sealedAt }) => ({ state, ends, sealedAt })),
    [
      { state: 'sealed', ends: ENDS, sealedAt: 42 },
      { state: 'open', ends: {}, sealedAt: null },
    ],
  );
  assert.equal(closingIn(sealed), undefined);
  const third = openNext(sealed, { ...WIDER, generation: G2 }, { partitions: 16, blockSize: 2048 });
  assert.equal(third.at(-1)?.generation, G3);
});

test('opening again what was opened so changes nothing, so a crash between topics and record is mended', () => {
  const opened = openNext([], IN_USE, WIDER);
  assert.equal(openNext(opened, IN_USE, WIDER), opened);
  assert.match(refusal(opened, IN_USE, { ...WIDER, partitions: 16 }), /8 partitions already/);
});

test('a second change waits for the first, and a change of what is not the newest is refused', () => {
  const opened = openNext([], IN_USE, WIDER);
  assert.match(
    refusal(opened, { ...WIDER, generation: G2 }, { ...WIDER, partitions: 16 }),
    /g1 is not sealed/,
  );
  const third = openNext(sealClosing(opened, ENDS, 1), { ...WIDER, generation: G2 }, WIDER);
  assert.match(refusal(third, IN_USE, WIDER), /newest generation is g3/);
  assert.match(refusal(sealClosing(opened, ENDS, 1), { ...IN_USE, generation: G2 }, WIDER), /8 partitions/);
  assert.throws(
    () => sealClosing([], ENDS, 1),
    (error) => isMarqueeError(error, 'GENERATION_REFUSED'),
  );
});

test('what goes on from a generation waits until it is sealed', () => {
  const opened = openNext([], IN_USE, WIDER);
  assert.equal(sealedPredecessor([], G1, 'x'), undefined);
  assert.equal(sealedPredecessor(opened, G1, 'x'), undefined);
  assert.throws(
    () => sealedPredecessor(opened, G2, 'x'),
    (error) => isMarqueeError(error, 'GENERATION_NOT_SEALED') && error.retryable,
  );
  assert.equal(sealedPredecessor(sealClosing(opened, ENDS, 1), G2, 'x')?.generation, G1);
});

test('all profiles of a new partition were in one partition before, since the count is a multiple', () => {
  assert.match(refusal([], IN_USE, { ...WIDER, partitions: 6 }), /no multiple of 4/);
  fc.assert(
    fc.property(
      fc.string(),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 20 }),
      (key, n, k) => {
        const before = { partitions: n, blockSize: 16 };
        assert.equal(parentPartition(partitionOfKey(key, n * k), before), partitionOfKey(key, n));
      },
    ),
  );
});

test('a history is read back as it was written, and a damaged one is refused', () => {
  const history = sealClosing(openNext([], IN_USE, WIDER), ENDS, 42);
  assert.deepEqual(parseHistory(serialiseHistory(history), 'k'), history);
  const text = serialiseHistory(history);
  for (const damaged of [
    text.slice(0, -10),
    '[]',
    text.replace('"sealed"', '"gone"'),
    text.replace('"g1"', '"one"'),
    text.replace('"partitions": 4', '"partitions": 0'),
  ])
    assert.throws(
      () => parseHistory(damaged, 'k'),
      (error) => isMarqueeError(error, 'CHECKPOINT_CORRUPT'),
      damaged,
    );
});
