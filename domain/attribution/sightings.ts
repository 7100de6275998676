/**
 * The impressions that a profile's plays may still be attributed to, in the order they were logged. Numbers stand in one
 * plain array, which grows and is stored cheaper than typed arrays are for the few impressions that most profiles have;
 * each title and place is kept once. Plain data for msgpack.
 */
import type { CleanRecord, Impression } from '../events/event.ts';
import { hashText } from '../hash.ts';
import type { EpochMs } from '../time.ts';

export interface Sightings {
  /** What times are counted from, so that they are short: the time of the first. */
  base: EpochMs;
  /** STRIDE numbers per sighting: its time after `base`, title and place as indices, rank. */
  marks: number[];
  /** Event ids. */
  ids: string[];
  titles: string[];
  /** Of each title a short hash, so that one is found without comparing it with all others. */
  titleHashes: number[];
  /** Row and page of each place, in turns; a page that is not known is empty. */
  places: string[];
  placeHashes: number[];
}

const STRIDE = 4;
const TITLE = 1;
const PLACE = 2;
const RANK = 3;
/** The most sightings a profile can hold: titles and places are found by looking through all of them. */
export const MAX_SIGHTINGS = 20_000;

export const createSightings = (): Sightings => ({
  base: 0,
  marks: [],
  ids: [],
  titles: [],
  titleHashes: [],
  places: [],
  placeHashes: [],
});

/** An impression as a play points to it. */
export interface Sighting {
  readonly id: string;
  readonly time: EpochMs;
  readonly titleId: string;
  readonly row: string;
  readonly rank: number;
  readonly pageId: string | null;
}

export const sightingOf = ({ event }: CleanRecord<Impression>): Sighting => ({
  id: event.eventId,
  time: event.eventTime,
  titleId: event.titleId,
  row: event.row,
  rank: event.rank,
  pageId: event.pageId ?? null,
});

export const countOf = ({ ids }: Sightings): number => ids.length;
export const timeAt = ({ base, marks }: Sightings, i: number): EpochMs => base + marks[i * STRIDE]!;
/** Sightings of one title, or of one place, have the same number. */
export const titleAt = ({ marks }: Sightings, i: number): number => marks[i * STRIDE + TITLE]!;
export const placeAt = ({ marks }: Sightings, i: number): number => marks[i * STRIDE + PLACE]!;
export const idAt = ({ ids }: Sightings, i: number): string => ids[i]!;

const shortHash = (text: string): number => hashText(text) & 0xffff;
const placeHash = (row: string, page: string): number => hashText(page, hashText(row)) & 0xffff;

/** Number of a title; -1 when no sighting has it. */
export function findTitle(
  { titles, titleHashes }: Sightings,
  title: string,
  hash = shortHash(title),
): number {
  for (let at = 0; at < titleHashes.length; at++) {
    if (titleHashes[at] === hash && titles[at] === title) return at;
  }
  return -1;
}

export function readSighting(sightings: Sightings, i: number): Sighting {
  const { titles, places, marks } = sightings;
  const place = placeAt(sightings, i);
  const page = places[2 * place + 1]!;
  return {
    id: idAt(sightings, i),
    time: timeAt(sightings, i),
    titleId: titles[titleAt(sightings, i)]!,
    row: places[2 * place]!,
    rank: marks[i * STRIDE + RANK]!,
    pageId: page === NO_PAGE ? null : page,
  };
}

/** No page that an event names is empty. */
const NO_PAGE = '';

/** Remembers an impression; `pageId` absent where it is not known. */
export function addSighting(
  to: Sightings,
  event: Pick<Impression, 'eventId' | 'eventTime' | 'titleId' | 'row' | 'rank' | 'pageId'>,
): void {
  const { marks, ids } = to;
  if (ids.length === 0) to.base = event.eventTime;
  const title = titleNumber(to, event.titleId);
  const place = placeNumber(to, event.row, event.pageId ?? NO_PAGE);
  marks.push(event.eventTime - to.base, title, place, event.rank);
  ids.push(event.eventId);
}

function titleNumber(to: Sightings, title: string): number {
  const hash = shortHash(title);
  const known = findTitle(to, title, hash);
  if (known >= 0) return known;
  to.titleHashes.push(hash);
  return to.titles.push(title) - 1;
}

/** Most impressions share row and page with the one before. */
function placeNumber(to: Sightings, row: string, page: string): number {
  const { marks, places, placeHashes } = to;
  if (marks.length > 0) {
    const last = marks[marks.length - STRIDE + PLACE]!;
    if (places[2 * last] === row && places[2 * last + 1] === page) return last;
  }
  const hash = placeHash(row, page);
  for (let at = 0; at < placeHashes.length; at++) {
    if (placeHashes[at] === hash && places[2 * at] === row && places[2 * at + 1] === page) return at;
  }
  places.push(row, page);
  return placeHashes.push(hash) - 1;
}

/** Those whose flag is set, in the same order; titles and places that none of them has are gone. */
export function keepSightings(sightings: Sightings, keep: Uint8Array): Sightings {
  const { marks, ids, titles, titleHashes, places, placeHashes } = sightings;
  const kept = createSightings();
  /** Where each title and place has gone. */
  const movedTitles = new Int32Array(titles.length).fill(-1);
  const movedPlaces = new Int32Array(placeHashes.length).fill(-1);
  for (let i = 0; i < ids.length; i++) {
    if (keep[i] === 0) continue;
    const [title, place] = [titleAt(sightings, i), placeAt(sightings, i)];
    if (movedTitles[title] === -1) {
      kept.titleHashes.push(titleHashes[title]!);
      movedTitles[title] = kept.titles.push(titles[title]!) - 1;
    }
    if (movedPlaces[place] === -1) {
      kept.places.push(places[2 * place]!, places[2 * place + 1]!);
      movedPlaces[place] = kept.placeHashes.push(placeHashes[place]!) - 1;
    }
    if (kept.ids.length === 0) kept.base = timeAt(sightings, i);
    const time = timeAt(sightings, i) - kept.base;
    kept.marks.push(time, movedTitles[title]!, movedPlaces[place]!, marks[i * STRIDE + RANK]!);
    kept.ids.push(ids[i]!);
  }
  return kept;
}
