/**
 * The impressions that a profile's plays may still be attributed to, in the order they were logged, as columns: numbers in
 * typed arrays and texts joined, since this is written with every change of the profile. Plain data for msgpack.
 */
import type { CleanRecord, Impression } from '../events/event.ts';
import { hashText } from '../hash.ts';
import type { EpochMs } from '../time.ts';

export interface Sightings {
  count: number;
  /** Event times. */
  times: Float64Array;
  /** Per sighting: title, row and page as indices into `texts`, and the rank. */
  refs: Uint16Array;
  /** Event ids, one after the other; `idEnds` says where each ends. */
  ids: string;
  idEnds: Uint32Array;
  /** Titles, rows and pages, each once; the first is empty and stands for a page that is not known. */
  texts: string[];
  /** Of each text its hash, so that one is found without comparing it with all others. */
  hashes: Uint32Array;
}

const STRIDE = 4;
const ROW = 1;
const PAGE = 2;
const RANK = 3;
const FIRST_CAPACITY = 8;
/** The most sightings a profile can hold: three texts each, and indices of 16 bits. */
export const MAX_SIGHTINGS = 20_000;
export const NO_TEXT = 0;

export const createSightings = (): Sightings => ({
  count: 0,
  times: new Float64Array(FIRST_CAPACITY),
  refs: new Uint16Array(FIRST_CAPACITY * STRIDE),
  ids: '',
  idEnds: new Uint32Array(FIRST_CAPACITY),
  texts: [''],
  hashes: new Uint32Array(FIRST_CAPACITY),
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

/** Index of a text; -1 when no sighting has it. */
export const textAt = ({ texts, hashes }: Sightings, text: string): number =>
  find(texts, hashes, text, hashText(text));
export const titleAt = ({ refs }: Sightings, i: number): number => refs[i * STRIDE]!;
export const rowAt = ({ refs }: Sightings, i: number): number => refs[i * STRIDE + ROW]!;
export const pageAt = ({ refs }: Sightings, i: number): number => refs[i * STRIDE + PAGE]!;
export const idAt = ({ ids, idEnds }: Sightings, i: number): string =>
  ids.slice(i === 0 ? 0 : idEnds[i - 1], idEnds[i]);

export function readSighting(sightings: Sightings, i: number): Sighting {
  const { texts, times, refs } = sightings;
  const page = pageAt(sightings, i);
  return {
    id: idAt(sightings, i),
    time: times[i]!,
    titleId: texts[titleAt(sightings, i)]!,
    row: texts[rowAt(sightings, i)]!,
    rank: refs[i * STRIDE + RANK]!,
    pageId: page === NO_TEXT ? null : texts[page]!,
  };
}

export function addSighting(to: Sightings, { id, time, titleId, row, rank, pageId }: Sighting): void {
  if (to.count === to.times.length) grow(to);
  const i = to.count++;
  to.times[i] = time;
  to.refs[i * STRIDE] = intern(to, titleId);
  to.refs[i * STRIDE + ROW] = intern(to, row, i === 0 ? NO_TEXT : rowAt(to, i - 1));
  to.refs[i * STRIDE + PAGE] =
    pageId === null ? NO_TEXT : intern(to, pageId, i === 0 ? NO_TEXT : pageAt(to, i - 1));
  to.refs[i * STRIDE + RANK] = rank;
  to.ids += id;
  to.idEnds[i] = to.ids.length;
}

/** `guess` is where it may well be: most impressions share row and page with the one before. */
function intern(to: Sightings, text: string, guess = NO_TEXT): number {
  if (to.texts[guess] === text) return guess;
  const hash = hashText(text);
  const found = find(to.texts, to.hashes, text, hash);
  return found >= 0 ? found : append(to, text, hash);
}

function append(to: Sightings, text: string, hash: number): number {
  const at = to.texts.push(text) - 1;
  if (at === to.hashes.length) {
    const hashes = new Uint32Array(at + Math.max(FIRST_CAPACITY, at >> 1));
    hashes.set(to.hashes);
    to.hashes = hashes;
  }
  to.hashes[at] = hash;
  return at;
}

function find(texts: readonly string[], hashes: Uint32Array, text: string, hash: number): number {
  for (let at = hashes.indexOf(hash); at >= 0 && at < texts.length; at = hashes.indexOf(hash, at + 1)) {
    if (texts[at] === text) return at;
  }
  return -1;
}

function grow(sightings: Sightings): void {
  const capacity = sightings.count + Math.max(FIRST_CAPACITY, sightings.count >> 1);
  const times = new Float64Array(capacity);
  const refs = new Uint16Array(capacity * STRIDE);
  const idEnds = new Uint32Array(capacity);
  times.set(sightings.times);
  refs.set(sightings.refs);
  idEnds.set(sightings.idEnds);
  Object.assign(sightings, { times, refs, idEnds });
}

/** Those whose flag is set, in the same order; texts that none of them has are gone. */
export function keepSightings(sightings: Sightings, keep: Uint8Array): Sightings {
  const { count, times, refs, ids, idEnds, texts, hashes } = sightings;
  const kept = createSightings();
  /** Where each text has gone; the empty one stays first. */
  const moved = new Uint16Array(texts.length);
  const move = (text: number): number => {
    if (text !== NO_TEXT && moved[text] === 0) moved[text] = append(kept, texts[text]!, hashes[text]!);
    return moved[text]!;
  };
  const parts: string[] = [];
  let idLength = 0;
  for (let i = 0; i < count; i++) {
    if (keep[i] === 0) continue;
    if (kept.count === kept.times.length) grow(kept);
    const to = kept.count++;
    const from = i === 0 ? 0 : idEnds[i - 1]!;
    const end = idEnds[i]!;
    kept.times[to] = times[i]!;
    kept.refs[to * STRIDE] = move(refs[i * STRIDE]!);
    kept.refs[to * STRIDE + ROW] = move(refs[i * STRIDE + ROW]!);
    kept.refs[to * STRIDE + PAGE] = move(refs[i * STRIDE + PAGE]!);
    kept.refs[to * STRIDE + RANK] = refs[i * STRIDE + RANK]!;
    parts.push(ids.slice(from, end));
    kept.idEnds[to] = idLength += end - from;
  }
  kept.ids = parts.join('');
  return kept;
}
