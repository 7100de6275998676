import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { viewName, viewVersion } from '../../../../domain/views.ts';
import { expirableSnapshots } from '../../../../infra/lake/care/expiry.ts';
import { MAIN, type TableMetadata } from '../../../../infra/lake/catalog/table-metadata.ts';

const COUNT = 8;
const idOf = (nth: number): string => `snapshot-${nth}`;
const NAMED = fc.uniqueArray(fc.integer({ min: 0, max: COUNT - 1 }), { maxLength: 3 });

/** Snapshots a second apart, the newest last; as a catalog may list them, in any order. */
function tableOf(tagged: readonly number[], order: readonly number[]): TableMetadata {
  const refs = Object.fromEntries(
    tagged.map((nth) => [`tag-${nth}`, { 'snapshot-id': idOf(nth), type: 'tag' }]),
  );
  return {
    refs: { ...refs, [MAIN]: { 'snapshot-id': idOf(COUNT - 1), type: 'branch' } },
    snapshots: order.map((nth) => ({
      ...{ 'snapshot-id': idOf(nth), 'sequence-number': nth + 1, 'timestamp-ms': nth * 1000 },
    })),
  } as unknown as TableMetadata;
}

const versionOf = (nth: number) => ({
  ...{ view: viewName('popularity'), version: viewVersion(nth + 1), isServable: true },
  inputs: [{ table: 'plays', snapshotId: idOf(nth) }],
});

test('what a tag names, what a kept version was made from, the newest, and what was the newest of late never expire; all else does', () => {
  const all = Array.from({ length: COUNT }, (_, nth) => nth);
  const shuffled = fc.shuffledSubarray(all, { minLength: COUNT });
  fc.assert(
    fc.property(NAMED, NAMED, fc.integer({ min: 0, max: COUNT }), shuffled, (tagged, made, kept, order) => {
      const asOf = (COUNT - 1) * 1000;
      const rules = { asOf, keepMs: kept * 1000 };
      const expired = new Set(expirableSnapshots(tableOf(tagged, order), made.map(versionOf), rules));
      for (const nth of all) {
        // It was the newest until the one after it was committed.
        const isOfLate = nth === COUNT - 1 || (nth + 1) * 1000 > asOf - rules.keepMs;
        const isNeeded = tagged.includes(nth) || made.includes(nth) || isOfLate;
        assert.equal(expired.has(idOf(nth)), !isNeeded, idOf(nth));
      }
    }),
  );
});
