import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createLmdbExtractState } from '../../../infra/state/lmdb-extract-state.ts';
import { openKeyedReader } from '../../../infra/state/lmdb-keyed-state.ts';

const dir = mkdtempSync(join(tmpdir(), 'marquee-full-'));
after(() => rmSync(dir, { recursive: true, force: true }));

/** What a process prints whose files may not grow past 2,000 KB. */
function runFull(child: string, folder: string): unknown {
  const path = fileURLToPath(new URL(`../../support/${child}.ts`, import.meta.url));
  const args = ['-c', 'ulimit -S -f 2000; exec "$0" "$@"', process.execPath, path, folder];
  const { status, stdout, stderr } = spawnSync('bash', args, { encoding: 'utf8', timeout: 120_000 });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

test('entries of a shape that a failed write brought up first can be read after a restart', async () => {
  const { next } = runFull('full-disk-shapes', dir) as { readonly next: number };
  const reader = openKeyedReader<object>(dir, 1);
  assert.equal(reader.positions(0)['plays']?.next, next);
  assert.deepEqual(reader.get('small'), { a: 1, new: 'shape' });
  await reader.close();
});

test('sightings that found no room are refused, not the end of the process, and another one goes on', async () => {
  const folder = join(dir, 'extract');
  const { position, standsAt } = runFull('full-disk-extract', folder) as Record<string, number>;
  assert.ok(position! > 0);
  assert.equal(standsAt, position);
  const state = createLmdbExtractState(folder);
  assert.deepEqual(await state.load(0), { position, logTime: position });
  const next = position! + 1;
  const more = { expected: position!, position: next, logTime: next, forgetBefore: 0 };
  await state.commit(0, { ...more, seen: new Map([['more', next]]) });
  assert.equal(state.lastSeen(0, `key-${position! - 1}`), position);
  assert.equal(state.lastSeen(0, 'more'), next);
  await state.close();
});
