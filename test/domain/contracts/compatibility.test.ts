import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareContracts, describeFinding, isBreaking } from '../../../domain/contracts/compatibility.ts';
import type { JsonType } from '../../../domain/contracts/json-types.ts';
import {
  canRead,
  canWrite,
  eventShape,
  producerShape,
  type AttributeShape,
  type ContractShape,
} from '../../../domain/contracts/shape.ts';
import { currentEventContract, type EventContract } from '../../../domain/contracts/event-contract.ts';
import { parseContract } from '../../../domain/contracts/read-contract.ts';
import { validateEvent } from '../../../domain/events/validate.ts';

const ATTRIBUTE: AttributeShape = {
  types: ['integer'],
  required: false,
  min: 0,
  max: 3,
  pattern: undefined,
  expected: undefined,
};

const shapeOf = (
  kinds: Readonly<Record<string, Readonly<Record<string, Partial<AttributeShape>>>>>,
): ContractShape => ({
  known: new Set(),
  kinds: new Map(
    Object.entries(kinds).map(([kind, attributes]) => [
      kind,
      {
        topic: 'plays',
        attributes: new Map(
          Object.entries(attributes).map(([name, change]) => [name, { ...ATTRIBUTE, ...change }]),
        ),
      },
    ]),
  ),
});

const text = { types: ['string'] as JsonType[], min: 1, max: 8 };
const share = (value: number) => ({ expected: { share: value, tolerance: 0.01 } });

/** What becomes of an attribute, and what that is called and breaks. */
const CHANGES: readonly [
  name: string,
  before: Partial<AttributeShape> | undefined,
  after: Partial<AttributeShape> | undefined,
  expected: readonly string[],
][] = [
  ['nothing changes', {}, {}, []],
  ['an optional attribute is added', undefined, {}, ['attribute-added:']],
  ['a required attribute is added', undefined, { required: true }, ['attribute-added:backward']],
  ['an optional attribute is removed', {}, undefined, ['attribute-removed:']],
  ['a required attribute is removed', { required: true }, undefined, ['attribute-removed:forward']],
  ['it is made required', {}, { required: true }, ['made-required:backward']],
  ['it is made optional', { required: true }, {}, ['made-optional:forward']],
  ['its type is widened', {}, { types: ['number'] }, ['type-widened:forward']],
  ['its type is narrowed', { types: ['number'] }, {}, ['type-narrowed:backward']],
  ['another type is allowed', {}, { types: ['integer', 'boolean'] }, ['type-widened:forward']],
  ['its type changes', {}, text, ['type-changed:backward+forward']],
  ['its range is narrowed', {}, { max: 2 }, ['range-narrowed:backward']],
  ['its range is widened', {}, { min: -1 }, ['range-widened:forward']],
  ['its range moves', {}, { min: 1, max: 4 }, ['range-moved:backward+forward']],
  ['text becomes shorter', text, { ...text, max: 7 }, ['range-narrowed:backward']],
  ['a pattern is added', text, { ...text, pattern: '^a' }, ['pattern-changed:backward']],
  ['a pattern is dropped', { ...text, pattern: '^a' }, text, ['pattern-changed:forward']],
  [
    'a pattern changes',
    { ...text, pattern: '^a' },
    { ...text, pattern: '^b' },
    ['pattern-changed:backward+forward'],
  ],
  ['its share changes', share(0.98), share(0.5), ['share-changed:']],
  ['two things change', {}, { required: true, max: 9 }, ['made-required:backward', 'range-widened:forward']],
];

for (const [name, before, after, expected] of CHANGES) {
  test(`compatibility where ${name}`, () => {
    const one = (change: Partial<AttributeShape> | undefined): ContractShape =>
      shapeOf({ seen: { other: {}, ...(change === undefined ? {} : { it: change }) } });
    const findings = compareContracts(one(before), one(after));
    assert.deepEqual(
      findings.map(({ code, breaks }) => `${code}:${breaks.join('+')}`),
      expected,
    );
    for (const finding of findings) {
      assert.deepEqual(
        [finding.kind, finding.field, isBreaking(finding)],
        ['seen', 'it', finding.breaks.length > 0],
      );
      assert.match(describeFinding(finding), /^seen\.it: [a-z-]+, .+ \((compatible|breaks .+)\)$/);
    }
  });
}

