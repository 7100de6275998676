import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openKeyedReader } from '../../../infra/state/lmdb-keyed-state.ts';

const dir = mkdtempSync(join(tmpdir(), 'marquee-full-'));
after(() => rmSync(dir, { recursive: true, force: true }));
const CHILD = fileURLToPath(new URL('../../support/full-disk-shapes.ts', import.meta.url));

test('entries of a shape that a failed write brought up first can be read after a restart', async () => {
  const args = ['-c', 'ulimit -S -f 2000; exec "$0" "$@"', process.execPath, CHILD, dir];
  const { status, stdout, stderr } = spawnSync('bash', args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const { next } = JSON.parse(stdout) as { readonly next: number };
  const reader = openKeyedReader<object>(dir, 1);
  assert.equal(reader.positions(0)['plays']?.next, next);
  assert.deepEqual(reader.get('small'), { a: 1, new: 'shape' });
  await reader.close();
});
