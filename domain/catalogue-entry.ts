/** One line of a catalogue: what it must be to be read, and what it must keep besides to be published. */
import { GENRE_SEPARATOR, TITLE_KINDS, type CatalogueEntry, type Interval } from './catalogue.ts';
import { ENRICHED_FIELDS, PAYLOAD_FIELDS } from './events/contract.ts';
import type { TitleId } from './ids.ts';
import { readFields, type JsonFields, type Refuse } from './json-fields.ts';

const ABSENT = { genres: [], year: null, runtimeSeconds: null, launchTime: null, parentId: null } as const;
const ANY_TEXT = /^/;
const MOST_GENRES = 64;
const LONGEST_GENRE = 128;
/** A country as events name it, or every country without an entry of its own. */
const COUNTRY = /^(\*|[A-Z]{2})$/;
const MOST_COUNTRIES = 300;
const MOST_INTERVALS = 100;
const { max: LONGEST_ID } = PAYLOAD_FIELDS.titleId;
const { max: LONGEST_GENRES } = ENRICHED_FIELDS.genres;
const { max: LONGEST_RUNTIME_S } = ENRICHED_FIELDS.runtimeSeconds;
const { max: LATEST_MS } = ENRICHED_FIELDS.launchTime;

/**
 * Reads an entry out of parsed JSON. Genres, year, runtime, launch and parent may be left out; without `availability`
 * nobody says that the title may be shown anywhere, so that may not. Unknown fields are passed over.
 */
export function readCatalogueEntry(value: unknown, refuse: Refuse): CatalogueEntry {
  const given = typeof value === 'object' && value !== null && !Array.isArray(value);
  const fields = readFields(given ? { ...ABSENT, ...value } : value, refuse);
  const number = (field: string): number => fields.number(field, -Number.MAX_VALUE, Number.MAX_VALUE);
  return {
    titleId: readId(fields, 'titleId', refuse),
    kind: fields.oneOf('kind', TITLE_KINDS),
    name: fields.text('name', ANY_TEXT),
    genres: fields.list('genres', MOST_GENRES, readGenre),
    year: fields.nullable('year', (field) =>
      fields.integer(field, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    ),
    runtimeSeconds: fields.nullable('runtimeSeconds', (field) => fields.number(field, 0, Number.MAX_VALUE)),
    launchTime: fields.nullable('launchTime', number),
    parentId: fields.nullable('parentId', (field) => readId(fields, field, refuse)),
    availability: readAvailability(fields),
  };
}

function readId(fields: JsonFields, field: string, refuse: Refuse): TitleId {
  const id = fields.text(field, ANY_TEXT);
  if (id === '' || id.length > LONGEST_ID)
    return refuse(`field ${field} has ${id.length} characters, expected 1 to ${LONGEST_ID}`);
  return id as TitleId;
}

/** Reads an entry's `availability`. */
export const readAvailability = (fields: JsonFields): CatalogueEntry['availability'] =>
  fields.record('availability', readIntervals);

function readGenre(item: unknown, refuse: Refuse): string {
  if (typeof item === 'string' && item.length <= LONGEST_GENRE) return item;
  return refuse(`expected text of at most ${LONGEST_GENRE} characters`);
}

function readIntervals(value: unknown, refuse: Refuse): readonly Interval[] {
  if (!Array.isArray(value)) return refuse('expected a list of intervals');
  return value.map((item: unknown) => {
    const fields = readFields(item, refuse);
    const instant = (field: string): number => fields.number(field, -Number.MAX_VALUE, Number.MAX_VALUE);
    return { from: fields.nullable('from', instant), to: fields.nullable('to', instant) };
  });
}

/** What keeps an entry, readable as it is, from being published; undefined where nothing does. */
export function faultOfEntry(entry: CatalogueEntry): string | undefined {
  const { titleId, parentId, name, genres, year, runtimeSeconds, launchTime, availability } = entry;
  if (!isPlain(titleId) || (parentId !== null && !isPlain(parentId)))
    return 'titleId or parentId holds control characters or half a character';
  if (!isPlain(name)) return 'field name holds control characters or half a character';
  const bad = genres.find((genre) => genre === '' || genre.includes(GENRE_SEPARATOR) || !isPlain(genre));
  if (bad !== undefined) return `genre ${JSON.stringify(bad)} is empty, holds ${GENRE_SEPARATOR} or no text`;
  if (genres.join(GENRE_SEPARATOR).length > LONGEST_GENRES)
    return `genres are longer than ${LONGEST_GENRES} characters together`;
  if (year !== null && (year < 0 || year > 9999)) return `year ${year} is not from 0 to 9999`;
  if (runtimeSeconds !== null && runtimeSeconds > LONGEST_RUNTIME_S)
    return `runtimeSeconds ${runtimeSeconds} is above ${LONGEST_RUNTIME_S}`;
  if (!isInstant(launchTime)) return `launchTime ${launchTime} is no whole number of milliseconds`;
  return faultOfAvailability(availability);
}

function faultOfAvailability(availability: CatalogueEntry['availability']): string | undefined {
  const countries = Object.entries(availability);
  if (countries.length > MOST_COUNTRIES) return `availability names ${countries.length} countries`;
  for (const [country, intervals] of countries) {
    if (!COUNTRY.test(country)) return `availability names ${JSON.stringify(country)}, no country`;
    if (intervals.length > MOST_INTERVALS) return `availability of ${country} has too many intervals`;
    const bad = intervals.find(
      ({ from, to }) => !isInstant(from) || !isInstant(to) || (from !== null && to !== null && from >= to),
    );
    if (bad !== undefined) return `availability of ${country} holds ${bad.from} to ${bad.to}`;
  }
  return undefined;
}

const isInstant = (value: number | null): boolean =>
  value === null || (Number.isInteger(value) && Math.abs(value) <= LATEST_MS);

/** Text that is the same after it was written and read: whole characters, none of them a control character. */
export const isPlain = (text: string): boolean => !/[\p{Cc}\p{Cs}]/u.test(text);
