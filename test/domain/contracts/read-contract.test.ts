import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareContracts } from '../../../domain/contracts/compatibility.ts';
import { coversAppVersion } from '../../../domain/contracts/app-versions.ts';
import { expectationsOf } from '../../../domain/contracts/producer-contract.ts';
import { contractJson, parseContract } from '../../../domain/contracts/read-contract.ts';
import { producerShape } from '../../../domain/contracts/shape.ts';
import { isMarqueeError } from '../../../domain/errors.ts';

const GOOD = {
  producer: 'tv-app',
  appVersions: '>=9.3.0 <10',
  everyKind: {
    required: ['device', 'sessionId'],
    optional: { row: { share: 0.9, tolerance: 0.05 }, pageId: { share: 0.5 } },
    extra: { abCell: { types: ['string', 'integer'], share: 0.25 } },
  },
  kinds: {
    rate: { optional: { pageId: { share: 0 }, sessionId: { share: 0.5 } } },
    click: { extra: { abCell: { types: ['string'], share: 1, tolerance: 0 } } },
  },
};
const parse = (value: unknown) => parseContract(JSON.stringify(value), 'test.json');

test('what holds for every kind holds where the event contract knows it, unless the kind says otherwise', () => {
  const { producer, appVersions, kinds } = parse(GOOD);
  assert.equal(producer, 'tv-app');
  assert.deepEqual(
    [coversAppVersion(appVersions, '9.4'), coversAppVersion(appVersions, '10.0')],
    [true, false],
  );
  const envelope = ['eventId', 'eventTime', 'profileId', 'country'];
  assert.deepEqual(kinds.get('rate')!.required, [...envelope, 'titleId', 'rating', 'device']);
  assert.deepEqual(Object.fromEntries(expectationsOf(kinds.get('rate')!)), {
    ...Object.fromEntries(
      [...envelope, 'titleId', 'rating', 'device'].map((name) => [name, { share: 1, tolerance: 0 }]),
    ),
    pageId: { share: 0, tolerance: 0.01 },
    sessionId: { share: 0.5, tolerance: 0.01 },
    abCell: { types: ['string', 'integer'], share: 0.25, tolerance: 0.01 },
  });
  const click = kinds.get('click')!;
  assert.deepEqual(
    [...click.optional],
    [
      ['row', { share: 0.9, tolerance: 0.05 }],
      ['pageId', { share: 0.5, tolerance: 0.01 }],
    ],
  );
  assert.deepEqual([...click.extra], [['abCell', { types: ['string'], share: 1, tolerance: 0 }]]);
});

test('a contract that is written and read again is the same contract', () => {
  const contract = parse(GOOD);
  const again = parseContract(JSON.stringify(contractJson(contract)), 'again');
  assert.deepEqual(contractJson(again), contractJson(contract));
  assert.deepEqual(compareContracts(producerShape(contract), producerShape(again)), []);
  assert.equal(coversAppVersion(parse({ ...GOOD, appVersions: '*' }).appVersions, null), true);
});

const FAULTS: readonly [fault: RegExp, value: unknown][] = [
  [/expected an object/, []],
  [/field producer is missing/, { ...GOOD, producer: undefined }],
  [/field producer is "..\/x"/, { ...GOOD, producer: '../x' }],
  [/">9 \|\| <3"|"\|\|" is no bound/, { ...GOOD, appVersions: '>9 || <3' }],
  [/it names no kind/, { ...GOOD, kinds: {} }],
  [/there is no kind "hover"/, { ...GOOD, kinds: { hover: {} } }],
  [/there is no kind "constructor"/, { ...GOOD, kinds: { constructor: {} } }],
  [/the event contract has no rank here/, { ...GOOD, kinds: { rate: { required: ['rank'] } } }],
  [
    /the event contract has no abCell here/,
    { ...GOOD, kinds: { rate: { optional: { abCell: { share: 1 } } } } },
  ],
  [
    /eventId is required by the event contract/,
    { ...GOOD, kinds: { rate: { optional: { eventId: { share: 1 } } } } },
  ],
  [
    /rating belongs to the event contract/,
    { ...GOOD, kinds: { rate: { extra: { rating: { types: ['string'], share: 1 } } } } },
  ],
  [
    /pageId is declared twice/,
    { ...GOOD, kinds: { rate: { required: ['pageId'], optional: { pageId: { share: 1 } } } } },
  ],
  [/everyKind: .*share is 1.5/, { ...GOOD, everyKind: { optional: { pageId: { share: 1.5 } } } }],
  [
    /expected one of string, integer/,
    { ...GOOD, kinds: { rate: { extra: { x: { types: ['text'], share: 1 } } } } },
  ],
  [/it names no type/, { ...GOOD, kinds: { rate: { extra: { x: { types: [], share: 1 } } } } }],
];

for (const [fault, value] of FAULTS) {
  test(`a contract is refused with what is wrong: ${fault.source}`, () => {
    assert.throws(
      () => parse(value),
      (error) =>
        isMarqueeError(error, 'CONTRACT_INVALID') &&
        fault.test(error.message) &&
        /test\.json/.test(error.message),
    );
  });
}

test('what is no JSON at all is refused by name, and __proto__ is an attribute like any other', () => {
  assert.throws(
    () => parseContract('{', 'broken.json'),
    /Contract broken\.json is not usable: it is not JSON/,
  );
  const text = `{"producer":"p","appVersions":"*","kinds":{"rate":{"extra":{"__proto__":{"types":["string"],"share":1}}}}}`;
  const contract = parseContract(text, 'proto');
  assert.deepEqual([...contract.kinds.get('rate')!.extra.keys()], ['__proto__']);
  assert.equal(Object.getPrototypeOf(contractJson(contract)), Object.prototype);
  const again = parseContract(JSON.stringify(contractJson(contract)), 'again');
  assert.deepEqual([...again.kinds.get('rate')!.extra.keys()], ['__proto__']);
});
