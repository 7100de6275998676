import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { BlockRef } from '../../../domain/parity/block.ts';
import { chooseBlocks, uncompared, type Compared } from '../../../domain/parity/choose.ts';

const NOTHING: Compared = { plays: [], impressions: [] };
const plays = (partition: number, ...blocks: number[]): BlockRef[] =>
  blocks.map((block) => ({ topic: 'plays', partition, block }));

test('what is not compared yet lies between the last compared block and the cut', () => {
  const cut = { plays: [64, 32], impressions: [0, 16] };
  assert.deepEqual(uncompared({ plays: [2], impressions: [] }, cut, 16), [
    { topic: 'plays', partition: 0, from: 2, to: 4 },
    { topic: 'plays', partition: 1, from: 0, to: 2 },
    { topic: 'impressions', partition: 1, from: 0, to: 1 },
  ]);
});

test('a block that the speed view lacks is waited for until a later one is there, then passed over', () => {
  const ranges = [{ topic: 'plays', partition: 0, from: 0, to: 4 } as const];
  const behind = chooseBlocks(NOTHING, ranges, plays(0, 0, 1), 10);
  assert.deepEqual([behind.compared.plays, behind.passedOver], [[2], 0]);
  const gap = chooseBlocks(NOTHING, ranges, plays(0, 0, 3), 10);
  assert.deepEqual([gap.compared.plays, gap.passedOver], [[4], 2]);
  const none = chooseBlocks(NOTHING, ranges, [], 10);
  assert.deepEqual([none.compared.plays, none.passedOver, none.blocks], [[], 0, []]);
});

test('partitions take turns, so that none waits for another to be done', () => {
  const ranges = [0, 1, 2].map((partition) => ({ topic: 'plays', partition, from: 0, to: 9 }) as const);
  const held = [0, 1, 2].flatMap((partition) => plays(partition, 0, 1, 2, 3, 4));
  const { compared, waiting, blocks } = chooseBlocks(NOTHING, ranges, held, 7);
  assert.deepEqual([compared.plays, waiting, blocks.length], [[3, 2, 2], 8, 7]);
});

test('runs one after the other choose every held block exactly once, whatever is held', () => {
  const arbitraryHeld = fc.uniqueArray(fc.tuple(fc.nat(2), fc.nat(30)), {
    selector: ([p, b]) => `${p}/${b}`,
  });
  fc.assert(
    fc.property(arbitraryHeld, fc.integer({ min: 1, max: 7 }), (blocks, most) => {
      const held = blocks.flatMap(([partition, block]) => plays(partition, block));
      const cut = { plays: [31 * 8, 31 * 8, 31 * 8] };
      const seen: string[] = [];
      let compared = NOTHING;
      for (let waiting = 1; waiting > 0;) {
        const chosen = chooseBlocks(compared, uncompared(compared, cut, 8), held, most);
        assert.ok(chosen.blocks.length <= most);
        for (const { partition, block } of chosen.blocks) seen.push(`${partition}/${block}`);
        ({ compared, waiting } = chosen);
      }
      assert.deepEqual(seen.sort(), blocks.map(([partition, block]) => `${partition}/${block}`).sort());
    }),
  );
});
