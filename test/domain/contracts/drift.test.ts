import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeDrift } from '../../../domain/contracts/drift.ts';
import type { DriftGroup } from '../../../domain/contracts/drift-snapshot.ts';
import { createRandom } from '../../../domain/random.ts';
import {
  always,
  bookOf,
  impressions,
  inShareOf,
  inShort,
  judgedCases,
  profileOf,
  tv,
  type DriftCase,
} from '../../support/drift.ts';

const LENGTH = { optional: { rowLength: { share: 0.98, tolerance: 0.01 } } };
const EXTRA = { extra: { abCell: { types: ['string'], share: 1 } } };

const CASES: readonly DriftCase[] = [
  [
    'everything is as the contract says: nothing is found',
    [impressions({ ...LENGTH, ...EXTRA })],
    [tv('9.4', 2000, { rowLength: inShareOf(0.98, 15), abCell: always('b') })],
    [],
  ],
  [
    'an optional attribute of the event contract appears that the producer did not declare',
    [impressions(LENGTH)],
    [tv('9.4', 1000, { rowLength: inShareOf(0.98, 15), viewportMs: inShareOf(0.3, 900) })],
    ['undeclared 9.4 impression.viewportMs 300/1000'],
  ],
  [
    'an unknown attribute appears, in however few events',
    [impressions(LENGTH)],
    [tv('9.4', 50, { rowLength: always(15), abCell: inShareOf(0.02, 'b') })],
    ['undeclared 9.4 impression.abCell 1/50'],
  ],
  [
    'a declared attribute vanishes in one app version',
    [impressions(LENGTH)],
    [tv('9.3', 1000, { rowLength: inShareOf(0.98, 15) }), tv('9.4', 1000)],
    ['missing-by-mistake 9.4 impression.rowLength 0/1000'],
  ],
  [
    'a declared attribute vanishes in an app version whose contract no longer names it',
    [impressions(LENGTH, { appVersions: '<9.4' }), impressions({}, { appVersions: '>=9.4' })],
    [tv('9.3', 1000, { rowLength: inShareOf(0.98, 15) }), tv('9.4', 1000)],
    ['missing-on-purpose 9.4 impression.rowLength 0/1000'],
  ],
  [
    'a declared attribute vanishes in an app version whose contract declares a share of 0',
    [
      impressions(LENGTH, { appVersions: '<9.4' }),
      impressions({ optional: { rowLength: { share: 0 } } }, { appVersions: '>=9.4' }),
    ],
    [tv('9.4', 1000)],
    ['missing-on-purpose 9.4 impression.rowLength 0/1000'],
  ],
  [
    'an attribute comes back that was declared to be left out',
    [impressions({ optional: { rowLength: { share: 0 } } })],
    [tv('9.4', 1000, { rowLength: inShareOf(0.5, 15) })],
    ['more-than-expected 9.4 impression.rowLength 500/1000'],
  ],
  [
    'a share falls from 0.98 to 0.90 with little evidence',
    [impressions(LENGTH)],
    [tv('9.4', 60, { rowLength: inShareOf(0.9, 15) })],
    [],
  ],
  [
    'a share falls from 0.98 to 0.94, which so few events may do by chance',
    [impressions(LENGTH)],
    [tv('9.4', 150, { rowLength: inShareOf(0.94, 15) })],
    [],
  ],
  [
    'the same fall, which so many events do not do by chance',
    [impressions(LENGTH)],
    [tv('9.4', 3000, { rowLength: inShareOf(0.94, 15) })],
    ['missing-by-mistake 9.4 impression.rowLength 2820/3000'],
  ],
  [
    'a share falls from 0.98 to 0.90 with much evidence',
    [impressions(LENGTH)],
    [tv('9.4', 1000, { rowLength: inShareOf(0.9, 15) })],
    ['missing-by-mistake 9.4 impression.rowLength 900/1000'],
  ],
  [
    'an attribute is absent from everything, but from too few events to go by',
    [impressions(LENGTH)],
    [tv('9.4', 99)],
    [],
  ],
  [
    'a share falls within its tolerance, however much evidence there is',
    [impressions(LENGTH)],
    [tv('9.4', 20_000, { rowLength: inShareOf(0.972, 15) })],
    [],
  ],
  [
    'a required attribute is absent from one event of many',
    [impressions({ required: ['pageId'] })],
    [tv('9.4', 1000, { pageId: (i) => (i === 500 ? undefined : 'home') })],
    ['missing-by-mistake 9.4 impression.pageId 999/1000'],
  ],
  [
    'an attribute is sent as null, which is absence',
    [impressions({ required: ['pageId'], ...EXTRA })],
    [tv('9.4', 200, { pageId: always(null), abCell: always(null) })],
    ['missing-by-mistake 9.4 impression.pageId 0/200', 'missing-by-mistake 9.4 impression.abCell 0/200'],
  ],
  [
    'the type of a declared unknown attribute changes',
    [impressions(EXTRA)],
    [tv('9.4', 1000, { abCell: (i) => (i % 10 === 0 ? 7 : 'b') })],
    ['type-changed 9.4 impression.abCell 1000/1000'],
  ],
  [
    'whole numbers are numbers, and no number is a whole one with a fraction',
    [impressions({ extra: { a: { types: ['number'], share: 1 }, b: { types: ['integer'], share: 1 } } })],
    [tv('9.4', 200, { a: always(3), b: always(0.5) })],
    ['type-changed 9.4 impression.b 200/200'],
  ],
  [
    'names that objects have of themselves are names like any other',
    [impressions({})],
    [tv('9.4', 10, { ['__proto__']: always('x'), constructor: always(1), toString: always([1, 2]) })],
    [
      'undeclared 9.4 impression.__proto__ 10/10',
      'undeclared 9.4 impression.constructor 10/10',
      'undeclared 9.4 impression.toString 10/10',
    ],
  ],
  [
    'a kind comes that no contract of the producer names',
    [impressions({})],
    [{ producer: 'tv', appVersion: '9.4', kind: 'rate', events: 3 }],
    ['undeclared-kind 9.4 rate 3/3'],
  ],
  [
    'an app version comes that no contract covers: the newest judges it',
    [impressions({}, { appVersions: '<9' }), impressions(LENGTH, { appVersions: '>=9 <10' })],
    [tv('10.0', 1000)],
    ['undeclared-version 10.0 impression 1000/1000', 'missing-by-mistake 10.0 impression.rowLength 0/1000'],
  ],
  [
    'of two contracts that cover an app version the newer is in force',
    [impressions(LENGTH), impressions({ optional: { rowLength: { share: 0.5 } } })],
    [tv('9.4', 2000, { rowLength: inShareOf(0.5, 15) })],
    [],
  ],
  [
    'events that name neither producer nor app version are told, and nothing is expected of them',
    [impressions(LENGTH)],
    [{ events: 500, attributes: { abCell: always('b') } }],
    ['undeclared - impression.abCell 500/500'],
  ],
];

