import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVERYWHERE, isAvailable, type CatalogueEntry } from '../../domain/catalogue.ts';
import { country, titleId } from '../../domain/ids.ts';

const entry = (availability: CatalogueEntry['availability']): CatalogueEntry => ({
  titleId: titleId('t'),
  kind: 'film',
  name: 'A film',
  genres: [],
  year: null,
  runtimeSeconds: null,
  launchTime: null,
  parentId: null,
  availability,
});
const [se, fr] = [country('SE'), country('FR')];

test('a country of its own overrides what holds everywhere, and an interval ends before its end', () => {
  const title = entry({ ...EVERYWHERE, SE: [{ from: 10, to: 20 }] });
  assert.equal(isAvailable(title, 5, fr), true);
  assert.deepEqual(
    [9, 10, 19, 20].map((at) => isAvailable(title, at, se)),
    [false, true, true, false],
  );
});

test('no interval means not available, and without a country somewhere is enough', () => {
  const title = entry({ SE: [], FR: [{ from: null, to: null }] });
  assert.equal(isAvailable(title, 0, se), false);
  assert.equal(isAvailable(title, 0, country('DE')), false);
  assert.equal(isAvailable(title, 0), true);
  assert.equal(isAvailable(entry({}), 0), false);
  assert.equal(isAvailable(title, 0, country('constructor')), false);
});
