import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createHeldParts } from '../../../infra/hermes/held-parts.ts';

const scratch = mkdtempSync(join(tmpdir(), 'marquee-held-parts-'));
after(() => rmSync(scratch, { recursive: true }));

function begin(name: string, mostBytes = 1000) {
  const dir = join(scratch, name);
  const work = mkdtempSync(join(scratch, 'work-'));
  let files = 0;
  const faults: unknown[] = [];
  return {
    dir,
    faults,
    held: createHeldParts(dir, { mostBytes, onFault: (error) => faults.push(error) }),
    path: (): string => join(work, `${++files}`),
  };
}

/** A part with this text, in a file. */
function partIn(path: string, text: string) {
  writeFileSync(path, text);
  return { bytes: text.length, sha256: createHash('sha256').update(text).digest('hex') };
}

test('a part is taken by its checksum, and stays where it was put when it is held no more', async () => {
  const { dir, held, path } = begin('taken');
  const made = path();
  const part = partIn(made, 'plays');
  assert.equal(await held.take(part, path()), false);
  await held.hold(part, made);
  await held.hold(part, made);
  rmSync(made);
  const put = path();
  assert.equal(await held.take(part, put), true);
  rmSync(dir, { recursive: true });
  assert.equal(readFileSync(put, 'utf8'), 'plays');
});

test('what is damaged is not taken, and is held no more', async () => {
  const { dir, held, path } = begin('damaged');
  const made = path();
  const part = partIn(made, 'plays');
  await held.hold(part, made);
  writeFileSync(join(dir, part.sha256), 'plaYs');
  const put = path();
  assert.equal(await held.take(part, put), false);
  assert.deepEqual(readdirSync(dir), []);
  const again = path();
  partIn(again, 'plays');
  await held.hold(part, again);
  assert.equal(await held.take(part, put), true);
});

test('no more is held than may be: what was not used for the longest time goes', async () => {
  const { dir, held, path } = begin('full', 20);
  const parts = [];
  for (const text of ['the first', 'the other']) {
    const made = path();
    const part = partIn(made, text);
    utimesSync(made, 1000 + parts.length, 1000 + parts.length);
    await held.hold(part, made);
    parts.push(part);
  }
  const [first, other] = parts;
  assert.equal(await held.take(first!, path()), true);
  const made = path();
  const third = partIn(made, 'the third');
  await held.hold(third, made);
  assert.deepEqual(readdirSync(dir).sort(), [first!.sha256, third.sha256].sort());
  assert.equal(await held.take(other!, path()), false);
});

test('where nothing can be held parts are fetched, and somebody is told why', async () => {
  const { dir, held, path, faults } = begin('a-file');
  writeFileSync(dir, 'no folder');
  const made = path();
  const part = partIn(made, 'plays');
  await held.hold(part, made);
  assert.equal(await held.take(part, path()), false);
  assert.deepEqual(
    faults.map((fault) => (fault as NodeJS.ErrnoException).code),
    ['EEXIST', 'ENOTDIR'],
  );
});
