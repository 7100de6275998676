import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { foldIntoOther } from '../../../domain/memory/evict.ts';
import {
  addEntry,
  createMemoryState,
  entryCount,
  findEntry,
  lastTime,
  MARKS,
  MEMORY_SPANS,
  OTHER,
  removeEntry,
  rowAt,
  slotAt,
} from '../../../domain/memory/state.ts';
import { countSighting, firstTime, sumAt } from '../../../domain/memory/sums.ts';
import { DAY_MS } from '../../../domain/time.ts';

const START = Date.UTC(2026, 5, 1);
const NOW = START + 100 * DAY_MS;

const change = fc.record({
  what: fc.constantFrom('show', 'show', 'show', 'remove', 'fold'),
  slot: fc.nat(2),
  row: fc.integer({ min: 1, max: 4 }),
  time: fc.nat(90 * DAY_MS).map((after) => START + after),
});

test('whichever entries go, those that are left tell what was shown in them, once or more often', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60, size: 'max' }), (changes) => {
      const state = createMemoryState();
      const shown = new Map<string, number[]>();
      const nameOf = (slot: number, row: number): string => `${slot}/${row}`;
      for (const { what, slot, row, time } of changes) {
        const name = nameOf(slot, row);
        const times = shown.get(name) ?? [];
        const entry = findEntry(state, slot, row);
        assert.equal(entry >= 0, times.length > 0);
        if (what === 'show') {
          if (entry < 0) addEntry(state, slot, row, time);
          else countSighting(state, entry, time);
          shown.set(name, [...times, time]);
        } else if (entry >= 0) {
          if (what === 'remove') removeEntry(state, entry);
          else {
            foldIntoOther(state, entry);
            const other = nameOf(slot, OTHER);
            shown.set(other, [...(shown.get(other) ?? []), ...times]);
          }
          shown.delete(name);
        }
      }
      assert.equal(entryCount(state), shown.size);
      let told = 0;
      for (let entry = 0; entry < entryCount(state); entry++) {
        const times = shown.get(nameOf(slotAt(state, entry), rowAt(state, entry)))!;
        if (state.times[entry]! < 0) told += 1;
        assert.equal(firstTime(state, entry), Math.min(...times));
        assert.equal(lastTime(state, entry), Math.max(...times));
        MEMORY_SPANS.forEach(({ tauMs }, span) => {
          const sum = times.reduce((total, time) => total + Math.exp(-(NOW - time) / tauMs), 0);
          assert.ok(Math.abs(sumAt(state, entry, span, NOW) - sum) <= 1e-9 * sum);
        });
      }
      assert.equal(state.marks.length, told * MARKS);
    }),
  );
});
