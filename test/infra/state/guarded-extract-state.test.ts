import assert from 'node:assert/strict';
import { closeSync, cpSync, mkdtempSync, openSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { guardExtractState } from '../../../infra/state/guarded-extract-state.ts';
import { createLmdbExtractState } from '../../../infra/state/lmdb-extract-state.ts';

const dir = mkdtempSync(join(tmpdir(), 'marquee-torn-'));
const sound = join(dir, 'sound');
after(() => rmSync(dir, { recursive: true, force: true }));

before(async () => {
  const state = createLmdbExtractState(sound, 100);
  let expected: number | null = null;
  for (let position = 1000; position <= 8000; position += 1000) {
    const seen = new Map(Array.from({ length: 1000 }, (_, i) => [`${position}-${i}`, position] as const));
    await state.commit(0, {
      expected,
      position,
      logTime: position,
      seen,
      settled: [position],
      forgetBefore: 0,
    });
    expected = position;
  }
  await state.close();
});

function overwrite(path: string, at: number, bytes: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(bytes, 0xa5), 0, bytes, at);
  closeSync(file);
}

let copies = 0;
/** A copy of the sound state that was damaged while no process had it open. */
function damaged(damage: (path: string, size: number) => void): string {
  const copy = join(dir, `copy-${copies++}`);
  cpSync(sound, copy, { recursive: true });
  const path = join(copy, '0', 'data.mdb');
  damage(path, statSync(path).size);
  return copy;
}

function open(folder: string) {
  const discarded: string[] = [];
  const state = createLmdbExtractState(folder, 100);
  return { discarded, state: guardExtractState(state, folder, (_, reason) => void discarded.push(reason)) };
}

const CUTS: Record<string, (path: string, size: number) => void> = {
  'in the middle': (path, size) => truncateSync(path, Math.floor(size / 2)),
  'by its last page': (path, size) => truncateSync(path, size - 4096),
  'to a few bytes': (path) => truncateSync(path, 100),
  'to its first page': (path) => truncateSync(path, 4096),
  'by an overwritten head': (path) => overwrite(path, 0, 8192),
};
for (const [how, damage] of Object.entries(CUTS)) {
  test(`a file torn ${how} is discarded before it is opened, and the state begins anew`, async () => {
    const { state, discarded } = open(damaged(damage));
    assert.equal(await state.load(0), undefined);
    assert.equal(discarded.length, 1);
    await state.commit(0, { expected: null, position: 5, logTime: 5, seen: new Map(), forgetBefore: 0 });
    assert.equal(state.standsAt(0), 5);
    await state.close();
  });
}

test('a sound file is left as it is', async () => {
  const { state, discarded } = open(damaged(() => undefined));
  assert.equal((await state.load(0))?.position, 8000);
  assert.equal(state.lastSeen(0, '8000-5'), 8000);
  assert.equal(state.isSettled(0, 3000), true);
  assert.deepEqual(discarded, []);
  await state.close();
});

test('a page that turns out unreadable ends the work with its name, and the next one begins anew', async () => {
  // Every page but the first two: whatever is read first, it is none.
  const folder = damaged((path, size) => overwrite(path, 8192, size - 8192));
  const { state } = open(folder);
  await assert.rejects(
    async () => {
      await state.load(0);
      state.isSettled(0, 3000);
    },
    (error) => isMarqueeError(error, 'CHECKPOINT_CORRUPT'),
  );
  const next = open(folder);
  assert.equal(await next.state.load(0), undefined);
  assert.deepEqual(next.discarded, ['a page could not be read']);
  await next.state.close();
});

test('who had a folder open that another process discarded is refused, and goes on in the new one', async () => {
  const folder = damaged(() => undefined);
  const mine = open(folder).state;
  assert.equal((await mine.load(0))?.position, 8000);
  rmSync(join(folder, '0'), { recursive: true });
  const theirs = open(folder).state;
  assert.equal(await theirs.load(0), undefined);
  const nothing = { seen: new Map<string, number>(), forgetBefore: 0 };
  await theirs.commit(0, { ...nothing, expected: null, position: 5, logTime: 5 });
  await assert.rejects(
    mine.commit(0, { ...nothing, expected: 8000, position: 9000, logTime: 9000 }),
    (error) => isMarqueeError(error, 'STATE_MOVED'),
  );
  assert.equal((await mine.load(0))?.position, 5);
  assert.equal(mine.lastSeen(0, '8000-5'), undefined);
  await mine.close();
  await theirs.close();
});
