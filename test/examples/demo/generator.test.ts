import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVENT_KINDS } from '../../../domain/events/contract.ts';
import { validateEvent } from '../../../domain/events/validate.ts';
import { PAST_LIMIT_MS } from '../../../domain/time.ts';
import { generateEvents, type DemoEvent } from '../../../examples/demo/generator.ts';
import { POSITIONS, ROWS, VISIBLE } from '../../../examples/demo/impressions.ts';
import { PAUSE_MS } from '../../../examples/demo/visit.ts';
import { END_MS, OPTIONS, SMALL_DATA } from './small-data.ts';

const EVENTS = [...generateEvents(SMALL_DATA, OPTIONS)];
const ofKind = (kind: DemoEvent['kind']): DemoEvent[] => EVENTS.filter((event) => event.kind === kind);

test('every event is valid by the contract, and impressions alone carry attributes outside it', () => {
  for (const event of EVENTS) {
    const checked = validateEvent(event);
    assert.ok(checked.ok, JSON.stringify(checked));
    assert.equal(checked.event.extra !== undefined, event.kind === 'impression');
  }
});

test('every kind of the contract is sent, and impressions have about 1.2 KB', () => {
  const kinds = new Set(EVENTS.map(({ kind }) => kind));
  assert.deepEqual([...kinds].sort(), [...EVENT_KINDS].sort());
  const sizes = ofKind('impression').map((event) => JSON.stringify(event).length);
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  assert.ok(mean > 1100 && mean < 1300, `${mean} bytes`);
});

test('what was not seen in a row was searched for', () => {
  const searched = new Set(
    ofKind('search').map(({ eventId }) => eventId.replace(/^search(-again)?/, 'play')),
  );
  const clicked = new Set(ofKind('click').map(({ eventId }) => eventId.replace('click', 'play')));
  for (const { eventId } of ofKind('play_start'))
    assert.notEqual(searched.has(eventId), clicked.has(eventId));
});

test('each rating gives one play, one stop, one rating and about three impressions', () => {
  const ratings = SMALL_DATA.ratings.length;
  for (const kind of ['play_start', 'play_stop', 'rate'] as const) assert.equal(ofKind(kind).length, ratings);
  const perPlay = ofKind('impression').length / ratings;
  assert.ok(perPlay > 2.8 && perPlay < 3.2, `${perPlay} impressions a play`);
});

test('events come in time order, none older than the limit, none after the end', () => {
  let before = 0;
  for (const { eventTime } of EVENTS) {
    assert.ok(eventTime >= before && eventTime <= END_MS);
    assert.ok(END_MS - eventTime < PAST_LIMIT_MS);
    before = eventTime;
  }
  assert.equal(ofKind('play_start').at(-1)?.eventTime, END_MS, 'the newest rating is played at the end');
});

test('a play starts before it stops, and is seen before it starts', () => {
  const at = new Map(EVENTS.map((event) => [event.eventId, event]));
  let own = 0;
  let short = 0;
  let stated = 0;
  for (const start of ofKind('play_start')) {
    const stop = at.get(start.eventId.replace('play', 'stop'));
    assert.equal(stop?.['playId'], start.eventId);
    assert.ok(stop.eventTime - start.eventTime <= Number(start['durationSeconds']) * 1000 + PAUSE_MS);
    if (Number(stop['viewedSeconds']) < 120) short += 1;
    const shown = [0, 1, 2, 3].map((index) => at.get(`${start.eventId.replace('play', 'imp')}-${index}`));
    for (const seen of shown) {
      if (seen === undefined) continue;
      assert.ok(seen.eventTime <= start.eventTime);
      assert.equal(seen['pageId'], start['pageId']);
      assert.equal(seen['recommendationId'], start['recommendationId']);
    }
    const origins = shown.filter((seen) => seen?.['titleId'] === start['titleId']);
    if (origins.length > 0) own += 1;
    if (start['row'] === undefined) continue;
    stated += 1;
    assert.ok(origins.some((seen) => seen?.['rank'] === start['rank'] && seen?.['row'] === start['row']));
  }
  assert.ok(stated > 0.6 * own && stated < 0.8 * own, `${stated} of ${own} say their row`);
  assert.ok(own > 0.8 * SMALL_DATA.ratings.length && own < SMALL_DATA.ratings.length);
  assert.ok(short > 0.05 * SMALL_DATA.ratings.length && short < 0.4 * SMALL_DATA.ratings.length);
});

test('pages have ten rows of fifteen positions, and what is seen at once fits the view', () => {
  const rows = new Set(ROWS.map(({ value }) => value));
  assert.equal(rows.size, 10);
  const pages = new Map<unknown, number[]>();
  for (const { row, rank, recommendationId } of ofKind('impression') as readonly Record<string, unknown>[]) {
    assert.ok(rows.has(String(row)) && Number(rank) < POSITIONS);
    pages.set(recommendationId, [...(pages.get(recommendationId) ?? []), Number(rank)]);
  }
  for (const ranks of pages.values()) {
    assert.equal(new Set(ranks).size, ranks.length, 'one title a position');
    assert.ok(Math.max(...ranks) - Math.min(...ranks) < VISIBLE);
  }
});

test('ids are unique and deterministic, and another run has other ids', () => {
  assert.equal(new Set(EVENTS.map(({ eventId }) => eventId)).size, EVENTS.length);
  assert.deepEqual([...generateEvents(SMALL_DATA, OPTIONS)], EVENTS);
  const other = generateEvents(SMALL_DATA, { ...OPTIONS, runId: 'u' }).next().value as DemoEvent;
  assert.ok(EVENTS.every(({ eventId }) => eventId !== other.eventId));
});

test('a profile lives in one country and each producer numbers without a gap', () => {
  const countries = new Map<string, unknown>();
  const sequence = new Map<unknown, number>();
  for (const event of EVENTS) {
    assert.equal(countries.get(event.profileId) ?? event['country'], event['country']);
    countries.set(event.profileId, event['country']);
    const expected = sequence.get(event['producer']) ?? 0;
    assert.equal(event['producerSeq'], expected);
    sequence.set(event['producer'], expected + 1);
  }
  assert.ok(new Set(countries.values()).size >= 6);
});

test('a limit takes the oldest ratings and still ends at the end', () => {
  const few = [...generateEvents(SMALL_DATA, { ...OPTIONS, limit: 50 })];
  assert.equal(few.filter(({ kind }) => kind === 'play_start').length, 50);
  assert.equal(few.at(-1)?.eventTime, END_MS);
});
