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

const id = (doc: string): FieldSpec => ({ type: 'string', min: 1, max: 128, doc });
const seconds = (doc: string): FieldSpec => ({ type: 'number', min: 0, max: 1_000_000, doc });
const whole = (max: number, doc: string): FieldSpec => ({ type: 'integer', min: 0, max, doc });

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
  playId: id('Event id of the play start that this belongs to'),
  positionSeconds: seconds('Playhead position, seconds'),
  durationSeconds: seconds('Runtime of what is played, seconds'),
  viewedSeconds: seconds('Seconds really viewed in this play'),
  toSeconds: seconds('Position skipped to, seconds'),
  row: id('The row it was shown in'),
  rank: whole(10_000, 'Position in the row, from 0'),
  viewportMs: whole(86_400_000, 'Time in the viewport, milliseconds'),
  rating: { type: 'number', min: 0, max: 10, doc: 'The rating given' },
  target: id('What was browsed: a page, genre or collection'),
  query: { type: 'string', min: 1, max: 512, doc: 'The search text as typed' },
  resultCount: whole(1_000_000, 'How many results were shown'),
} as const satisfies Record<string, FieldSpec>;

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
    optional: ['playId', 'positionSeconds', 'durationSeconds', 'row', 'rank'],
  },
  play_pause: {
    topic: 'plays',
    required: ['titleId', 'playId', 'positionSeconds'],
    optional: ['durationSeconds'],
  },
  play_resume: {
    topic: 'plays',
    required: ['titleId', 'playId', 'positionSeconds'],
    optional: ['durationSeconds'],
  },
  play_skip: {
    topic: 'plays',
    required: ['titleId', 'playId', 'positionSeconds', 'toSeconds'],
    optional: ['durationSeconds'],
  },
  play_stop: {
    topic: 'plays',
    required: ['titleId', 'playId', 'positionSeconds', 'viewedSeconds'],
    optional: ['durationSeconds'],
  },
  impression: { topic: 'impressions', required: ['titleId', 'row', 'rank'], optional: ['viewportMs'] },
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
