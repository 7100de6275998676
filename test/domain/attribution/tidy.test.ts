import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { answerFrom, type AnswerLimits, type Question } from '../../../domain/attribution/answers.ts';
import {
  addSighting,
  countOf,
  createSightings,
  readSighting,
  type Sighting,
  type Sightings,
} from '../../../domain/attribution/sightings.ts';
import { keepNewest, tidy } from '../../../domain/attribution/tidy.ts';
import { eventId, titleId } from '../../../domain/ids.ts';
import { DAY_MS, HOUR_MS } from '../../../domain/time.ts';

const LIMITS: AnswerLimits = { windowMs: 6 * HOUR_MS, discoveryDays: 2 };
const START = 20_000 * DAY_MS;

const time = fc.integer({ min: 0, max: 5 * 24 }).map((hours) => START + hours * HOUR_MS);
const sighting: fc.Arbitrary<Sighting> = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'dd', '\u{1f3ac}', '\uffff'),
  time,
  titleId: fc.constantFrom('film', 'episode', 'series'),
  row: fc.constantFrom('trending', 'home'),
  rank: fc.integer({ min: 0, max: 9 }),
  pageId: fc.constantFrom(null, 'home', 'search'),
});
const question: fc.Arbitrary<Question> = fc
  .record({
    titleId: fc.constantFrom('film', 'episode', 'series'),
    time,
    row: fc.constantFrom(null, 'trending', 'home'),
    pageId: fc.constantFrom(null, 'home', 'search'),
  })
  .map((asked) => ({
    ...asked,
    rootTitleId: asked.titleId === 'film' ? 'film' : 'series',
    pageId: asked.row === null ? null : asked.pageId,
  }));

function remembered(all: readonly Sighting[]): Sightings {
  const sightings = createSightings();
  for (const { id, time, titleId: title, pageId, ...where } of all) {
    const page = pageId === null ? {} : { pageId };
    addSighting(sightings, {
      ...{ eventId: eventId(id), eventTime: time, titleId: titleId(title) },
      ...where,
      ...page,
    });
  }
  return sightings;
}
const listed = (sightings: Sightings): Sighting[] =>
  Array.from({ length: countOf(sightings) }, (_, i) => readSighting(sightings, i));

test('what is tidied away changes no answer about a play that may still come', () => {
  const many = fc.array(sighting, { maxLength: 60, size: 'max' });
  fc.assert(
    fc.property(
      many,
      time,
      fc.array(question, { minLength: 20, maxLength: 20 }),
      (all, settled, questions) => {
        const whole = remembered(all);
        const left = tidy(whole, settled, LIMITS);
        for (const asked of questions) {
          if (asked.time < settled) continue;
          assert.deepEqual(answerFrom(left, asked, LIMITS), answerFrom(whole, asked, LIMITS));
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test('impressions of the past are left once per spot in the window and once per title and day in the horizon', () => {
  const hourly = Array.from({ length: 120 }, (_, i) => ({
    ...{ id: `i${i}`, time: START + i * HOUR_MS, titleId: 'film', row: 'trending', rank: 0, pageId: 'home' },
  }));
  const left = tidy(remembered(hourly), START + 119 * HOUR_MS, LIMITS);
  assert.deepEqual(
    listed(left).map(({ id }) => id),
    ['i48', 'i72', 'i96', 'i119'],
  );
});

test('what is kept is what it was, and titles and places that nothing names any more are gone', () => {
  fc.assert(
    fc.property(fc.array(sighting, { maxLength: 60, size: 'max' }), time, (all, settled) => {
      const left = listed(tidy(remembered(all), settled, LIMITS));
      const { titles, places } = tidy(remembered(all), settled, LIMITS);
      const rest = [...all];
      for (const one of left) {
        const at = rest.findIndex((candidate) => JSON.stringify(candidate) === JSON.stringify(one));
        assert.ok(at >= 0);
        // In the order they came.
        rest.splice(0, at + 1);
      }
      if (left.length === all.length) return;
      assert.deepEqual(titles.toSorted(), [...new Set(left.map((one) => one.titleId))].sort());
      const named = new Set(left.flatMap(({ row, pageId }) => [row, pageId ?? '']));
      assert.deepEqual(new Set(places), named);
    }),
  );
});

test('a full profile forgets its oldest impressions, in whatever order they came', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }), (order) => {
      const all = order.map((i) => ({
        ...{ id: `i${i}`, time: START + i, titleId: `t${i}`, row: 'r', rank: 0, pageId: null },
      }));
      const left = listed(keepNewest(remembered(all), 3)).map(({ id }) => id);
      assert.deepEqual(left.toSorted(), ['i5', 'i6', 'i7']);
    }),
  );
});
