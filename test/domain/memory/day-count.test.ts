import fc from 'fast-check';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countInDay, dayCount } from '../../../domain/memory/day-count.ts';
import { createMemoryState, openSlot } from '../../../domain/memory/state.ts';
import { HOUR_MS } from '../../../domain/time.ts';

const RING = 24;

test('impressions of the last day are those of its hour and the 23 before it, whatever came when', () => {
  const hour = fc.integer({ min: 0, max: 80 });
  fc.assert(
    fc.property(
      hour,
      fc.array(hour, { maxLength: 60 }),
      fc.integer({ min: 0, max: 110 }),
      (first, more, now) => {
        const state = createMemoryState();
        const slot = openSlot(state, 't', first);
        let newest = first;
        const kept = [first];
        for (const one of more) {
          countInDay(state, slot, one * HOUR_MS);
          // What is older than the ring reaches back is not counted, and what falls out of it is lost.
          if (one > newest - RING) kept.push(one);
          newest = Math.max(newest, one);
        }
        const inRing = more.length === 0 ? kept : kept.filter((one) => one > newest - RING);
        const expected = inRing.filter((one) => one > now - RING && one <= now).length;
        assert.equal(dayCount(state, slot, now * HOUR_MS + 1), expected);
      },
    ),
  );
});
