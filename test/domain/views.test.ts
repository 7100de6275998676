import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMarqueeError } from '../../domain/errors.ts';
import {
  formatVersion,
  mayBecome,
  parseClaim,
  parsePointer,
  parseStatus,
  provenState,
  serialise,
  servedVersion,
  VERSION_STATES,
  viewName,
  viewVersion,
  type Pointer,
} from '../../domain/views.ts';

const view = viewName('popularity');
const v = viewVersion;
const pointer: Pointer = {
  view,
  version: v(7),
  previous: v(5),
  announcedAt: '2026-02-03T04:05:06.789Z',
  manifestSha256: 'ab'.repeat(32),
  pin: null,
};
const corrupt = (error: unknown): boolean => isMarqueeError(error, 'VIEW_CORRUPT');

test('names and versions outside their form are refused', () => {
  for (const name of ['', 'Popularity', '../x', 'a/b', '-a', 'a'.repeat(64)]) {
    assert.throws(() => viewName(name), RangeError, name);
  }
  for (const version of [0, -1, 1.5, 100_000_000, Number.NaN])
    assert.throws(() => viewVersion(version), RangeError);
  assert.equal(formatVersion(v(42)), '00000042');
});

test('a pointer, a claim and a status read back as they were written', () => {
  assert.deepEqual(parsePointer(serialise(pointer), view), pointer);
  const claim = { view, version: v(3), runId: 'refresh-popularity/1:2' };
  assert.deepEqual(parseClaim(serialise(claim), view, v(3)), claim);
  const status = {
    view,
    version: v(3),
    state: 'rejected',
    manifestSha256: null,
    rule: 'nulls',
    reason: 'two',
  } as const;
  assert.deepEqual(parseStatus(serialise(status), view, v(3)), status);
});

test('a pointer that is damaged, forged or of another view is corrupt', () => {
  const changes: Record<string, unknown>[] = [
    { view: 'pages' },
    { version: '7' },
    { version: 0 },
    { previous: undefined },
    { announcedAt: 'yesterday' },
    { announcedAt: '2026-13-03T04:05:06Z' },
    { manifestSha256: 'AB'.repeat(32) },
    { pin: 1.5 },
  ];
  for (const change of changes) {
    assert.throws(
      () => parsePointer(JSON.stringify({ ...pointer, ...change }), view),
      corrupt,
      JSON.stringify(change),
    );
  }
  for (const text of ['', 'null', '[]', '"x"', serialise(pointer).slice(0, -2)]) {
    assert.throws(() => parsePointer(text, view), corrupt, text);
  }
  assert.throws(() => parseClaim(serialise({ view, version: v(3), runId: 'r' }), view, v(4)), corrupt);
});

test('a pin overrides the announced version without changing it', () => {
  assert.equal(servedVersion(pointer), 7);
  assert.equal(servedVersion({ ...pointer, pin: v(5) }), 5);
});

test('nothing leaves rejected or rolled-back', () => {
  for (const to of VERSION_STATES) {
    assert.equal(mayBecome('rejected', to), false);
    assert.equal(mayBecome('rolled-back', to), false);
  }
});

test('the pointer proves which version is announced, whatever was written down', () => {
  assert.equal(provenState('verified', v(7), pointer), 'announced');
  assert.equal(provenState('verified', v(5), pointer), 'backup');
  assert.equal(provenState('announced', v(4), pointer), 'backup');
  assert.equal(provenState('verified', v(8), pointer), 'verified');
  assert.equal(provenState('rolled-back', v(7), pointer), 'rolled-back');
  assert.equal(provenState('staged', v(1), undefined), 'staged');
});