judgedCases(CASES);

test('a report says where its expectation comes from, what it looks like elsewhere, and never a value', () => {
  const sent = [
    tv('9.3', 1000, { rowLength: inShareOf(0.98, 15) }),
    tv('9.4', 1000, {
      abCell: (i) => `secret-${i}`,
      list: (i) => (i % 2 ? [1, 2] : [1]),
      flag: always(true),
    }),
  ];
  const byContract = judgeDrift(profileOf(sent), bookOf(impressions(LENGTH)));
  assert.deepEqual(
    byContract.groups.map(({ source }) => source),
    [
      { from: 'contract', version: 1, covers: true },
      { from: 'contract', version: 1, covers: true },
    ],
  );
  const [missing, cell, flag, list] = byContract.findings;
  assert.equal(
    missing!.reason,
    '0 of 1000, contract 1 says 0.98 ± 0.01; in its other app versions 980 of 1000 (0.98)',
  );
  assert.deepEqual(missing!.expected, { low: 0.97, high: 0.99 });
  assert.deepEqual([cell!.shape, cell!.types], ['string of 8 to 10', [{ type: 'string', present: 1000 }]]);
  assert.deepEqual([flag!.shape, list!.shape], ['boolean', 'list of 1 to 2']);
  assert.match(cell!.reason, /contract 1 does not name it: kept in extra, in 1000 of 1000/);

  const learned = judgeDrift(profileOf(sent), bookOf());
  assert.deepEqual(
    learned.groups.map(({ source }) => source),
    [{ from: 'nothing' }, { from: 'learned', appVersion: '9.3' }],
  );
  assert.match(
    learned.findings[0]!.reason,
    /learned from app version 9\.3: 980 of 1000 .*no contract says whether on purpose/,
  );
  assert.match(learned.findings[1]!.reason, /the producer has no contract: .*new since app version 9\.3/);
  assert.doesNotMatch(JSON.stringify([byContract, learned]), /secret/);
});

