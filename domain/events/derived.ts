/**
 * Records that stages work out from clean ones, as data. Avro schemas and the lake's columns are derived from these
 * tables. Every record is an upsert: of equal `upsertKey`s the highest `version` says what holds, so that a record sent
 * again changes nothing.
 */
import type { DerivedTopic } from '../topics.ts';
import type { FieldSpec, FieldType } from './contract.ts';

/** Optional unless said otherwise. */
export interface DerivedField extends FieldSpec {
  readonly required?: boolean;
}

type Typed<T extends FieldType> = FieldSpec & { readonly type: T };

const text = (doc: string, max = 512): Typed<'string'> => ({ type: 'string', min: 0, max, doc });
const whole = (doc: string): Typed<'integer'> => ({
  type: 'integer',
  min: Number.MIN_SAFE_INTEGER,
  max: Number.MAX_SAFE_INTEGER - 1,
  doc,
});
const real = (doc: string): Typed<'number'> => ({ type: 'number', min: -Infinity, max: Infinity, doc });
const required = <F extends FieldSpec>(field: F): F & { readonly required: true } => ({
  ...field,
  required: true,
});

const UPSERT = {
  upsertKey: required(text('What this record is the newest word about', 1024)),
  version: required(whole('Rises along the records of one key')),
  appendTime: required(whole('Append time of the record that led to this one, ms')),
} as const;

export const DERIVED_FIELDS = {
  'attributed-plays': {
    ...UPSERT,
    profileId: required(text('Who played')),
    playId: required(text('What its start states as playId, else its event id')),
    titleId: required(text('What was played')),
    country: required(text('Where')),
    eventTime: required(whole('When the play started, ms')),
    timeStatus: required(text('ok, future or old')),
    source: required(text('row (an impression led there), stated (the play named its row) or none')),
    pageId: text('Page of the source'),
    row: text('Row of the source'),
    rank: whole('Position in the row, from 0'),
    impressionId: text('Event id of the impression'),
    impressionTime: whole('When it was seen, ms'),
    discoveryPageId: text('Page where the title was first seen'),
    discoveryRow: text('Row where the title was first seen'),
    discoveryRank: whole('Position where the title was first seen, from 0'),
    discoveryImpressionId: text('Event id of the first sighting'),
    discoveryTime: whole('When it was first seen, ms'),
    isFinal: required(
      whole(
        '1 once no input within the lateness bound can change it, 2 where a backfill put right what was final',
      ),
    ),
  },
  'user-behavior-features': {
    ...UPSERT,
    profileId: required(text('Whose behaviour')),
    signal: required(text('binge, abandonment, repeated-search, completion, rewatch or genre-shift')),
    subject: required(text('What it is about: a title, genre, query or hour')),
    state: required(text('raised or withdrawn')),
    eventTime: required(whole('Event time at which it came to hold, ms')),
    expiresAt: whole('Event time after which it says nothing any more, ms'),
    value: real('Its strength, in the unit that its definition names'),
    detail: text('What led to it, as JSON', 4096),
  },
  completions: {
    ...UPSERT,
    rawOffset: required(whole('Raw offset of the record that is completed, in the same partition')),
    topic: required(text('Clean topic of that record')),
    eventId: required(text('Its event id')),
    profileId: required(text('Its profile')),
    profileSegment: text('As in the clean record'),
    profileMaturity: whole('As in the clean record'),
    profileCountry: text('As in the clean record'),
    profileAnswer: required(text('fresh or unknown')),
  },
  'quality-metrics': {
    ...UPSERT,
    metric: required(text('Name of the figure')),
    scope: required(text('What it is about, e.g. topic=plays,partition=0,producer=gateway-1', 1024)),
    windowStart: required(whole('First append time of the window, ms')),
    windowEnd: required(whole('End of the window, exclusive, ms')),
    value: required(real('The figure')),
    weight: real('How many records it was worked out from'),
    verdict: text('ok, or what is wrong'),
  },
  'served-rows': {
    ...UPSERT,
    recommendationId: required(text('The answer, as events quote it')),
    row: required(text('The row')),
    profileId: text('Whom it was answered to; absent where nobody was named'),
    country: text('Country that was asked for'),
    eventTime: required(whole('When it was answered, ms')),
    titles: required(text('Title ids from rank 0 on, joined by a line feed', 65_536)),
    source: required(text('merged, batch or fallback')),
    viewVersion: whole('Version of the popularity view behind it'),
    arms: text('Arms of experiments that the profile was in, <experiment>=<arm>, joined by a comma', 2048),
    teams: text('Of an interleaved row whose choice each title was, a or b, from rank 0 on', 1024),
  },
} as const satisfies Record<DerivedTopic, Record<string, DerivedField>>;

type ValueOf<F extends DerivedField> = F['type'] extends 'string' ? string : number;
type Fields<T extends DerivedTopic> = (typeof DERIVED_FIELDS)[T];
type RequiredName<T extends DerivedTopic> = {
  [N in keyof Fields<T>]: Fields<T>[N] extends { readonly required: true } ? N : never;
}[keyof Fields<T>];

/** `isFinal` of a word that puts a final one right: who no longer remembers that one has counted it already. */
export const PUT_RIGHT = 2;

/** What every derived record says. */
export interface Upsert {
  readonly upsertKey: string;
  readonly version: number;
  readonly appendTime: number;
}

/** A record of a derived topic. */
export type DerivedRecord<T extends DerivedTopic = DerivedTopic> = Upsert & {
  readonly [N in RequiredName<T>]: Fields<T>[N] extends DerivedField ? ValueOf<Fields<T>[N]> : never;
} & {
  readonly [N in Exclude<keyof Fields<T>, RequiredName<T>>]?: Fields<T>[N] extends DerivedField
    ? ValueOf<Fields<T>[N]>
    : never;
};
