import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { codeVersionOf } from '../../infra/code-version.ts';

const RELEASE = { name: 'marquee', version: '1.2.3' };

test('the version of the code changes with every source that what is computed depends on, and with no other', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'marquee-code-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const folder of ['batch/sql', 'domain', 'serving']) mkdirSync(join(root, folder), { recursive: true });
  const put = (path: string, text: string): void => writeFileSync(join(root, path), text);
  put('batch/count.ts', 'one');
  put('batch/sql/rows.sql', 'two');
  put('domain/fold.js', 'three');
  const seen = [await codeVersionOf(RELEASE, root)];
  assert.match(seen[0]!, /^marquee\/1\.2\.3\+[0-9a-f]{12}$/);
  put('serving/page.ts', 'four');
  put('domain/fold.d.ts', 'five');
  assert.equal(await codeVersionOf(RELEASE, root), seen[0]);
  for (const change of [
    () => put('batch/count.ts', 'One'),
    () => put('batch/sql/rows.sql', 'Two'),
    () => put('domain/fold.js', 'Three'),
    () => put('domain/more.ts', ''),
    () => renameSync(join(root, 'domain/more.ts'), join(root, 'domain/else.ts')),
  ]) {
    change();
    seen.push(await codeVersionOf(RELEASE, root));
  }
  assert.equal(new Set(seen).size, seen.length);
});

test('of this project it is the same twice', async () => {
  assert.equal(await codeVersionOf(RELEASE), await codeVersionOf(RELEASE));
});
