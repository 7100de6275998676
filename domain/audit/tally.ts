/** Counts records into their window. */
import {
  ENRICHED_NAMES,
  ENVELOPE_FIELDS,
  EVENT_KINDS,
  kindSpec,
  PAYLOAD_FIELDS,
  payloadFieldsOf,
  REQUIRED_ENVELOPE,
  type EventKind,
} from '../events/contract.ts';
import type { CleanRecord } from '../events/event.ts';
import { hashText } from '../hash.ts';
import { CLEAN_TOPICS, type CleanTopic } from '../topics.ts';
import type { EpochMs } from '../time.ts';
import { addHash, createDistinctSketch } from './distinct.ts';
import type { HourCounts } from './hours.ts';
import { NO_PRODUCER, OTHER_PRODUCERS, type AuditLimits } from './limits.ts';
import { addTime, createTimeHistogram } from './quantiles.ts';
import type { LetterTally, ProducerTally, RowTally, WindowTally } from './window.ts';

/** Most application versions told apart for one producer and reason. */
const MOST_VERSIONS = 8;
const OTHERS = '(others)';

/** The columns of a topic that may be empty. */
export const OPTIONAL_FIELDS: Readonly<Record<CleanTopic, readonly string[]>> = tableOf((topic) => [
  ...Object.keys(ENVELOPE_FIELDS).filter((name) => !(REQUIRED_ENVELOPE as readonly string[]).includes(name)),
  ...payloadFieldsOf(topic),
  ...ENRICHED_NAMES,
]);
const ENVELOPE_COUNT = Object.keys(ENVELOPE_FIELDS).length - REQUIRED_ENVELOPE.length;
const ENRICHED_FROM = tableOf((topic) => ENVELOPE_COUNT + payloadFieldsOf(topic).length);

/** The columns of a topic whose distinct values are counted. */
export const DISTINCT_FIELDS: Readonly<Record<CleanTopic, readonly string[]>> = tableOf((topic) => {
  const payload: readonly string[] = payloadFieldsOf(topic);
  const own = ['titleId', 'row', 'query'].filter((name) => payload.includes(name));
  return ['profileId', 'sessionId', 'country', 'device', 'appVersion', ...own];
});

function tableOf<T>(of: (topic: CleanTopic) => T): Readonly<Record<CleanTopic, T>> {
  return Object.fromEntries(CLEAN_TOPICS.map((topic) => [topic, of(topic)])) as Record<CleanTopic, T>;
}

/** The entry of a bounded table, made where there is room for it; else that of all others. */
function boundedEntry<V>(map: Map<string, V>, key: string, most: number, create: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const name = map.size < most ? key : OTHERS;
  const entry = map.get(name) ?? create();
  map.set(name, entry);
  return entry;
}

const countIn = (map: Map<string, number>, key: string, most: number): void => {
  const name = map.has(key) || map.size < most ? key : OTHERS;
  map.set(name, (map.get(name) ?? 0) + 1);
};

function createProducerTally(topic: CleanTopic): ProducerTally {
  return {
    records: 0,
    first: Infinity,
    last: 0,
    kinds: new Uint32Array(EVENT_KINDS.length),
    present: new Uint32Array(OPTIONAL_FIELDS[topic].length),
    distinct: DISTINCT_FIELDS[topic].map(createDistinctSketch),
    skew: createTimeHistogram(),
    future: 0,
    old: 0,
    enriched: 0,
    corrected: 0,
    unavailable: 0,
    unknownTitles: 0,
    unknownPages: 0,
  };
}

const KIND_INDEX = new Map(EVENT_KINDS.map((kind, i) => [kind, i]));

/** Counts a clean record into its window. */
export function tallyClean(
  window: WindowTally,
  topic: CleanTopic,
  partition: number,
  record: CleanRecord,
  limits: AuditLimits,
): void {
  const { event, enriched } = record;
  window.total++;
  countPartition(window, topic, partition);
  const tally = boundedEntry(
    window.producers.get(topic)!,
    event.producer ?? NO_PRODUCER,
    limits.maxProducers,
    () => createProducerTally(topic),
  );
  tally.records++;
  if (record.appendTime < tally.first) tally.first = record.appendTime;
  if (record.appendTime > tally.last) tally.last = record.appendTime;
  tally.kinds[KIND_INDEX.get(event.kind)!]!++;
  if (record.timeStatus === 'future') tally.future++;
  else if (record.timeStatus === 'old') tally.old++;
  addTime(tally.skew, record.appendTime - event.eventTime);
  const values = event as unknown as Readonly<Record<string, unknown>>;
  tallyColumns(tally, topic, values, enriched);
  if (enriched !== undefined) tallyEnriched(tally, record);
  if (event.kind === 'impression' && event.origin !== 'synthetic') {
    rowOf(window, event.row, event.country, limits).impressions++;
  }
}

