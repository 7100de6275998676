/**
 * The event contract as data: which kinds there are, which clean topic each goes to, and what each field may hold.
 * Validation, Avro schemas, the lake's columns and the documentation are all derived from these two tables.
 */
import type { CleanTopic } from '../topics.ts';

export type FieldType = 'string' | 'integer' | 'number';

export interface FieldSpec {
  readonly type: FieldType;
  /** Inclusive; for strings the length in UTF-16 units. */
  readonly min: number;
  readonly max: number;
  readonly pattern?: RegExp;
  readonly doc: string;
}

type Spec<T extends FieldType> = FieldSpec & { readonly type: T };

const id = (doc: string): Spec<'string'> => ({ type: 'string', min: 1, max: 128, doc });
const seconds = (doc: string): Spec<'number'> => ({ type: 'number', min: 0, max: 1_000_000, doc });
const whole = (max: number, doc: string): Spec<'integer'> => ({ type: 'integer', min: 0, max, doc });

/** Latest time a JavaScript Date can hold, milliseconds. */
const MAX_TIME_MS = 8_640_000_000_000_000;

/** The largest integer that Avro's `long` holds exactly in JavaScript: avsc refuses 2^53 - 1 itself. */
const MAX_LONG = Number.MAX_SAFE_INTEGER - 1;

export const ENVELOPE_FIELDS = {
  eventId: id('Unique per profile and kind; a repeat within the window is a duplicate'),
  eventTime: {
    type: 'integer',
    min: 0,
    max: MAX_TIME_MS,
    doc: 'When it happened, milliseconds since the epoch',
  },
  profileId: id('Who watched or saw'),
  country: { type: 'string', min: 2, max: 2, pattern: /^[A-Z]{2}$/, doc: 'ISO 3166-1 alpha-2' },
  sessionId: id('The app session'),
  device: id('Device class, e.g. tv, phone, web'),
  region: id('Region that the app talked to'),
  appVersion: id('Version of the sending app'),
  producer: id('Name of the sending producer'),
  producerSeq: whole(MAX_LONG, 'Sequence number of the producer'),
  pageId: id('The page it happened on'),
  recommendationId: id('The answer that showed the title'),
} as const satisfies Record<string, FieldSpec>;

export const PAYLOAD_FIELDS = {
  titleId: id('The catalogue entry'),
  playId: id('The play this belongs to; a play start without one is named by its event id'),
  positionSeconds: seconds('Playhead position, seconds'),
  durationSeconds: seconds('Runtime of what is played, seconds'),
  viewedSeconds: seconds('Seconds really viewed in this play'),
  toSeconds: seconds('Position skipped to, seconds'),
  row: id('The row it was shown in'),
  rank: whole(10_000, 'Position in the row, from 0'),
  rowLength: whole(10_000, 'How many titles the row held'),
  viewportMs: whole(86_400_000, 'Time in the viewport, milliseconds'),
  origin: {
    type: 'string',
    min: 8,
    max: 9,
    pattern: /^(explicit|synthetic)$/,
    doc: 'Seen in a viewport (explicit, also where absent), or inferred by a server from what it answered (synthetic)',
  },
  titleKind: {
    type: 'string',
    min: 4,
    max: 7,
    pattern: /^(film|series|season|episode)$/,
    doc: 'Kind of title',
  },
  promotionId: id('The promotion that the title was shown for'),
  rating: { type: 'number', min: 0, max: 10, doc: 'The rating given' },
  target: id('What was browsed: a page, genre or collection'),
  query: { type: 'string', min: 1, max: 512, doc: 'The search text as typed' },
  resultCount: whole(1_000_000, 'How many results were shown'),
} as const satisfies Record<string, FieldSpec>;

/**
 * What the extractor adds to an event: looked up in side inputs as they were then, or worked out. Every one may be
 * absent, and none ever changes after the record was appended; what becomes known later is a record on `completions`.
 */
