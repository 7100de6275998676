/** The event contract as plain JSON, so that what the code says today can be held against what it said before. */
import { FIELDS, EVENT_KINDS, kindSpec, REQUIRED_ENVELOPE, ENVELOPE_FIELDS } from '../events/contract.ts';
import type { FieldType } from '../events/contract.ts';
import { readFields, type Refuse } from '../json-fields.ts';

export interface EventFieldSpec {
  readonly type: FieldType;
  readonly min: number;
  readonly max: number;
  /** Source of a regular expression. */
  readonly pattern?: string;
}

interface Names {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

export interface EventContract {
  readonly envelope: Names;
  readonly kinds: Readonly<Record<string, Names & { readonly topic: string }>>;
  readonly fields: Readonly<Record<string, EventFieldSpec>>;
}

/** The contract of this code. */
export function currentEventContract(): EventContract {
  const required = REQUIRED_ENVELOPE as readonly string[];
  const fields = Object.entries(FIELDS).map(([name, { type, min, max, pattern }]) => [
    name,
    { type, min, max, ...(pattern === undefined ? {} : { pattern: pattern.source }) },
  ]);
  const kinds = EVENT_KINDS.map((kind) => {
    const spec = kindSpec(kind);
    return [kind, { topic: spec.topic, required: spec.required, optional: spec.optional }];
  });
  return {
    envelope: { required, optional: Object.keys(ENVELOPE_FIELDS).filter((name) => !required.includes(name)) },
    kinds: Object.fromEntries(kinds) as EventContract['kinds'],
    fields: Object.fromEntries(fields) as EventContract['fields'],
  };
}

const ANY_TEXT = /^[^\0]*$/;
const MOST_NAMES = 1000;

/** Reads an event contract from outside, refusing the first fault. */
export function readEventContract(value: unknown, refuse: Refuse): EventContract {
  const read = readFields(value, refuse);
  const given = value as Record<string, unknown>;
  const fields = read.record('fields', (field, refuseField) => {
    const spec = readFields(field, refuseField);
    const bounds = {
      min: spec.number('min', -Number.MAX_VALUE, Number.MAX_VALUE),
      max: spec.number('max', -Number.MAX_VALUE, Number.MAX_VALUE),
    };
    const type = spec.oneOf('type', ['string', 'integer', 'number'] as const);
    if (!Object.hasOwn(field as object, 'pattern')) return { type, ...bounds };
    return { type, ...bounds, pattern: spec.text('pattern', ANY_TEXT) };
  });
  return {
    envelope: readNames(given['envelope'], (reason) => refuse(`envelope: ${reason}`)),
    kinds: read.record('kinds', (kind, refuseKind) => ({
      ...readNames(kind, refuseKind),
      topic: readFields(kind, refuseKind).text('topic', ANY_TEXT),
    })),
    fields,
  };
}

function readNames(value: unknown, refuse: Refuse): Names {
  const fields = readFields(value, refuse);
  const readName = (name: unknown, refuseName: Refuse): string =>
    typeof name === 'string' ? name : refuseName('expected a name');
  return {
    required: fields.list('required', MOST_NAMES, readName),
    optional: fields.list('optional', MOST_NAMES, readName),
  };
}
