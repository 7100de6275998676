import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProfileTable, type ProfileColumns } from '../../domain/profile-table.ts';
import { createRandom } from '../../domain/random.ts';

const TWO_32 = 2 ** 32;

/** What a table holds, by key. */
const contentOf = ({ low, high, values }: ProfileColumns): Map<number, number> =>
  new Map(Array.from(values, (value, i) => [high[i]! * TWO_32 + low[i]!, value]));

test('a table holds what a map holds, through growing, windows of any size and being filled again', () => {
  const random = createRandom(11);
  let table = createProfileTable();
  for (let window = 0; window < 40; window++) {
    const expected = new Map<number, number>();
    // Small ones after large ones, so that memory is kept as well as given back.
    const keys = random.below(2) === 0 ? 20 : 5000;
    for (let i = 0; i < keys; i++) {
      // Low words that meet in one place as well, and keys that come again.
      const [low, high] = [random.below(2000) * (random.below(2) === 0 ? 1 : 1 << 20), random.below(3)];
      const key = high * TWO_32 + low;
      const before = expected.get(key) ?? 0;
      if (random.below(2) === 0) {
        assert.equal(table.addUpTo(low, high, 3), before < 3);
        if (before < 3) expected.set(key, before + 1);
      } else {
        assert.equal(table.swap(low, high, 2), before);
        expected.set(key, 2);
      }
    }
    assert.equal(table.size(), expected.size);
    assert.deepEqual(contentOf(table.columns()), expected);
    if (random.below(3) === 0) table = createProfileTable(table.columns());
    assert.deepEqual(contentOf(table.columns()), expected);
    table.clear();
    assert.equal(table.size(), 0);
    assert.equal(table.columns().values.length, 0);
  }
});

test('what is not live is dropped when a table fills up', () => {
  let now = 0;
  const table = createProfileTable(undefined, (value) => value >= now);
  for (let key = 0; key < 1000; key++) table.swap(key, 0, 1);
  now = 2;
  for (let key = 1000; key < 3000; key++) table.swap(key, 0, 2);
  const { low, values } = table.columns();
  assert.ok(values.every((value) => value === 2));
  assert.equal(low.length, 2000);
});
