/**
 * Avro schemas of the clean topics, derived from the event contract. A schema is plain JSON; its canonical form and
 * fingerprint (Avro 1.11 specification, "Parsing Canonical Form" and "Single-object encoding") belong to the codec.
 */
import { CLEAN_TOPICS, type CleanTopic } from '../topics.ts';
import {
  ENRICHED_FIELDS,
  ENRICHED_NAMES,
  ENVELOPE_FIELDS,
  FIELDS,
  payloadFieldsOf,
  REQUIRED_ENVELOPE,
  type EventField,
  type FieldSpec,
} from './contract.ts';
import { DERIVED_FIELDS, type DerivedField } from './derived.ts';
import { DERIVED_TOPICS, type DerivedTopic } from '../topics.ts';

export interface AvroField {
  readonly name: string;
  readonly type: string | readonly string[];
  readonly default?: null;
  readonly doc?: string;
}

export interface AvroRecordSchema {
  readonly type: 'record';
  readonly name: string;
  readonly namespace: string;
  readonly fields: readonly AvroField[];
}

const AVRO_TYPE = { string: 'string', integer: 'long', number: 'double' } as const;

/** The columns of a clean record before the event's own: its place in the raw log and how its time was judged. */
const LOG_FIELDS: readonly AvroField[] = [
  { name: 'rawOffset', type: 'long', doc: 'Offset of the raw record in the same partition' },
  { name: 'appendTime', type: 'long', doc: 'Broker append time of the raw record, ms' },
  { name: 'timeStatus', type: 'string', doc: 'ok, future or old' },
  { name: 'kind', type: 'string' },
];

function eventField(name: EventField): AvroField {
  return avroField(name, FIELDS[name], (REQUIRED_ENVELOPE as readonly string[]).includes(name));
}

function avroField(name: string, { type: kind, doc }: FieldSpec, required: boolean): AvroField {
  const type = AVRO_TYPE[kind];
  return required ? { name, type, doc } : { name, type: ['null', type], default: null, doc };
}

const ENRICHED = ENRICHED_NAMES.map((name) => avroField(name, ENRICHED_FIELDS[name], false));

function schemaOf(topic: CleanTopic): AvroRecordSchema {
  const envelope = (Object.keys(ENVELOPE_FIELDS) as EventField[]).map(eventField);
  const payload = payloadFieldsOf(topic).map(eventField);
  const extra: AvroField = { name: 'extra', type: ['null', 'string'], default: null };
  return {
    type: 'record',
    name: `${topic[0]?.toUpperCase()}${topic.slice(1)}Record`,
    namespace: 'marquee.clean',
    fields: [...LOG_FIELDS, ...envelope, ...payload, extra, ...ENRICHED],
  };
}

export const CLEAN_SCHEMAS = Object.fromEntries(
  CLEAN_TOPICS.map((topic) => [topic, schemaOf(topic)]),
) as Record<CleanTopic, AvroRecordSchema>;

function derivedSchemaOf(topic: DerivedTopic): AvroRecordSchema {
  const fields = Object.entries<DerivedField>(DERIVED_FIELDS[topic]);
  return {
    type: 'record',
    name: `${topic.replaceAll(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())}Record`,
    namespace: 'marquee.derived',
    fields: fields.map(([name, spec]) => avroField(name, spec, spec.required === true)),
  };
}

export const DERIVED_SCHEMAS = Object.fromEntries(
  DERIVED_TOPICS.map((topic) => [topic, derivedSchemaOf(topic)]),
) as Record<DerivedTopic, AvroRecordSchema>;
