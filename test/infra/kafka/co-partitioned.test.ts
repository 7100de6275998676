import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { shareOut } from '../../../infra/kafka/co-partitioned.ts';

test('every partition has one member, the same one for all topics, and shares differ by at most one', () => {
  const members = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(members, fc.integer({ min: 1, max: 20 }), (names, partitions) => {
      const all = Array.from({ length: partitions }, (_, partition) => partition);
      const shares = shareOut(names, new Map([['plays', all], ['impressions', all]])); // prettier-ignore
      const plays = [...shares.values()].map((share) => share['plays'] ?? []);
      assert.deepEqual(
        plays.flat().sort((a, b) => a - b),
        all,
      );
      for (const share of shares.values()) assert.deepEqual(share['plays'], share['impressions']);
      const sizes = plays.map((share) => share.length);
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
      assert.deepEqual(
        shareOut([...names].reverse(), new Map([['plays', all]])).get(names[0]!)?.['plays'],
        shares.get(names[0]!)?.['plays'],
      );
    }),
  );
});
