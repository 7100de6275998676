import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { createLmdbExtractState } from '../../../infra/state/lmdb-extract-state.ts';

const dir = mkdtempSync(join(tmpdir(), 'marquee-lmdb-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const commit = (
  expected: number | null,
  position: number,
  seen: [string, number][] = [],
  forgetBefore = 0,
) => ({
  expected,
  position,
  logTime: position * 10,
  seen: new Map(seen),
  forgetBefore,
});

test('position and sightings are stored together and survive a restart', async () => {
  const path = join(dir, 'restart');
  const first = createLmdbExtractState(path);
  assert.equal(await first.load(3), undefined);
  assert.equal(first.standsAt(3), null);
  await first.commit(3, commit(null, 20, [['a', 150]]));
  await first.close();
  const second = createLmdbExtractState(path);
  assert.deepEqual(await second.load(3), { position: 20, logTime: 200 });
  assert.equal(second.lastSeen(3, 'a'), 150);
  assert.equal(second.lastSeen(3, 'b'), undefined);
  assert.equal(await second.load(2), undefined);
  await second.close();
});

test('a commit that expects another position is refused and writes nothing', async () => {
  const state = createLmdbExtractState(join(dir, 'moved'));
  await state.commit(0, commit(null, 20));
  await assert.rejects(state.commit(0, commit(10, 30, [['stale', 1]])), (error) =>
    isMarqueeError(error, 'STATE_MOVED'),
  );
  await assert.rejects(state.commit(0, commit(null, 30)), (error) => isMarqueeError(error, 'STATE_MOVED'));
  assert.equal(state.standsAt(0), 20);
  assert.equal(state.lastSeen(0, 'stale'), undefined);
  await state.close();
});

test('sightings before the window are forgotten, but not a key that was sighted again since', async () => {
  const state = createLmdbExtractState(join(dir, 'forget'));
  await state.commit(
    0,
    commit(null, 1, [
      ['old', 100],
      ['again', 110],
    ]),
  );
  await state.commit(0, commit(1, 2, [['again', 300]]));
  await state.commit(0, commit(2, 3, [], 200));
  assert.equal(state.lastSeen(0, 'old'), undefined);
  assert.equal(state.lastSeen(0, 'again'), 300);
  await state.close();
});