test('a kind that no reader knows breaks forward, one that is gone backward; where all readers know it, only its loss counts', () => {
  const [one, two] = [shapeOf({ a: {} }), shapeOf({ a: {}, b: {} })];
  const told = (older: ContractShape, newer: ContractShape) =>
    compareContracts(older, newer).map(({ code, kind, breaks }) => [code, kind, ...breaks]);
  assert.deepEqual(told(one, two), [['kind-added', 'b', 'forward']]);
  assert.deepEqual(told(two, one), [['kind-removed', 'b', 'backward']]);
  const knows = (shape: ContractShape): ContractShape => ({ ...shape, known: new Set(['a', 'b']) });
  assert.deepEqual(told(knows(one), knows(two)), [['kind-added', 'b']]);
  assert.deepEqual(told(knows(two), knows(one)), [['kind-removed', 'b', 'forward']]);
  const moved: ContractShape = {
    ...one,
    kinds: new Map([['a', { ...one.kinds.get('a')!, topic: 'searches' }]]),
  };
  assert.deepEqual(told(one, moved), [['topic-changed', 'a', 'backward', 'forward']]);
});

const NAMES = ['x', '__proto__', 'constructor'];
const attribute: fc.Arbitrary<AttributeShape> = fc.record({
  types: fc.subarray<JsonType>(['integer', 'number', 'string', 'boolean'], { minLength: 1 }),
  required: fc.boolean(),
  min: fc.integer({ min: 0, max: 1 }),
  max: fc.integer({ min: 1, max: 2 }),
  pattern: fc.constantFrom(undefined, undefined, undefined, '^a', 'a$'),
  expected: fc.constant(undefined),
});
const contract: fc.Arbitrary<ContractShape> = fc
  .array(fc.tuple(fc.constantFrom('seen', 'heard'), fc.constantFrom(...NAMES), attribute), { maxLength: 5 })
  .map((entries) => {
    const kinds = new Map<string, { topic: string; attributes: Map<string, AttributeShape> }>();
    for (const [kind, name, shape] of entries) {
      const known = kinds.get(kind) ?? { topic: 'plays', attributes: new Map<string, AttributeShape>() };
      kinds.set(kind, { ...known, attributes: known.attributes.set(name, shape) });
    }
    return { kinds, known: new Set<string>() };
  });

/** Values on both sides of every bound above. */
const VALUES = [undefined, null, -1, 0, 1, 2, 3, 0.5, 1.5, '', 'a', 'b', 'ab', 'ba', 'aba', true, {}, []];

/** Every event that has at most one of the names, and those that have all of them equal. */
function* allEvents(): Generator<Record<string, unknown>> {
  for (const kind of ['seen', 'heard']) {
    for (const first of VALUES) {
      for (const second of VALUES) {
        const event = Object.fromEntries([['kind', kind], ...NAMES.map((name) => [name, second] as const)]);
        yield Object.defineProperty(event, 'x', { value: first, enumerable: true });
      }
    }
  }
}
const EVENTS = [...allEvents()];

test('what breaks nothing backward lets the newer reader use every event of the older writer, and forward the other way', () => {
  fc.assert(
    fc.property(contract, contract, (older, newer) => {
      const findings = compareContracts(older, newer);
      const breaks = (direction: 'backward' | 'forward'): boolean =>
        findings.some((finding) => finding.breaks.includes(direction));
      for (const event of EVENTS) {
        if (!breaks('backward') && canWrite(older, event)) assert.ok(canRead(newer, event));
        if (!breaks('forward') && canWrite(newer, event)) assert.ok(canRead(older, event));
      }
    }),
    { numRuns: 300 },
  );
});

