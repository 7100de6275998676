import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { timestampOf } from '../../../infra/cassandra/stamp.ts';

const stamp = fc.record({ epoch: fc.nat(2 ** 32 - 1), commit: fc.nat(2 ** 30 - 1) });

test('timestamps are in the order of epoch, then commit, and fit into 63 bits', () => {
  fc.assert(
    fc.property(stamp, stamp, (a, b) => {
      const expected = Math.sign(a.epoch - b.epoch || a.commit - b.commit);
      const [x, y] = [timestampOf(a), timestampOf(b)];
      assert.equal(x < y ? -1 : Number(x > y), expected);
      assert.ok(x >= 0n && x < 2n ** 63n - 1n);
    }),
  );
});

test('an owner that commits without end never runs into the next epoch', () => {
  assert.ok(timestampOf({ epoch: 5, commit: 2 ** 40 }) < timestampOf({ epoch: 6, commit: 0 }));
});
