/**
 * Clean records as Avro single objects: 0xC3 0x01, the writer schema's fingerprint (little-endian), the datum (Avro
 * 1.11 specification, "Single-object encoding"). A record written with another version of the schema is read through
 * Avro's schema resolution.
 */
import avro from 'avsc';
import { MarqueeError } from '../../domain/errors.ts';
import { ENRICHED_NAMES, kindSpec } from '../../domain/events/contract.ts';
import type { CleanRecord, MarqueeEvent } from '../../domain/events/event.ts';
import type { DerivedRecord } from '../../domain/events/derived.ts';
import { CLEAN_SCHEMAS, DERIVED_SCHEMAS, type AvroRecordSchema } from '../../domain/events/schemas.ts';
import { isEventKind } from '../../domain/events/validate.ts';
import { TIME_STATUS } from '../../domain/time.ts';
import { CLEAN_TOPICS, DERIVED_TOPICS, type CleanTopic, type DerivedTopic } from '../../domain/topics.ts';
import {
  canonicalForm,
  fingerprintIn,
  fingerprintOf,
  singleObjectHeader,
  type Fingerprint,
} from './fingerprint.ts';
import { createFlatEncoder, type FlatEncoder } from './flat-encoder.ts';
import type { SchemaRegistry } from './registry.ts';

const HEADER_BYTES = 10;
/** Columns of the flat datum that are not part of the event. */
const LOG_COLUMNS: readonly string[] = ['rawOffset', 'appendTime', 'timeStatus'];
const EVENT_COLUMNS = Object.fromEntries(
  CLEAN_TOPICS.map((topic) => [
    topic,
    CLEAN_SCHEMAS[topic].fields
      .map(({ name }) => name)
      .filter((name) => !LOG_COLUMNS.includes(name) && !(ENRICHED_NAMES as readonly string[]).includes(name)),
  ]),
) as Record<CleanTopic, string[]>;

/** A topic whose records are Avro. */
export type EncodedTopic = CleanTopic | DerivedTopic;

/** Where a record stands, for error messages. */
export interface RecordPlace {
  readonly partition: number;
  readonly offset: number;
}

export interface CleanCodec {
  /** The record's bytes, in a buffer of their own. */
  encodeClean(topic: CleanTopic, record: CleanRecord): Buffer;
  /**
   * Throws RECORD_CORRUPT when the bytes are not one whole record of the topic, or when their schema is not known:
   * see `learn`.
   */
  decodeClean(topic: CleanTopic, bytes: Uint8Array, at?: RecordPlace): CleanRecord;
  encodeDerived<T extends DerivedTopic>(topic: T, record: DerivedRecord<T>): Buffer;
  /** Throws RECORD_CORRUPT as `decodeClean` does. */
  decodeDerived<T extends DerivedTopic>(topic: T, bytes: Uint8Array, at?: RecordPlace): DerivedRecord<T>;
  /**
   * Makes sure that the schemas of these records are known, asking the registry for those that are not. A schema that
   * is nowhere stays unknown, and `decodeClean` says so.
   */
  learn(topic: EncodedTopic, records: Iterable<Uint8Array>): Promise<void>;
  /** Keeps the schemas this codec writes, so that later readers find them. Call before the first write. */
  publishSchemas(): Promise<void>;
}

interface Reader {
  readonly type: avro.Type;
  /** Undefined when the record was written with the schema of this code. */
  readonly resolver?: ReturnType<avro.Type['createResolver']>;
}

interface TopicCodec {
  readonly type: avro.Type;
  readonly encoder: FlatEncoder;
  readonly readers: Map<Fingerprint, Reader>;
}

const SCHEMAS: Readonly<Record<EncodedTopic, AvroRecordSchema>> = { ...CLEAN_SCHEMAS, ...DERIVED_SCHEMAS };

/** A clean record's columns come from the record itself, its event and what was added to it. */
function sourceOf(column: string): number {
  if (LOG_COLUMNS.includes(column)) return 0;
  return (ENRICHED_NAMES as readonly string[]).includes(column) ? 2 : 1;
}

const isClean = (topic: EncodedTopic): boolean => (CLEAN_TOPICS as readonly string[]).includes(topic);

