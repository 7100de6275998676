/** Events and clean records of every kind, with any of their fields, as the contract allows them. */
import fc from 'fast-check';
import {
  ENRICHED_FIELDS,
  ENVELOPE_FIELDS,
  EVENT_KINDS,
  FIELDS,
  kindSpec,
  REQUIRED_ENVELOPE,
  type EventField,
  type EventKind,
  type FieldSpec,
} from '../../domain/events/contract.ts';
import type { CleanRecord, Enriched, MarqueeEvent } from '../../domain/events/event.ts';
import { LOG_START } from './clean-rows.ts';

const HOSTILE = [
  "'; DROP TABLE plays; --",
  '\\',
  '"',
  '\u{1f680}',
  '__proto__',
  'null',
  '\t\n',
  '%s',
  'é',
  '\ufeffé',
];

/** What the contract refuses. */
const LAST_MARKS = ['\u0000', '\u0001', '\u0002', '\u0003', '\u0004'];

/** Text as a database, a JSON reader and an Avro codec must all keep it. */
function text({ min, max, pattern }: FieldSpec): fc.Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(pattern);
  const free = fc.string({ unit: 'binary', minLength: min, maxLength: Math.min(max, 20) });
  const storable = free.filter(
    (value) =>
      value.isWellFormed() && !LAST_MARKS.some((mark) => value.includes(mark)) && value.length <= max,
  );
  return fc.oneof(
    storable,
    fc.constantFrom(...HOSTILE).filter((value) => value.length >= min),
  );
}

const number = ({ min, max }: FieldSpec): fc.Arbitrary<number> =>
  fc
    .oneof(fc.double({ min, max, noNaN: true }), fc.constantFrom(min, max))
    // JSON has no negative zero.
    .map((value) => value + 0);

const integer = ({ min, max }: FieldSpec): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: Math.max(min, -0x7fffffff), max: Math.min(max, 0x7fffffff) }),
    fc.constantFrom(min, max),
  );

export function fieldValue(spec: FieldSpec): fc.Arbitrary<string | number> {
  if (spec.type === 'string') return text(spec);
  return spec.type === 'integer' ? integer(spec) : number(spec);
}

const valuesOf = (names: readonly string[], specs: Readonly<Record<string, FieldSpec>>) =>
  Object.fromEntries(names.map((name) => [name, fieldValue(specs[name]!)]));

/** Every required field, and any of the optional ones. */
export function arbitraryEvent(kind: EventKind): fc.Arbitrary<MarqueeEvent> {
  const { required, optional } = kindSpec(kind);
  const envelope = Object.keys(ENVELOPE_FIELDS) as EventField[];
  const needed = [...REQUIRED_ENVELOPE, ...required];
  const names = [...envelope, ...required, ...optional];
  const fields = fc.record(valuesOf(names, FIELDS), { requiredKeys: needed, noNullPrototype: true });
  return fields.map((values) => ({ kind, ...values }) as unknown as MarqueeEvent);
}

export const anyEvent: fc.Arbitrary<MarqueeEvent> = fc.oneof(...EVENT_KINDS.map(arbitraryEvent));

const enriched: fc.Arbitrary<Enriched> = fc.record(valuesOf(Object.keys(ENRICHED_FIELDS), ENRICHED_FIELDS), {
  requiredKeys: [],
  noNullPrototype: true,
});

const extra = fc.option(
  fc.dictionary(fc.string({ minLength: 1, maxLength: 6 }), fc.jsonValue(), { minKeys: 1, maxKeys: 3 }),
  { nil: undefined },
);

/** A clean record of the kind; raw offset and append time are the caller's to set. */
export function arbitraryRecord(kind: EventKind): fc.Arbitrary<CleanRecord> {
  return fc
    .record({
      event: arbitraryEvent(kind),
      extra,
      enriched,
      timeStatus: fc.constantFrom('ok' as const, 'future' as const, 'old' as const),
    })
    .map(({ event, extra: more, enriched: added, timeStatus }) => ({
      ...{ rawOffset: 0, appendTime: LOG_START, timeStatus },
      event: more === undefined ? event : { ...event, extra: JSON.stringify(more) },
      ...(Object.keys(added).length === 0 ? {} : { enriched: added }),
    }));
}