test('what is said to break has an event that shows it: no change is refused without need', () => {
  // One attribute of one type, so that every event of the contract is among those tried; patterns are judged unseen.
  // No range holds a single number, of which an integer and a number say the same.
  const plain = fc.tuple(attribute, fc.integer({ min: 2, max: 3 })).map(([shape, max]) => {
    return { ...shape, types: shape.types.slice(0, 1), max, pattern: undefined };
  });
  const single = fc.option(plain, { nil: undefined });
  fc.assert(
    fc.property(single, single, (before, after) => {
      const one = (shape: AttributeShape | undefined): ContractShape => ({
        kinds: new Map([['seen', { topic: 'plays', attributes: new Map(shape ? [['x', shape]] : []) }]]),
        known: new Set(),
      });
      const [older, newer] = [one(before), one(after)];
      const events = VALUES.map((value) => ({ kind: 'seen', x: value }));
      const findings = compareContracts(older, newer);
      for (const [direction, writer, reader] of [
        ['backward', older, newer],
        ['forward', newer, older],
      ] as const) {
        const shown = events.some((event) => canWrite(writer, event) && !canRead(reader, event));
        assert.equal(
          findings.some(({ breaks }) => breaks.includes(direction)),
          shown,
          direction,
        );
      }
    }),
  );
});

test('a contract is compatible with itself, and looking the other way round swaps the directions', () => {
  fc.assert(
    fc.property(contract, contract, (a, b) => {
      assert.deepEqual(compareContracts(a, a), []);
      const broken = (findings: ReturnType<typeof compareContracts>, direction: string): number =>
        findings.filter(({ breaks }) => breaks.some((each) => each === direction)).length;
      assert.equal(broken(compareContracts(a, b), 'backward'), broken(compareContracts(b, a), 'forward'));
    }),
  );
});

test('the shape of the event contract lets pass what validation lets pass', () => {
  const shape = eventShape(currentEventContract());
  const good = {
    kind: 'impression',
    eventId: 'e',
    eventTime: 1,
    profileId: 'p',
    country: 'DE',
    titleId: 't',
    row: 'r',
    rank: 3,
  };
  const changes: Record<string, unknown>[] = [
    {},
    { rank: -1 },
    { rank: 1.5 },
    { rank: '1' },
    { rank: null },
    { country: 'de' },
    { origin: 'explicit' },
    { origin: 'other' },
    { rowLength: null },
    { eventId: 'x'.repeat(129) },
    { kind: 'seen' },
    { query: 'of another kind' },
  ];
  for (const change of changes) {
    const event = { ...good, ...change };
    assert.equal(canRead(shape, event), validateEvent(event).ok, JSON.stringify(change));
  }
  assert.equal(canWrite(shape, { ...good, query: 'of another kind' }), false);
});

test('an attribute of the event contract that is made required or cut short is found', () => {
  const now = currentEventContract();
  const { impression } = now.kinds as Required<EventContract['kinds']>;
  const changed: EventContract = {
    ...now,
    kinds: { ...now.kinds, impression: { ...impression!, required: [...impression!.required, 'origin'] } },
    fields: { ...now.fields, query: { ...now.fields['query']!, max: 256 } },
  };
  assert.deepEqual(compareContracts(eventShape(now), eventShape(changed)).map(describeFinding), [
    'impression.origin: made-required, older events may lack it (breaks backward)',
    'search.query: range-narrowed, from 1 … 512 to 1 … 256 (breaks backward)',
  ]);
});

test('producers may send more kinds, and stop an optional attribute, without anybody being broken', () => {
  const shape = (kinds: object): ContractShape =>
    producerShape(parseContract(JSON.stringify({ producer: 'tv', appVersions: '*', kinds }), 'test'));
  const older = shape({ rate: { required: ['device'], optional: { pageId: { share: 0.5 } } } });
  const newer = shape({ rate: { required: ['device'], optional: { pageId: { share: 0 } } }, browse: {} });
  assert.deepEqual(
    compareContracts(older, newer).map(({ code, breaks }) => [code, ...breaks]),
    [['kind-added'], ['share-changed']],
  );
  const less = shape({ rate: {} });
  assert.deepEqual(
    compareContracts(older, less).map(({ code, field, breaks }) => [code, field, ...breaks]),
    [
      ['attribute-removed', 'device', 'forward'],
      ['attribute-removed', 'pageId'],
    ],
  );
});