test('a declared attribute is not called missing where its count had no room', () => {
  const junk = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`junk-${i}`, always(i)]));
  const limits = { groups: 4, attributes: 8, extraChars: 10_000 };
  const sent = tv('9.4', 500, { ...junk, abCell: inShareOf(0.5, 'b') });
  const contract = impressions({ extra: { abCell: { types: ['string'], share: 0.5 } } });
  const { findings } = judgeDrift(profileOf([sent], limits), bookOf(contract));
  assert.equal(
    findings.find(({ attribute }) => attribute === 'abCell'),
    undefined,
  );
  const full = judgeDrift(profileOf([tv('9.4', 500, { a: always(1) })], limits), bookOf(contract));
  assert.equal(full.findings.find(({ attribute }) => attribute === 'abCell')?.verdict, 'missing-by-mistake');
});

test('chance alone accuses nobody, and a real fall is found with the evidence that the page of contracts names', () => {
  const random = createRandom(7);
  const contract = bookOf(
    impressions({
      optional: { rowLength: { share: 0.98 }, viewportMs: { share: 0.5 }, origin: { share: 0.02 } },
    }),
  );
  /** Groups of one producer each; every attribute is present by chance, in the share that is given. */
  const groupsOf = (count: number, shares: Readonly<Record<string, number>>): DriftGroup[] =>
    Array.from({ length: count }, (_, i) => {
      const events = 100 + random.below(4000);
      const presence = (share: number): number => {
        let present = 0;
        for (let n = 0; n < events; n += 1) if (random.chance(share)) present += 1;
        return present;
      };
      const [empty] = profileOf([tv(`9.${i}`, 1)]).groups;
      const fields = empty!.fields.map(({ name }) => {
        const share = shares[name];
        const present = name === 'producer' || name === 'appVersion' ? events : 0;
        return { name, present: share === undefined ? present : presence(share) };
      });
      return { ...empty!, events, fields };
    });
  const judged = (groups: DriftGroup[]) => judgeDrift({ groups, beyondGroups: 0 }, contract).findings;
  const quiet = { rowLength: 0.98, viewportMs: 0.5, origin: 0.02 };
  assert.deepEqual(judged(groupsOf(500, quiet)).map(inShort), []);
  const fallen = judged(groupsOf(100, { ...quiet, rowLength: 0.9, origin: 0.1 }));
  const enough = fallen.filter(({ events }) => events >= 1000);
  assert.deepEqual(
    new Set(fallen.map(({ verdict, attribute }) => `${verdict} ${attribute ?? ''}`)),
    new Set(['missing-by-mistake rowLength', 'more-than-expected origin']),
  );
  assert.ok(enough.length >= 2 * 60, 'every group of a thousand events shows both');
});
