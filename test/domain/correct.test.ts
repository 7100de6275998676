import assert from 'node:assert/strict';
import { test } from 'node:test';
import { correct } from '../../domain/correct.ts';
import type { MarqueeEvent } from '../../domain/events/event.ts';
import type { PagePlace, ProfileAnswer, TitleDetails } from '../../domain/side-inputs.ts';

const NORDIC = new Set(['SE', 'NO']);
const film: TitleDetails = { kind: 'film', genres: 'Drama', rootTitleId: 't' };
const rowOf = (length: number): PagePlace => ({
  pageKind: 'home',
  row: { kind: 'trending', index: 0, length },
});
const homeIn = (country: string): ProfileAnswer => ({ answer: 'fresh', country });
const UNAVAILABLE: ProfileAnswer = { answer: 'unavailable' };

interface Case {
  readonly what: string;
  readonly sent: object;
  readonly title?: TitleDetails;
  readonly place?: PagePlace;
  readonly profile?: ProfileAnswer;
  readonly countries?: ReadonlySet<string>;
  /** Corrected columns; a text is the field that is refused; undefined where nothing is wrong. */
  readonly gives: object | string | undefined;
}

const CASES: readonly Case[] = [
  { what: 'a country of the region', sent: { country: 'SE' }, countries: NORDIC, gives: undefined },
  { what: 'any country where none are named', sent: { country: 'BR' }, gives: undefined },
  {
    what: 'a journey within the region',
    sent: { country: 'NO' },
    countries: NORDIC,
    profile: homeIn('SE'),
    gives: undefined,
  },
  {
    what: 'a country outside, of an account at home',
    sent: { country: 'ZZ' },
    countries: NORDIC,
    profile: homeIn('SE'),
    gives: { country: 'SE' },
  },
  {
    what: 'a country outside, of an account outside',
    sent: { country: 'ZZ' },
    countries: NORDIC,
    profile: homeIn('BR'),
    gives: 'country',
  },
  {
    what: 'a country outside while the service is away',
    sent: { country: 'ZZ' },
    countries: NORDIC,
    profile: UNAVAILABLE,
    gives: 'country',
  },
  { what: 'a country outside, nobody asked', sent: { country: 'ZZ' }, countries: NORDIC, gives: 'country' },
  { what: 'the last place of a row', sent: { rank: 4, rowLength: 5 }, gives: undefined },
  { what: 'a row without its length', sent: { rank: 40 }, place: rowOf(5), gives: undefined },
  { what: 'a row that has grown since', sent: { rank: 7, rowLength: 10 }, place: rowOf(5), gives: undefined },
  {
    what: 'a place beyond the row, of a row known to be longer',
    sent: { rank: 7, rowLength: 5 },
    place: rowOf(10),
    gives: { rowLength: 10 },
  },
  {
    what: 'a place beyond the row however long',
    sent: { rank: 10, rowLength: 5 },
    place: rowOf(10),
    gives: 'rowLength',
  },
  { what: 'a place beyond a row nobody knows', sent: { rank: 5, rowLength: 5 }, gives: 'rowLength' },
  {
    what: 'a page without such a row',
    sent: { rank: 5, rowLength: 5 },
    place: { pageKind: 'home' },
    gives: 'rowLength',
  },
  { what: 'the kind that it is', sent: { titleKind: 'film' }, title: film, gives: undefined },
  { what: 'another kind', sent: { titleKind: 'episode' }, title: film, gives: { titleKind: 'film' } },
  { what: 'a kind of a title nobody knows', sent: { titleKind: 'episode' }, gives: undefined },
  {
    what: 'two columns at a time',
    sent: { country: 'ZZ', titleKind: 'series' },
    title: film,
    countries: NORDIC,
    profile: homeIn('NO'),
    gives: { country: 'NO', titleKind: 'film' },
  },
  {
    what: 'one to correct and one to refuse',
    sent: { rank: 9, rowLength: 5, titleKind: 'series' },
    title: film,
    gives: 'rowLength',
  },
];

for (const { what, sent, title, place, profile, countries, gives } of CASES) {
  test(`${what}: ${verdict(gives)}`, () => {
    const event = { kind: 'impression', country: 'SE', titleId: 't', row: 'r', ...sent };
    const found = correct(event as unknown as MarqueeEvent, { title, place, profile }, countries);
    if (typeof gives === 'string') {
      assert.ok(found !== undefined && 'expected' in found);
      assert.equal(found.field, gives);
    } else if (gives === undefined) assert.equal(found, undefined);
    else {
      assert.ok(found !== undefined && 'sent' in found);
      assert.deepEqual(found.event, { ...event, ...gives });
      const before = Object.keys(gives).map((field) => [field, (event as Record<string, unknown>)[field]]);
      assert.deepEqual(found.sent, Object.fromEntries(before));
    }
  });
}

function verdict(gives: Case['gives']): string {
  if (gives === undefined) return 'nothing to correct';
  return typeof gives === 'string' ? `refused by ${gives}` : `corrected to ${JSON.stringify(gives)}`;
}