function topicCodec(topic: EncodedTopic): TopicCodec {
  const type = avro.Type.forSchema(SCHEMAS[topic] as unknown as avro.Schema);
  const fingerprint = fingerprintOf(type);
  const header = singleObjectHeader(fingerprint);
  const encoder = createFlatEncoder(SCHEMAS[topic], header, isClean(topic) ? sourceOf : () => 0);
  return { type, encoder, readers: new Map([[fingerprint, { type }]]) };
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** `registry` is only asked for schemas that this code does not hold itself. */
export function createCleanCodec(registry?: SchemaRegistry): CleanCodec {
  const codecs = new Map([...CLEAN_TOPICS, ...DERIVED_TOPICS].map((topic) => [topic, topicCodec(topic)]));
  const of = (topic: EncodedTopic): TopicCodec => codecs.get(topic) as TopicCodec;

  function encodeClean(topic: CleanTopic, record: CleanRecord): Buffer {
    return of(topic).encoder.encode(record, record.event, record.enriched);
  }

  function decodeClean(topic: CleanTopic, bytes: Uint8Array, at?: RecordPlace): CleanRecord {
    const refuse = refusing(topic, at);
    return toRecord(topic, decode(topic, bytes, refuse), refuse);
  }

  function decodeDerived<T extends DerivedTopic>(
    topic: T,
    bytes: Uint8Array,
    at?: RecordPlace,
  ): DerivedRecord<T> {
    const datum = decode(topic, bytes, refusing(topic, at));
    const present = Object.entries(datum).filter(([, value]) => value !== null);
    return Object.fromEntries(present) as unknown as DerivedRecord<T>;
  }

  function decode(topic: EncodedTopic, bytes: Uint8Array, refuse: Refusal): Record<string, unknown> {
    const buffer = asBuffer(bytes);
    const fingerprint = fingerprintIn(buffer);
    if (fingerprint === undefined) throw refuse('it does not start with a single-object header');
    const reader = of(topic).readers.get(fingerprint);
    if (reader === undefined) throw refuse(`schema ${fingerprint} is not known`);
    let decoded: { value: Record<string, unknown> | undefined; offset: number };
    try {
      decoded = of(topic).type.decode(buffer, HEADER_BYTES, reader.resolver);
    } catch (error) {
      throw refuse(error instanceof Error ? error.message : 'unreadable', error);
    }
    if (decoded.value === undefined || decoded.offset < 0) throw refuse('it is cut short');
    if (decoded.offset !== buffer.length) throw refuse(`${buffer.length - decoded.offset} bytes follow it`);
    return decoded.value;
  }

  async function learnOne(topic: EncodedTopic, fingerprint: Fingerprint): Promise<void> {
    const text = await registry?.load(fingerprint);
    if (text === undefined) return;
    const writer = avro.Type.forSchema(JSON.parse(text) as avro.Schema);
    if (fingerprintOf(writer) !== fingerprint) {
      throw new MarqueeError('RECORD_CORRUPT', {
        topic,
        partition: '?',
        offset: '?',
        reason: `the registry's schema ${fingerprint} has fingerprint ${fingerprintOf(writer)}`,
      });
    }
    const { type, readers } = of(topic);
    readers.set(fingerprint, { type, resolver: type.createResolver(writer) });
  }

  return {
    encodeClean,
    decodeClean,
    encodeDerived: (topic, record) => of(topic).encoder.encode(record),
    decodeDerived,
    async learn(topic, records) {
      const unknown = new Set<Fingerprint>();
      for (const record of records) {
        const fingerprint = fingerprintIn(asBuffer(record));
        if (fingerprint !== undefined && !of(topic).readers.has(fingerprint)) unknown.add(fingerprint);
      }
      await Promise.all(Array.from(unknown, (fingerprint) => learnOne(topic, fingerprint)));
    },
    async publishSchemas() {
      if (registry === undefined) return;
      await Promise.all(
        Array.from(codecs.values(), ({ type }) => registry.save(fingerprintOf(type), canonicalForm(type))),
      );
    },
  };
}

type Refusal = (reason: string, cause?: unknown) => MarqueeError;

const refusing =
  (topic: EncodedTopic, at?: RecordPlace): Refusal =>
  (reason, cause) =>
    new MarqueeError(
      'RECORD_CORRUPT',
      { topic, partition: at?.partition ?? '?', offset: at?.offset ?? '?', reason },
      { cause },
    );

/** Optional columns that are null are left out, as validation leaves them out. */
function toRecord(topic: CleanTopic, datum: Record<string, unknown>, refuse: Refusal): CleanRecord {
  const { kind, timeStatus } = datum;
  if (typeof kind !== 'string' || !isEventKind(kind) || kindSpec(kind).topic !== topic) {
    throw refuse(`kind ${String(kind)} does not belong here`);
  }
  if (!Object.hasOwn(TIME_STATUS, timeStatus as string))
    throw refuse(`time status ${String(timeStatus)} is unknown`);
  const event: Record<string, unknown> = {};
  for (const name of EVENT_COLUMNS[topic]) {
    const value = datum[name];
    if (value !== null) event[name] = value;
  }
  let enriched: Record<string, unknown> | undefined;
  for (const name of ENRICHED_NAMES) {
    const value = datum[name];
    if (value !== null) (enriched ??= {})[name] = value;
  }
  return {
    rawOffset: datum['rawOffset'] as number,
    appendTime: datum['appendTime'] as number,
    timeStatus: timeStatus as CleanRecord['timeStatus'],
    event: event as unknown as MarqueeEvent,
    ...(enriched === undefined ? {} : { enriched: enriched }),
  };
}
