import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { extractStep, logTimeAfter, type ExtractOutcome, type RawRecord } from '../../domain/extract.ts';
import { NOTHING_KNOWN, recordedInputs, type SideInputs } from '../../domain/side-inputs.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START = 1_790_000_000_000;
const limits = { dedupeWindowMs: DAY_MS, maxEventBytes: 4000 };

const impression = (eventId: string, extra: object = {}) => ({
  kind: 'impression',
  eventId,
  eventTime: START,
  profileId: 'p',
  country: 'SE',
  titleId: 't',
  row: 'r',
  rank: 0,
  ...extra,
});

/** Drives the step over a log as the extractor does. */
function extractLog(
  log: readonly { readonly timestamp: number; readonly value: object }[],
  inputsOf: (offset: number) => SideInputs = () => NOTHING_KNOWN,
): ExtractOutcome[] {
  const seen = new Map<string, number>();
  let time = 0;
  return log.map(({ timestamp, value }, offset) => {
    const record: RawRecord = { offset, timestamp, value: new TextEncoder().encode(JSON.stringify(value)) };
    time = logTimeAfter(time, record);
    const lookup = { lastSeen: (key: string) => seen.get(key), isSettled: () => false };
    const outcome = extractStep(record, time, lookup, limits, inputsOf(offset));
    if (outcome.key !== undefined) seen.set(outcome.key, time);
    return outcome;
  });
}

const cleanOf = (outcome: ExtractOutcome | undefined) => {
  assert.ok(outcome?.type === 'clean');
  return outcome.record;
};

test('where the broker clock steps back an hour, append times stay and events are judged by them', () => {
  const times = [START, START + HOUR_MS, START, START + 10, START + 2 * HOUR_MS];
  const eventTime = START + HOUR_MS + 6000;
  const outcomes = extractLog(
    times.map((timestamp, i) => ({ timestamp, value: impression(`e${i}`, { eventTime }) })),
  );
  const records = outcomes.map(cleanOf);
  assert.deepEqual(
    records.map(({ appendTime }) => appendTime),
    [START, START + HOUR_MS, START + HOUR_MS, START + HOUR_MS, START + 2 * HOUR_MS],
  );
  // Ahead of the first record's log time; an hour later, and after the clock stepped back, it is not.
  assert.deepEqual(
    records.map(({ timeStatus }) => timeStatus),
    ['future', 'ok', 'ok', 'ok', 'ok'],
  );
});

test('an id sent again after the clock stepped back is a duplicate as long as by the log', () => {
  const again = impression('again');
  const outcomes = extractLog([
    { timestamp: START, value: again },
    { timestamp: START + DAY_MS + 1, value: impression('other') },
    { timestamp: START, value: again },
    { timestamp: START - HOUR_MS, value: again },
  ]);
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.type === 'clean' ? outcome.late : outcome.type)),
    [false, false, true, 'duplicate'],
  );
});

test('an event that contradicts itself is refused once, and its id is taken', () => {
  const wrong = impression('wrong', { rank: 9, rowLength: 3 });
  const [first, second] = extractLog([
    { timestamp: START, value: wrong },
    { timestamp: START, value: wrong },
  ]);
  assert.ok(first?.type === 'dead');
  assert.deepEqual([first.code, first.field, first.shape], ['EVENT_CONTRADICTS', 'rowLength', 'number 3']);
  assert.equal(second?.type, 'duplicate');
});

test('what is corrected keeps what was sent, and what is known is filled in', () => {
  const value = impression('e', {
    pageId: 'home',
    titleKind: 'episode',
    rank: 4,
    rowLength: 2,
    country: 'ZZ',
  });
  const record = cleanOf(extractLog([{ timestamp: START, value }], () => KNOWN)[0]);
  assert.deepEqual(record.event, { ...value, titleKind: 'film', rowLength: 10, country: 'SE' });
  const { profileHash, corrections, ...enriched } = record.enriched ?? {};
  assert.deepEqual(enriched, {
    catalogueVersion: 7,
    pagesVersion: 9,
    rootTitleId: 'series-1',
    knownKind: 'film',
    genres: 'Crime|Drama',
    runtimeSeconds: 5400,
    launchTime: -5,
    pageKind: 'home',
    rowKind: 'trending',
    rowIndex: 2,
    profileAnswer: 'stale',
    profileSegment: 'family',
    profileMaturity: 12,
    profileCountry: 'SE',
  });
  assert.deepEqual(JSON.parse(corrections ?? ''), { country: 'ZZ', rowLength: 2, titleKind: 'episode' });
  assert.ok(Number.isInteger(profileHash));
});

