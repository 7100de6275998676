import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isMarqueeError, type ErrorCode } from '../../../domain/errors.ts';
import { cutEvents, type BodyFormat } from '../../../streaming/ingest/cut-events.ts';

interface Cut {
  readonly text: string;
  readonly value: unknown;
}

const cut = (body: string | Buffer, format: BodyFormat = 'json', maxEvents = 1000): Cut[] =>
  cutEvents(Buffer.from(body as string), format, maxEvents, (bytes, value) => ({
    text: bytes.toString(),
    value,
  }));

const refused = (
  body: string | Buffer,
  code: ErrorCode,
  format: BodyFormat = 'json',
  maxEvents = 1000,
): void => {
  assert.throws(
    () => cut(body, format, maxEvents),
    (error) => isMarqueeError(error, code),
  );
};

const space = fc.constantFrom('', ' ', '\n', '\r\n  ', '\t');

test('an array of any JSON values is cut into its elements, however it is written', () => {
  const element = fc.tuple(space, fc.json({ maxDepth: 3 }), space);
  fc.assert(
    fc.property(
      fc.array(element, { minLength: 1, maxLength: 12 }),
      space,
      space,
      (elements, before, after) => {
        const body = `${before}[${elements.map((parts) => parts.join('')).join(',')}]${after}`;
        const found = cut(body);
        assert.deepEqual(
          found.map(({ text }) => text),
          elements.map(([, json]) => json.trim()),
        );
        assert.deepEqual(
          found.map(({ value }) => value),
          JSON.parse(body),
        );
      },
    ),
    { numRuns: 500 },
  );
});

test('objects that begin alike, and hold objects that begin alike, are cut where the array says', () => {
  const kind = fc.constantFrom('a', '},{"kind":', '\\"},{', ']');
  const { node: nested } = fc.letrec<{ node: object; any: object }>((tie) => ({
    any: fc.oneof({ maxDepth: 3 }, fc.record({ kind }), tie('node')),
    node: fc.record(
      { kind, list: fc.array(tie('any'), { maxLength: 3 }), one: tie('any') },
      { requiredKeys: ['kind'] },
    ),
  }));
  const write = fc.constantFrom(
    (value: unknown) => JSON.stringify(value),
    (value: unknown) => JSON.stringify(value, undefined, 1),
    (value: unknown) => JSON.stringify(value).replaceAll(',', ', '),
  );
  fc.assert(
    fc.property(fc.array(nested, { minLength: 1, maxLength: 6 }), write, (values, print) => {
      const body = print(values);
      assert.deepEqual(
        cut(body).map(({ value }) => value),
        JSON.parse(body),
      );
    }),
    { numRuns: 500 },
  );
});

test('bytes are those that came, not those that JSON.stringify would write', () => {
  assert.deepEqual(
    cut('[ {"a" : 1.0},{"a":"\\u0041"} , {"a":1e2}]').map(({ text }) => text),
    ['{"a" : 1.0}', '{"a":"\\u0041"}', '{"a":1e2}'],
  );
  assert.deepEqual(cut(' {"a":1} '), [{ text: '{"a":1}', value: { a: 1 } }]);
});

test('a broken event does not spoil the others while its brackets match', () => {
  assert.deepEqual(
    cut('[{"a":1},{"a":NaN},{"a":2},oops,,{"a":3}]').map(({ value }) => value),
    [{ a: 1 }, undefined, { a: 2 }, undefined, undefined, { a: 3 }],
  );
  assert.deepEqual(
    cut('[{"a":1},]').map(({ value }) => value),
    [{ a: 1 }, undefined],
  );
});

test('lines are events, and empty lines are none', () => {
  assert.deepEqual(
    cut('{"a":1}\n\n{"a":\r\n  {"a":2}  \r\n', 'ndjson').map(({ value }) => value),
    [{ a: 1 }, undefined, { a: 2 }],
  );
});

test('bytes that are not UTF-8 spoil their event only', () => {
  const bad = Buffer.concat([Buffer.from('[{"a":"é"},{"a":"'), Buffer.of(0xff), Buffer.from('"}]')]);
  assert.deepEqual(
    cut(bad).map(({ value }) => value),
    [{ a: 'é' }, undefined],
  );
});

test('bodies without a clear structure are refused whole', () => {
  for (const body of [
    '[{"a":1}',
    '[',
    '[{"a":"]',
    '[[}',
    '[{]',
    '"text"',
    '17',
    'nonsense',
    '[{}] []',
    '[1]x',
    '}',
    ']',
  ]) {
    refused(body, 'BODY_INVALID');
  }
  for (const body of ['', '  \n', '[]', '[ \n ]']) refused(body, 'BATCH_EMPTY');
  refused('\n \n', 'BATCH_EMPTY', 'ndjson');
});

test('more events than the limit are refused, however they come', () => {
  assert.equal(cut('[{"a":1},{"a":1}]', 'json', 2).length, 2);
  refused('[{"a":1},{"a":1},{"a":1}]', 'BATCH_TOO_LONG', 'json', 2);
  refused('[{"a":1},{"b":1},{"c":1}]', 'BATCH_TOO_LONG', 'json', 2);
  refused('{}\n{}\n{}', 'BATCH_TOO_LONG', 'ndjson', 2);
});

test('any bytes give events or an error of the table', () => {
  const token = fc.constantFrom(
    '[',
    ']',
    '{',
    '}',
    ',',
    ':',
    '"',
    '\\',
    '{"kind":',
    '1',
    ' ',
    '\n',
    'é',
    '\0',
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 40 }), fc.constantFrom('json', 'ndjson'), (tokens, format) => {
      try {
        cut(tokens.join(''), format);
      } catch (error) {
        assert.ok(isMarqueeError(error), String(error));
      }
    }),
    { numRuns: 3000 },
  );
});
