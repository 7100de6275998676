import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isMarqueeError } from '../../../../domain/errors.ts';
import { parseSums } from '../../../../infra/local/programs/maven-jars.ts';
import { ensureSealed, isWhole } from '../../../../infra/local/programs/sealed-folder.ts';

const SUM_OF_ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

function folder(expected?: Record<string, string>) {
  const parent = mkdtempSync(join(tmpdir(), 'marquee-sealed-'));
  const fills: string[] = [];
  const request = {
    dir: join(parent, 'program-1.0'),
    ...(expected === undefined ? {} : { expected }),
    fill: async (dir: string) => {
      fills.push(dir);
      await mkdir(join(dir, 'bin'));
      await writeFile(join(dir, 'bin', 'program'), 'abc');
    },
  };
  return { parent, fills, request };
}

test('a folder is filled once and then used as it is', async () => {
  const { fills, request } = folder();
  await ensureSealed(request);
  await ensureSealed(request);
  assert.equal(fills.length, 1);
  assert.equal(readFileSync(join(request.dir, 'bin', 'program'), 'utf8'), 'abc');
});

for (const [damage, harm] of [
  ['a changed byte', (dir: string) => writeFileSync(join(dir, 'bin', 'program'), 'abd')],
  ['a missing file', (dir: string) => rmSync(join(dir, 'bin', 'program'))],
  ['a missing seal', (dir: string) => rmSync(join(dir, '.seal.json'))],
  ['a torn seal', (dir: string) => writeFileSync(join(dir, '.seal.json'), '{"bin')],
] as const) {
  test(`a folder with ${damage} is fetched again`, async () => {
    const { parent, fills, request } = folder();
    await ensureSealed(request);
    harm(request.dir);
    assert.equal(await isWhole(request.dir), false);
    await ensureSealed(request);
    assert.equal(fills.length, 2);
    assert.equal(await isWhole(request.dir), true);
    assert.deepEqual(readdirSync(parent), ['program-1.0']);
  });
}

test('files that are not what they must be are refused, and nothing stays behind', async () => {
  const { parent, request } = folder({ 'bin/program': SUM_OF_ABC.replace('ba', 'bb') });
  await assert.rejects(ensureSealed(request), (error) => isMarqueeError(error, 'DOWNLOAD_CORRUPT'));
  assert.deepEqual(readdirSync(parent), []);
});

test('files that are what they must be are taken', async () => {
  const { request } = folder({ 'bin/program': SUM_OF_ABC });
  assert.equal(await ensureSealed(request), request.dir);
});

test('a folder sealed for other files than those wanted now is fetched again', async () => {
  const { fills, request } = folder();
  await ensureSealed(request);
  const wanted = { ...request, expected: { 'bin/other': SUM_OF_ABC } };
  await assert.rejects(ensureSealed(wanted), (error) => isMarqueeError(error, 'DOWNLOAD_CORRUPT'));
  assert.equal(fills.length, 2);
});

test('two that fetch at once end with one whole folder', async () => {
  const { parent, request } = folder();
  await Promise.all([ensureSealed(request), ensureSealed(request), ensureSealed(request)]);
  assert.equal(await isWhole(request.dir), true);
  assert.deepEqual(readdirSync(parent), ['program-1.0']);
});

test('a failed fetch leaves nothing behind', async () => {
  const { parent, request } = folder();
  await assert.rejects(
    ensureSealed({ ...request, fill: async () => Promise.reject(new Error('offline')) }),
    /offline/,
  );
  assert.deepEqual(readdirSync(parent), []);
});

test('checksum lists are read as sha256sum writes them', () => {
  assert.deepEqual(parseSums('aa  one.jar\nbb *two.jar\n\n'), { 'one.jar': 'aa', 'two.jar': 'bb' });
});
