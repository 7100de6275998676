import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { titleId } from '../../domain/ids.ts';
import { createImpressionMemory } from '../../domain/impression-memory.ts';
import { isCapped, readMemory, seenWeight } from '../../domain/memory/read.ts';
import type { MemoryState } from '../../domain/memory/state.ts';
import { profileViewOf } from '../../domain/profile-view.ts';
import { hasTitle, type TitleTable } from '../../domain/ranking/types.ts';
import { DAY_MS } from '../../domain/time.ts';
import { shown } from '../support/profile-records.ts';

const NOON = Date.UTC(2026, 5, 1, 12);
/** Below, a title counts as never seen. */
const NOTICED = 0.999;
/** The last of what is shown is not among them. */
const IDS = ['a', 'b', 'c', 'd'].map(titleId);

const table = {
  count: IDS.length,
  numberOf: (title) => IDS.indexOf(title),
} as Pick<TitleTable, 'count' | 'numberOf'> as TitleTable;

test('titles are discounted and capped as the memory says, however long ago they were shown', () => {
  const sighting = fc.record({
    title: fc.constantFrom('a', 'b', 'c', 'd', 'unknown'),
    age: fc.oneof(fc.nat(DAY_MS / 2), fc.nat(20 * DAY_MS), fc.nat(400 * DAY_MS)),
  });
  fc.assert(
    fc.property(
      fc.array(sighting, { minLength: 1, maxLength: 60 }),
      fc.constantFrom(0, 0.1, 0.9995, 1),
      (seen, leastWeight) => {
        const caps = { perDay: 3, halvedBy: 5, leastWeight };
        const fold = createImpressionMemory({ titles: 500, rowsPerTitle: 4, rowNames: 64, plays: 64 });
        let state: MemoryState | undefined;
        seen
          .toSorted((one, other) => other.age - one.age)
          .forEach(({ title, age }, offset) => {
            const record = { ...shown(title, 'trending', NOON - age), rawOffset: offset };
            state = fold.step(state, { topic: 'impressions', partition: 0, offset, record }).state;
          });
        const memory = state!;
        const { seenWeights, capped, shownOf } = profileViewOf(table, { memory }, NOON, caps);
        const found = new Map<number, number>();
        seenWeights.forEach((weight, title) => found.set(title, weight));
        for (const [number, id] of IDS.entries()) {
          const remembered = readMemory(memory, NOON).find((one) => one.titleId === id);
          const counts = remembered?.counts;
          assert.equal(shownOf!(number).lastDay, remembered?.lastDay ?? 0, id);
          assert.ok(Math.abs(shownOf!(number).week - (counts?.week ?? 0)) < 1e-9, id);
          const weight = counts === undefined ? 1 : seenWeight(counts.week, caps);
          if (weight < NOTICED) assert.ok(Math.abs((found.get(number) ?? 1) - weight) < 1e-12, id);
          else assert.equal(found.has(number), false, id);
          assert.equal(hasTitle(capped, number), isCapped(memory, id, NOON, caps), id);
        }
        assert.ok([...found.keys()].every((number) => number >= 0 && number < IDS.length));
      },
    ),
  );
});