export const ENRICHED_FIELDS = {
  profileHash: whole(
    MAX_LONG,
    'Hash of the profile id, below 2^52: the same number wherever distinct profiles are counted',
  ),
  rootTitleId: id('The series that the title belongs to; the title itself where it has no parent'),
  knownKind: {
    type: 'string',
    min: 4,
    max: 7,
    pattern: /^(film|series|season|episode)$/,
    doc: 'Kind in the catalogue',
  },
  genres: { type: 'string', min: 1, max: 512, doc: 'Genres in the catalogue, joined by |' },
  runtimeSeconds: seconds('Runtime in the catalogue, seconds'),
  launchTime: { type: 'integer', min: -MAX_TIME_MS, max: MAX_TIME_MS, doc: 'Launch in the catalogue, ms' },
  pageKind: id('Kind of the page in the view of pages'),
  rowKind: id('Kind of the row in the view of pages'),
  rowIndex: whole(10_000, 'Position of the row on its page, from 0'),
  profileSegment: id('Segment that the profile service answered'),
  profileMaturity: whole(1000, 'Maturity rating that the profile service answered'),
  profileCountry: { type: 'string', min: 2, max: 2, pattern: /^[A-Z]{2}$/, doc: 'Country of the account' },
  profileAnswer: {
    type: 'string',
    min: 4,
    max: 11,
    pattern: /^(fresh|stale|unknown|unavailable)$/,
    doc: 'How the profile service answered; completed later where unavailable',
  },
  catalogueVersion: whole(99_999_999, 'Version of the view of the catalogue that was looked in'),
  pagesVersion: whole(99_999_999, 'Version of the view of pages that was looked in'),
  corrections: {
    type: 'string',
    min: 2,
    max: 4096,
    doc: 'Fields corrected in place, with what was sent, as JSON',
  },
  redrivenFrom: whole(
    MAX_LONG,
    'Raw offset, in the same partition, of the dead letter that this event was redriven for: its identity',
  ),
} as const satisfies Record<string, FieldSpec>;

export type EnrichedField = keyof typeof ENRICHED_FIELDS;
export const ENRICHED_NAMES = Object.keys(ENRICHED_FIELDS) as readonly EnrichedField[];

export type EnvelopeField = keyof typeof ENVELOPE_FIELDS;
export type PayloadField = keyof typeof PAYLOAD_FIELDS;
export type EventField = EnvelopeField | PayloadField;

export const FIELDS: Readonly<Record<EventField, FieldSpec>> = { ...ENVELOPE_FIELDS, ...PAYLOAD_FIELDS };

export const REQUIRED_ENVELOPE = ['eventId', 'eventTime', 'profileId', 'country'] as const;

interface KindSpec {
  readonly topic: CleanTopic;
  readonly required: readonly PayloadField[];
  readonly optional: readonly PayloadField[];
}

export const KINDS = {
  play_start: {
    topic: 'plays',
    required: ['titleId'],
    optional: ['playId', 'positionSeconds', 'durationSeconds', 'row', 'rank', 'titleKind'],
  },
  play_pause: {
    topic: 'plays',
    required: ['titleId', 'playId', 'positionSeconds'],
    optional: ['durationSeconds', 'viewedSeconds'],
  },
  play_resume: {
    topic: 'plays',
    required: ['titleId', 'playId', 'positionSeconds'],
    optional: ['durationSeconds', 'viewedSeconds'],
  },
  play_skip: {
    topic: 'plays',
    required: ['titleId', 'playId', 'positionSeconds', 'toSeconds'],
    optional: ['durationSeconds', 'viewedSeconds'],
  },
  play_stop: {
    topic: 'plays',
    required: ['titleId', 'playId', 'positionSeconds', 'viewedSeconds'],
    optional: ['durationSeconds'],
  },
  impression: {
    topic: 'impressions',
    required: ['titleId', 'row', 'rank'],
    optional: ['rowLength', 'viewportMs', 'origin', 'titleKind', 'promotionId'],
  },
  rate: { topic: 'interactions', required: ['titleId', 'rating'], optional: [] },
  browse: { topic: 'interactions', required: ['target'], optional: [] },
  click: { topic: 'interactions', required: ['titleId'], optional: ['row', 'rank'] },
  list_add: { topic: 'interactions', required: ['titleId'], optional: ['row', 'rank'] },
  list_remove: { topic: 'interactions', required: ['titleId'], optional: [] },
  search: { topic: 'searches', required: ['query'], optional: ['resultCount'] },
} as const satisfies Record<string, KindSpec>;

export type EventKind = keyof typeof KINDS;
export const EVENT_KINDS = Object.keys(KINDS) as readonly EventKind[];

export function kindSpec(kind: EventKind): KindSpec {
  return KINDS[kind];
}

/** The payload fields that any kind of a clean topic may carry, in the contract's order. */
export function payloadFieldsOf(topic: CleanTopic): readonly PayloadField[] {
  const used = new Set<PayloadField>();
  for (const kind of EVENT_KINDS) {
    const spec = kindSpec(kind);
    if (spec.topic === topic) for (const field of [...spec.required, ...spec.optional]) used.add(field);
  }
  return (Object.keys(PAYLOAD_FIELDS) as PayloadField[]).filter((field) => used.has(field));
}
