/** Values for parameters and bodies: such as a schema allows, such as lie at its edge, and such as nobody should send. */
import fc from 'fast-check';
import type { Contract, Schema } from './document.ts';

const RUNS = 12;

/** A value that the schema allows: its example, its default, else one made from its rules. */
export function goodValue(contract: Contract, schema: Schema): unknown {
  const { example, default: preset, enum: allowed, const: only, ...rules } = contract.resolve(schema);
  const given = example ?? preset ?? only ?? allowed?.[0];
  if (given !== undefined) return given;
  const [one] = rules.anyOf ?? rules.oneOf ?? [];
  if (one !== undefined) return goodValue(contract, one);
  switch (typeof rules.type === 'string' ? rules.type : rules.type?.[0]) {
    case 'object':
      return Object.fromEntries(
        Object.entries(rules.properties ?? {}).map(([name, of]) => [name, goodValue(contract, of)]),
      );
    case 'array':
      return rules.items === undefined ? [] : [goodValue(contract, rules.items)];
    case 'integer':
    case 'number':
      return rules.minimum ?? 1;
    case 'boolean':
      return true;
    default:
      return textOf(rules);
  }
}

/** Whether the document says what a good value is: an example, a default or a choice. */
export const saysGoodValue = ({ example, default: preset, enum: allowed }: Schema): boolean =>
  (example ?? preset ?? allowed?.[0]) !== undefined;

const textOf = ({ pattern, minLength = 1 }: Schema): string =>
  pattern === undefined
    ? 'a'.repeat(minLength)
    : fc.sample(fc.stringMatching(new RegExp(pattern)), { numRuns: 1, seed: 7 })[0]!;

/** Texts at the edge of what a parameter's schema allows; each may be taken or refused. */
export function edgeTexts(schema: Schema): readonly string[] {
  const { enum: allowed = [], pattern, minLength, maxLength, minimum, maximum } = schema;
  return [
    ...allowed.map(String),
    ...(pattern === undefined
      ? []
      : fc.sample(fc.stringMatching(new RegExp(pattern)), { numRuns: RUNS, seed: 11 })),
    ...[minLength, maxLength].flatMap((length) =>
      length === undefined ? [] : [length - 1, length, length + 1].map((n) => 'x'.repeat(Math.max(0, n))),
    ),
    ...[minimum, maximum].flatMap((n) => (n === undefined ? [] : [n - 1, n, n + 1].map(String))),
    ...fc.sample(fc.string({ unit: 'binary', maxLength: 40 }), { numRuns: RUNS, seed: 13 }),
  ];
}

/** Texts that a careless or hostile caller sends, before they are encoded for a URL. */
export const HOSTILE_TEXTS: readonly string[] = [
  ...[
    '',
    ' ',
    '0',
    '-1',
    '25',
    '1e9',
    '1.5',
    '0x10',
    '9'.repeat(40),
    'NaN',
    'Infinity',
    'null',
    'undefined',
    'true',
  ],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__'],
  ...['.', '..', '../../etc/passwd', '..\\..\\windows', '/', '//', '/etc/passwd', 'file:///etc/passwd'],
  ...['\0', 'a\0b', '\r\nSet-Cookie: a=b', '\u202e', '\ufeff', '\uffff', '🎬'.repeat(20), 'é', 'ẞ', 'i̇'],
  ...[
    "';--",
    "' OR '1'='1",
    '<script>alert(1)</script>',
    '${7*7}',
    '{{7*7}}',
    '$(id)',
    '%s%n',
    '*',
    '(?:a+)+$',
  ],
  ...['[]', '{}', '[1]', '{"a":1}', 'a,b', '2026-13-45T99:99:99Z', 'x'.repeat(129), 'x'.repeat(5000)],
];

/** Already encoded, or wrongly so: broken UTF-8, a lone surrogate, broken escapes, slashes and dots in disguise. */
export const HOSTILE_ESCAPES: readonly string[] = [
  ...[
    '%',
    '%zz',
    '%E0%A4%A',
    '%ED%A0%80',
    '%ED%B0%80',
    '%C0%AF',
    '%FF',
    '%00',
    '%2e%2e',
    '%2e%2e%2f',
    '%252e',
    '%2F',
    '+',
  ],
];

/** JSON values of the wrong type, size or shape for any field. */
export const HOSTILE_JSON: readonly unknown[] = [
  ...[
    null,
    true,
    0,
    -1,
    1.5,
    1e308,
    Number.MAX_SAFE_INTEGER,
    '',
    ' ',
    '__proto__',
    'a\0b',
    '\ud800',
    '\udc00x',
  ],
  ...[[], {}, [[]], { a: 1 }, ['a'], 'x'.repeat(5000), '🎬'.repeat(200), '../../etc/passwd', '1e9'],
];

/** Bodies as bytes: what is no JSON, and what is JSON and no object. */
export const HOSTILE_BODIES: readonly (string | Buffer)[] = [
  ...[
    '',
    ' ',
    '{',
    '}',
    '{"a":',
    'null',
    'true',
    '0',
    '"text"',
    '[]',
    '[{}]',
    'NaN',
    '{"a":1e999}',
    '\ufeff{}',
    '\0',
  ],
  ...['{"__proto__":{"isAdmin":true}}', '{"constructor":{"prototype":{"a":1}}}', '{"a":1,"a":2}'],
  ...['['.repeat(5000), `${'['.repeat(5000)}${']'.repeat(5000)}`, `{"a":"${'x'.repeat(1 << 20)}"}`],
  ...[Buffer.from([0xff, 0xfe, 0x00]), Buffer.from('{"a":"\xed\xa0\x80"}', 'latin1')],
];