function tallyColumns(
  tally: ProducerTally,
  topic: CleanTopic,
  values: Readonly<Record<string, unknown>>,
  enriched: CleanRecord['enriched'],
): void {
  const fields = OPTIONAL_FIELDS[topic];
  const { present } = tally;
  const end = enriched === undefined ? ENRICHED_FROM[topic] : fields.length;
  const added = enriched as Readonly<Record<string, unknown>> | undefined;
  for (let i = 0; i < end; i++) {
    const source = i < ENRICHED_FROM[topic] ? values : added!;
    if (source[fields[i]!] !== undefined) present[i]!++;
  }
  const distinct = DISTINCT_FIELDS[topic];
  for (let i = 0; i < distinct.length; i++) {
    const value = values[distinct[i]!];
    if (typeof value === 'string') addHash(tally.distinct[i]!, hashText(value));
  }
}

function tallyEnriched(tally: ProducerTally, { event, enriched = {} }: CleanRecord): void {
  const { catalogueVersion, knownKind, pagesVersion, pageKind, corrections, profileAnswer } = enriched;
  if (corrections !== undefined) tally.corrected++;
  if (profileAnswer === 'unavailable') tally.unavailable++;
  if (catalogueVersion !== undefined && 'titleId' in event) {
    tally.enriched++;
    if (knownKind === undefined) tally.unknownTitles++;
  }
  if (pagesVersion !== undefined && event.pageId !== undefined && pageKind === undefined)
    tally.unknownPages++;
}

export function countPartition(window: WindowTally, topic: string, partition: number): void {
  const key = `${topic}/${partition}`;
  window.partitions.set(key, (window.partitions.get(key) ?? 0) + 1);
}

const rowOf = (window: WindowTally, row: string, country: string, limits: AuditLimits): RowTally =>
  boundedEntry(window.rows, `${row}\n${country}`, limits.maxRows, () => ({ impressions: 0 }));

/** What a dead letter says of itself, and its bytes where they can be read. */
export interface DeadLetter {
  readonly code: string;
  readonly field?: string;
  readonly producer?: string;
  readonly producerSeq?: number;
  readonly appVersion?: string;
  /** Of the raw record. */
  readonly appendTime: EpochMs;
}

export function tallyLetter(
  window: WindowTally,
  partition: number,
  letter: DeadLetter,
  limits: AuditLimits,
): void {
  const { code, field = '', producer = NO_PRODUCER, appVersion, appendTime } = letter;
  window.total++;
  countPartition(window, 'dead-letters', partition);
  const tally = boundedEntry(window.letters, producer, limits.maxProducers, () => ({
    records: 0,
    first: Infinity,
    last: 0,
    reasons: new Map<string, LetterTally>(),
  }));
  tally.records++;
  tally.first = Math.min(tally.first, appendTime);
  tally.last = Math.max(tally.last, appendTime);
  const key = `${code}/${field}`;
  let reason = tally.reasons.get(key);
  if (reason === undefined)
    tally.reasons.set(key, (reason = { code, field, records: 0, versions: new Map() }));
  reason.records++;
  if (appVersion !== undefined) countIn(reason.versions, appVersion, MOST_VERSIONS);
}

/** When each producer was heard in the window, refused records too. */
export function heardIn(window: WindowTally): Map<string, HourCounts> {
  const heard = new Map<string, HourCounts>();
  const take = (producer: string, { records, first, last }: HourCounts): void => {
    const known = heard.get(producer);
    heard.set(producer, {
      records: records + (known?.records ?? 0),
      first: Math.min(first, known?.first ?? Infinity),
      last: Math.max(last, known?.last ?? 0),
    });
  };
  for (const producers of window.producers.values())
    for (const [producer, tally] of producers) take(producer, tally);
  for (const [producer, tally] of window.letters) take(producer, tally);
  heard.delete(NO_PRODUCER);
  heard.delete(OTHER_PRODUCERS);
  return heard;
}

/** The kinds of event that may carry a column; all of them for what every event may hold. */
export function carryingKinds(field: string): readonly EventKind[] {
  const payload: readonly string[] = Object.keys(PAYLOAD_FIELDS);
  if (!payload.includes(field)) return EVENT_KINDS;
  return EVENT_KINDS.filter((kind) => {
    const { required, optional } = kindSpec(kind);
    return [...required, ...optional].some((name) => name === field);
  });
}

const CARRYING = new Map(
  CLEAN_TOPICS.flatMap((topic) => OPTIONAL_FIELDS[topic]).map((field) => [
    field,
    carryingKinds(field).map((kind) => EVENT_KINDS.indexOf(kind)),
  ]),
);

/** How many records of a tally are of kinds that may carry the column. */
export const carriersOf = ({ kinds }: ProducerTally, field: string): number =>
  (CARRYING.get(field) ?? []).reduce((sum, kind) => sum + kinds[kind]!, 0);
