import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareStates } from '../../../streaming/replay/compare-states.ts';

const KEYS = new Map([
  [0, new Set(['a', 'b'])],
  [1, new Set(['c'])],
]);

test('states of keys that one side has read further on differ without being a difference', async () => {
  const live = (_partition: number, key: string) => ({ n: key === 'a' ? 1 : 2 });
  const of = (touched: readonly string[]) =>
    compareStates(
      KEYS,
      () => ({ n: 1 }),
      live,
      () => Promise.resolve(new Set(touched)),
    );
  assert.deepEqual(await of(['b', 'c']), { compared: 1, differences: 0, examples: [] });
  assert.deepEqual(await of(['b']), { compared: 2, differences: 1, examples: ['c: n is 1, live 2'] });
});

test('where all states are equal nobody asks what came later', async () => {
  const same = () => ({ n: 1 });
  const { compared, differences } = await compareStates(KEYS, same, same, () =>
    Promise.reject(new Error('asked')),
  );
  assert.deepEqual([compared, differences], [3, 0]);
});
