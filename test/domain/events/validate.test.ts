import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  EVENT_KINDS,
  FIELDS,
  kindSpec,
  REQUIRED_ENVELOPE,
  type EventField,
} from '../../../domain/events/contract.ts';
import { faultOf, parseEvent, validateEvent } from '../../../domain/events/validate.ts';

const SAMPLE: Record<string, string | number> = { string: 'SE', integer: 1, number: 1.5 };
const required = (kind: (typeof EVENT_KINDS)[number]): EventField[] => [
  ...REQUIRED_ENVELOPE,
  ...kindSpec(kind).required,
];
const sampleOf = (kind: (typeof EVENT_KINDS)[number]): Record<string, unknown> =>
  Object.fromEntries<unknown>([
    ['kind', kind],
    ...required(kind).map((field): [string, unknown] => [field, SAMPLE[FIELDS[field].type]]),
  ]);

test('every kind is accepted with its required fields, and refused naming each one that is missing', () => {
  for (const kind of EVENT_KINDS) {
    const sample = sampleOf(kind);
    assert.deepEqual(validateEvent(sample), { ok: true, event: sample });
    for (const field of required(kind)) {
      const { [field]: _gone, ...rest } = sample;
      const result = validateEvent(rest);
      assert.ok(!result.ok);
      assert.equal(result.fault.code, 'EVENT_FIELD_MISSING');
      assert.equal(result.fault.field, field);
    }
  }
});

test('a wrong type is refused with its shape and never with its value', () => {
  const result = validateEvent({ ...sampleOf('impression'), titleId: ['secret'] });
  assert.ok(!result.ok);
  assert.deepEqual(
    [result.fault.code, result.fault.field, result.fault.shape],
    ['EVENT_FIELD_INVALID', 'titleId', 'array of 1'],
  );
  assert.ok(!result.fault.message.includes('secret'));
});

test('hostile values are refused', () => {
  const hostile: [string, unknown][] = [
    ['eventTime', -1],
    ['eventTime', 1e300],
    ['rank', Number.NaN],
    ['rank', 1.5],
    ['country', 'se'],
    ['titleId', ''],
    ['titleId', 'x'.repeat(129)],
    ['titleId', 'a\0b'],
    ['titleId', '\ud800'],
  ];
  for (const [field, value] of hostile) {
    assert.equal(
      validateEvent({ ...sampleOf('impression'), [field]: value }).ok,
      false,
      `${field} ${String(value)}`,
    );
  }
  assert.equal(parseEvent('{"__proto__":{"kind":"search"}}').ok, false);
  assert.equal(parseEvent('{"kind":"toString"}').ok, false);
});

test('no value makes it throw or change a prototype', () => {
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true, withBigInt: false }), (value) => {
      validateEvent(value);
      assert.equal(({} as Record<string, unknown>)['kind'], undefined);
    }),
  );
});

test('attributes nested very deep are kept or a fault, but no crash', () => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  const result = parseEvent(
    `{"kind":"browse","eventId":"e","eventTime":1,"profileId":"p","country":"GB","target":"x","deep":${deep}}`,
  );
  if (result.ok) assert.equal(result.event.extra, `{"deep":${deep}}`);
  else assert.equal(result.fault.field, 'extra');
});

test('text that a store would take for its own marks is refused, however it is written, and the error says so', () => {
  const text = (profileId: string): string =>
    JSON.stringify({ kind: 'browse', eventId: 'e', eventTime: 1, profileId, country: 'GB', target: 'x' });
  for (const mark of ['\0', '\u0001', '\u0004', '\ud800']) {
    const result = parseEvent(text(`a${mark}b`));
    assert.ok(!result.ok && result.fault.field === 'profileId', JSON.stringify(mark));
    assert.match(result.fault.message, /well-formed and without U\+0000 to U\+0004/);
  }
  for (const fine of ['\u0005', '\n', '\t', '\u007f', '\ufeff'])
    assert.ok(parseEvent(text(fine)).ok, JSON.stringify(fine));
  const long = parseEvent(text('a'.repeat(129)));
  assert.ok(!long.ok && !long.fault.message.includes('U+0000'));
});

test('looking for faults alone finds those that validation finds', () => {
  const valid = { kind: 'browse', eventId: 'e', eventTime: 1, profileId: 'p', country: 'GB', target: 'x' };
  const values: unknown[] = [
    valid,
    { ...valid, more: [1] },
    { ...valid, country: 'gb' },
    { ...valid, target: undefined },
    { ...valid, pageId: '\ud800' },
    { ...valid, pageId: 'a\0b' },
    { ...valid, profileId: '\u0004' },
    { kind: 'none' },
    [],
    null,
    'text',
  ];
  for (const value of values) {
    const result = validateEvent(value);
    assert.deepEqual(faultOf(value, false), result.ok ? undefined : result.fault);
  }
  assert.equal(faultOf({ ...valid, pageId: '\ud800' }, true), undefined, 'storable text is taken on trust');
});
