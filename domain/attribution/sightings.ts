/**
 * The impressions that a profile's plays may still be attributed to, in the order they were logged, as columns: numbers in
 * typed arrays and texts joined, since this is written with every change of the profile. Plain data for msgpack.
 */
import type { CleanRecord, Impression } from '../events/event.ts';
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
export const textAt = ({ texts }: Sightings, text: string): number => texts.indexOf(text);
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
  to.refs[i * STRIDE] = intern(to.texts, titleId);
  to.refs[i * STRIDE + ROW] = intern(to.texts, row);
  to.refs[i * STRIDE + PAGE] = pageId === null ? NO_TEXT : intern(to.texts, pageId);
  to.refs[i * STRIDE + RANK] = rank;
  to.ids += id;
  to.idEnds[i] = to.ids.length;
}

function intern(texts: string[], text: string): number {
  const found = texts.indexOf(text);
  return found >= 0 ? found : texts.push(text) - 1;
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

/** Those that are to be kept, in the same order; texts that none of them has are gone. */
export function keepSightings(sightings: Sightings, keep: (i: number) => boolean): Sightings {
  const kept = createSightings();
  for (let i = 0; i < sightings.count; i++) if (keep(i)) addSighting(kept, readSighting(sightings, i));
  return kept;
}
