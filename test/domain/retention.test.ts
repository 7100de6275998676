import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { expirable, type KeptVersion } from '../../domain/retention.ts';
import { VERSION_STATES, viewName, viewVersion as v, type Pointer } from '../../domain/views.ts';

const pointer = (version: number, previous: number | null = null, pin: number | null = null): Pointer => ({
  view: viewName('popularity'),
  version: v(version),
  previous: previous === null ? null : v(previous),
  announcedAt: '2026-10-01T00:00:00.000Z',
  manifestSha256: 'a'.repeat(64),
  pin: pin === null ? null : v(pin),
});
const list = (...states: readonly KeptVersion['state'][]): KeptVersion[] =>
  states.map((state, index) => ({ version: v(index + 1), state }));

test('so many backups are kept beside the current version and the one before it', () => {
  const versions = list('backup', 'backup', 'backup', 'backup', 'backup', 'announced');
  assert.deepEqual(expirable(versions, pointer(6, 5), { keep: 2 }).backups, [2, 1]);
  assert.deepEqual(expirable(versions, pointer(6, 5), { keep: 0 }).backups, [4, 3, 2, 1]);
});

test('a pinned version is kept, however old', () => {
  const versions = list('backup', 'backup', 'backup', 'announced');
  assert.deepEqual(expirable(versions, pointer(4, 3, 1), { keep: 0 }).backups, [2]);
});

test('a version that was never announced goes once a newer one was', () => {
  const versions = list('staged', 'verified', 'announced', 'staged', 'verified');
  assert.deepEqual(expirable(versions, pointer(3), { keep: 0 }).abandoned, [2, 1]);
});

test('refused ones are kept for a while, expired ones never, damaged ones always', () => {
  const versions = list('rejected', 'rolled-back', 'expired', 'unreadable', 'announced', 'rejected');
  assert.deepEqual(expirable(versions, pointer(5), { keep: 1 }).refused, [2, 1, 3]);
});

test('nothing goes while nothing was announced', () => {
  const found = expirable(list('staged', 'rejected', 'expired'), undefined, { keep: 0 });
  assert.deepEqual(found, { backups: [], abandoned: [], refused: [] });
});

test('whatever there is, nothing that is served or may be goes', () => {
  const states = fc.array(fc.constantFrom(...VERSION_STATES, 'unreadable' as const), {
    minLength: 1,
    maxLength: 30,
  });
  fc.assert(
    fc.property(states, fc.nat(), fc.nat(), fc.nat(), fc.nat({ max: 5 }), (all, a, b, c, keep) => {
      const versions = list(...all);
      const current = 1 + (a % all.length);
      const at = pointer(current, 1 + (b % all.length), 1 + (c % all.length));
      const { backups, abandoned, refused } = expirable(versions, at, { keep });
      const gone = [...backups, ...abandoned, ...refused];
      assert.equal(new Set(gone).size, gone.length);
      for (const version of gone) {
        assert.ok(![at.version, at.previous, at.pin].includes(version));
        const { state } = versions[version - 1]!;
        assert.ok(version < current || ['rejected', 'rolled-back', 'expired'].includes(state), state);
      }
      const left = versions.filter(
        ({ version, state }) => state === 'backup' && version < current && !gone.includes(version),
      );
      const others = versions.filter(({ version, state }) => state === 'backup' && version < current);
      assert.ok(left.length >= Math.min(keep, others.length));
    }),
  );
});
