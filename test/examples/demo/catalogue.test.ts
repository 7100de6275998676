import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAvailable } from '../../../domain/catalogue.ts';
import { country } from '../../../domain/ids.ts';
import { seededDataSet } from '../../../infra/datasets/seeded.ts';
import { COUNTRIES } from '../../../examples/demo/audience.ts';
import { catalogueEntries, PROBE_TITLE_ID } from '../../../examples/demo/catalogue.ts';
import { END_MS } from './small-data.ts';

const ENTRIES = [...catalogueEntries(seededDataSet('a test'), 1)];

test('every title is a film with a runtime between one and three hours', () => {
  for (const entry of ENTRIES) {
    if (entry.titleId === PROBE_TITLE_ID) continue;
    assert.equal(entry.kind, 'film');
    assert.ok((entry.runtimeSeconds ?? 0) >= 3_600 && (entry.runtimeSeconds ?? 0) <= 10_800);
  }
});

test('a few titles are shown in two countries only, all others everywhere', () => {
  const shownIn = (entry: (typeof ENTRIES)[number]): number =>
    COUNTRIES.filter(({ value }) => isAvailable(entry, END_MS, country(value))).length;
  const restricted = ENTRIES.filter((entry) => shownIn(entry) === 2).length;
  const everywhere = ENTRIES.filter((entry) => shownIn(entry) === COUNTRIES.length).length;
  assert.ok(restricted >= 10 && restricted <= 45, `${restricted} restricted titles`);
  assert.equal(restricted + everywhere, ENTRIES.length - 1);
});

test('the probe title is in the catalogue and available nowhere', () => {
  const probe = ENTRIES.find(({ titleId }) => titleId === PROBE_TITLE_ID);
  assert.ok(probe && !isAvailable(probe, END_MS));
});