test('a title and a page that nobody knows are kept, with the version that was looked in', () => {
  const inputs: SideInputs = {
    catalogue: { version: 1, titleOf: () => undefined },
    pages: { version: 2, placeOf: () => undefined },
    profileOf: () => ({ answer: 'unknown' }),
  };
  const value = impression('e', { pageId: 'home' });
  const { event, enriched } = cleanOf(extractLog([{ timestamp: START, value }], () => inputs)[0]);
  assert.deepEqual(event, value);
  const { profileHash, ...rest } = enriched ?? {};
  assert.deepEqual(rest, { catalogueVersion: 1, pagesVersion: 2, profileAnswer: 'unknown' });
  assert.notEqual(profileHash, undefined);
});

const KNOWN: SideInputs = {
  countries: new Set(['SE']),
  catalogue: {
    version: 7,
    titleOf: () => ({
      kind: 'film',
      genres: 'Crime|Drama',
      rootTitleId: 'series-1',
      runtimeSeconds: 5400,
      launchTime: -5,
    }),
  },
  pages: {
    version: 9,
    placeOf: () => ({ pageKind: 'home', row: { kind: 'trending', index: 2, length: 10 } }),
  },
  profileOf: () => ({ answer: 'stale', segment: 'family', maturity: 12, country: 'SE' }),
};

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 3 });

const arbitraryInputs: fc.Arbitrary<SideInputs> = fc
  .record({
    title: maybe(
      fc.record({
        kind: fc.constantFrom('film', 'series', 'season', 'episode'),
        genres: fc.constantFrom('', 'Drama', 'Crime|Drama'),
        rootTitleId: fc.constantFrom('t', 'root'),
      }),
    ),
    place: maybe(
      fc.record(
        {
          pageKind: fc.constant('home'),
          row: fc.record(
            { kind: fc.constant('k'), index: fc.nat(9), length: fc.nat(9) },
            { requiredKeys: ['kind', 'index'] },
          ),
        },
        { requiredKeys: ['pageKind'] },
      ),
    ),
    profile: maybe(
      fc.record(
        {
          answer: fc.constantFrom('fresh', 'stale', 'unknown', 'unavailable'),
          segment: fc.constantFrom('a', 'b'),
          maturity: fc.nat(18),
          country: fc.constantFrom('SE', 'ZZ', 'BR'),
        },
        { requiredKeys: ['answer'] },
      ),
    ),
    catalogueVersion: maybe(fc.integer({ min: 1, max: 9 })),
    pagesVersion: maybe(fc.integer({ min: 1, max: 9 })),
    countries: fc.constantFrom(undefined, new Set(['SE', 'NO'])),
  })
  .map(({ title, place, profile, catalogueVersion, pagesVersion, countries }) => ({
    countries,
    catalogue:
      catalogueVersion === undefined ? undefined : { version: catalogueVersion, titleOf: () => title },
    pages: pagesVersion === undefined ? undefined : { version: pagesVersion, placeOf: () => place },
    profileOf: () => profile,
  }));

const arbitraryEvent = fc
  .record(
    {
      eventId: fc.uuid(),
      country: fc.constantFrom('SE', 'NO', 'ZZ'),
      rank: fc.nat(9),
      rowLength: fc.nat(9),
      titleKind: fc.constantFrom('film', 'series'),
      pageId: fc.constant('home'),
    },
    { requiredKeys: ['eventId', 'country', 'rank'] },
  )
  .map(({ eventId, ...extra }) => impression(eventId, extra));

test('the fold over the raw log with the recorded answers gives the same bytes again', () => {
  const codec = createCleanCodec();
  fc.assert(
    fc.property(fc.array(fc.tuple(arbitraryEvent, arbitraryInputs), { maxLength: 12 }), (given) => {
      const countries = given[0]?.[1].countries;
      const log = given.map(([value], i) => ({ timestamp: START + i, value }));
      const live = extractLog(log, (i) => ({ ...(given[i]?.[1] ?? NOTHING_KNOWN), countries }));
      const replayed = extractLog(log, (i) => {
        const outcome = live[i];
        return recordedInputs(outcome?.type === 'clean' ? outcome.record : undefined, countries);
      });
      assert.equal(replayed.length, live.length);
      live.forEach((outcome, i) => {
        const again = replayed[i];
        if (outcome.type !== 'clean' || again?.type !== 'clean') return assert.deepEqual(again, outcome);
        const [before, after] = [outcome, again].map(({ topic, record }) => codec.encodeClean(topic, record));
        assert.deepEqual(after, before);
      });
    }),
  );
});
