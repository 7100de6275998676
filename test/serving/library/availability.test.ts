import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isAvailable, type CatalogueEntry } from '../../../domain/catalogue.ts';
import { country } from '../../../domain/ids.ts';
import { hasTitle } from '../../../domain/ranking/types.ts';
import { boundariesOf, createAvailability } from '../../../serving/library/availability.ts';
import { entry } from '../../support/serving.ts';

const moment = fc.integer({ min: 0, max: 12 });
const interval = fc.record({ from: fc.option(moment), to: fc.option(moment) });
const availability = fc.dictionary(fc.constantFrom('*', 'SE', 'DE'), fc.array(interval, { maxLength: 2 }), {
  maxKeys: 3,
});
const asked = fc.record({ at: moment, where: fc.option(fc.constantFrom('SE', 'DE', 'US', 'FR')) });

test('sets that are kept are those that a look at every title gives, at any time in any order', () => {
  fc.assert(
    fc.property(fc.array(availability, { maxLength: 5 }), fc.array(asked), (all, questions) => {
      const entries = all.map((one, i): CatalogueEntry => entry(`t${i}`, { availability: one }));
      const kept = createAvailability(entries, boundariesOf(entries));
      for (const { at, where } of questions) {
        const named = where === null ? null : country(where);
        const set = kept.at(at, named);
        assert.deepEqual(
          entries.map((_, title) => hasTitle(set, title)),
          entries.map((one) => isAvailable(one, at, named ?? undefined)),
          `at ${at} in ${where}`,
        );
      }
    }),
  );
});
