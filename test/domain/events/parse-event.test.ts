import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ENVELOPE_FIELDS, EVENT_KINDS, FIELDS, type EventField } from '../../../domain/events/contract.ts';
import { copyEnvelope } from '../../../domain/events/copy-envelope.ts';
import { parseEvent, validateEvent } from '../../../domain/events/validate.ts';

test('the copy of an envelope has every field of the contract, and none that is absent', () => {
  const whole = Object.fromEntries(
    ['kind', ...Object.keys(ENVELOPE_FIELDS)].map((name, i) => [name, `${i}`]),
  );
  assert.deepEqual(copyEnvelope({ ...whole, titleId: 't' } as object), whole);
  const { sessionId: _gone, ...rest } = whole;
  assert.deepEqual(
    copyEnvelope({ ...rest, device: null }),
    Object.fromEntries(Object.entries(rest).filter(([name]) => name !== 'device')),
  );
});

const GOOD: Partial<Record<EventField, unknown>> = { country: 'SE', origin: 'explicit', titleKind: 'film' };
const goodValue = (field: EventField): unknown =>
  GOOD[field] ?? (FIELDS[field].type === 'string' ? 'some' : 1);

const attribute = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .constantFrom(...(Object.keys(FIELDS) as EventField[]))
      .map((name) => [name, goodValue(name)] as const),
  },
  fc.tuple(
    fc.oneof(
      fc.constantFrom<string>(
        ...Object.keys(FIELDS),
        '__proto__',
        'constructor',
        'extra',
        'toJSON',
        '7',
        '3',
      ),
      fc.string({ maxLength: 5 }),
    ),
    fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('\ud800', 'a\0b', null, 'SE', 1e300)),
  ),
);

test('the quick way through a text says the same as the slow way through its value', () => {
  const kinds = fc.constantFrom<string>(...EVENT_KINDS, 'unknown');
  const accepted = { count: 0 };
  fc.assert(
    fc.property(kinds, fc.array(attribute, { maxLength: 12 }), fc.boolean(), (kind, attributes, complete) => {
      const required = complete
        ? (Object.keys(FIELDS) as EventField[]).map((name) => [name, goodValue(name)] as const)
        : [];
      const members = [['kind', kind] as const, ...required, ...attributes];
      const text = `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
      const quick = parseEvent(text);
      if (quick.ok) accepted.count += 1;
      assert.deepEqual(quick, validateEvent(JSON.parse(text)));
    }),
    { numRuns: 2000 },
  );
  assert.ok(accepted.count > 100, 'good events are among them');
});
