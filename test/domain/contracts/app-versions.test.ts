import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  compareAppVersions,
  coversAppVersion,
  readAppVersionRange,
} from '../../../domain/contracts/app-versions.ts';

const refuse = (reason: string): never => {
  throw new Error(reason);
};

test('versions are in the order in which they were released', () => {
  const released = [
    '9',
    '9.3.7',
    '9.4.0-beta',
    '9.4.0-beta.2',
    '9.4.0-beta.10',
    '9.4.0',
    '9.4.0.1',
    '9.10.0',
    '2024.1',
  ];
  const shuffled = released.toReversed().sort(compareAppVersions);
  assert.deepEqual(shuffled, released);
  assert.equal(compareAppVersions('9.4', '9.4.0'), 0);
  assert.equal(compareAppVersions('9.4.0+build.7', '9.4.0'), 0);
  assert.ok(compareAppVersions('9.x', '9.4') > 0, 'a word comes after numbers');
});

test('any texts at all are ordered without contradiction', () => {
  const version = fc.stringMatching(/^[0-9a-z.+-]{0,12}$/);
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      assert.ok(Math.sign(compareAppVersions(a, b)) === -Math.sign(compareAppVersions(b, a)) || a === b);
      const sorted = [a, b, c].sort(compareAppVersions) as [string, string, string];
      assert.ok(compareAppVersions(sorted[0], sorted[2]) <= 0);
    }),
  );
});

test('a range covers what all its bounds let pass, and * also events that name no version', () => {
  const covered = (range: string, version: string | null): boolean =>
    coversAppVersion(readAppVersionRange(range, refuse), version);
  assert.deepEqual(
    ['9.3.6', '9.3.7', '9.4.1', '10.0.0-rc', '10.0.0'].map((version) => covered('>=9.3.7 <10.0.0', version)),
    [false, true, true, true, false],
  );
  assert.deepEqual([covered('9.4.1', '9.4.1'), covered('9.4.1', '9.4.10')], [true, false]);
  assert.deepEqual([covered('>1 <=2', '1'), covered('>1 <=2', '2')], [false, true]);
  assert.deepEqual([covered('*', null), covered('>=0', null), covered('*', 'anything')], [true, false, true]);
  for (const wrong of ['', '9 ||', '>=', '~9.4', '* 9']) {
    assert.throws(() => readAppVersionRange(wrong, refuse), /is no bound/, wrong);
  }
});
