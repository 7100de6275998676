import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../../../domain/random.ts';
import { createKeyTable } from '../../../streaming/keyed/key-table.ts';

test('a table holds what a map holds, through growing and through keys that come and go', () => {
  const random = createRandom(5);
  const table = createKeyTable<{ readonly key: string; readonly number: number }>();
  const expected = new Map<string, number>();
  for (let i = 0; i < 60_000; i++) {
    const key = `profile-${random.below(i < 40_000 ? 3000 : 30)}`;
    const known = expected.get(key);
    assert.equal(table.get(key)?.number, known);
    // More come than go, and then more go than come.
    if (random.below(10) < (i % 20_000 < 10_000 ? 7 : 2)) {
      if (known === undefined) table.add({ key, number: i });
      expected.set(key, known ?? i);
    } else {
      table.delete(key);
      expected.delete(key);
    }
    assert.equal(table.size(), expected.size);
  }
  assert.deepEqual(new Map(Array.from(table.values(), ({ key, number }) => [key, number])), expected);
  table.clear();
  assert.equal(table.size(), 0);
  assert.equal(table.get('profile-1'), undefined);
});
