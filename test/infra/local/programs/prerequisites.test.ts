import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findJava, findPython, versionOf } from '../../../../infra/local/programs/prerequisites.ts';

const root = mkdtempSync(join(tmpdir(), 'marquee-prerequisites-'));
after(() => rmSync(root, { recursive: true }));

/** A folder whose only program is a shell script. */
function folderWith(name: string, script: string): string {
  const folder = mkdtempSync(join(root, 'bin-'));
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
  return folder;
}

test('what a program says of itself is read, and what is missing has a fault and a remedy', async () => {
  const python = folderWith('python3', 'echo "pip 26.3 from /usr/lib (python 3.13)"');
  const { program, version, fault } = await findPython([python]);
  assert.deepEqual([program, version, fault], [join(python, 'python3'), '3.13', undefined]);
  const bare = folderWith('python3', 'echo "No module named pip" >&2; exit 1');
  const without = await findPython([bare]);
  assert.equal(without.fault, `${join(bare, 'python3')} has no pip`);
  assert.equal(without.program, undefined);
  assert.match(without.remedy, /python3-pip/);
  assert.equal((await findPython([root])).fault, 'there is no Python 3');
});

test('a Java that is too old is not taken', async () => {
  const old = folderWith('java', `echo 'openjdk version "11.0.2"' >&2`);
  assert.equal((await findJava([old])).fault, 'Java 11.0.2 is older than 17');
  const good = folderWith('java', `echo 'openjdk version "21.0.4"' >&2`);
  assert.equal((await findJava([good])).version, '21.0.4');
});

test('a program that takes too long is told as slow, not as missing', async () => {
  const slow = join(folderWith('python3', 'exec sleep 30'), 'python3');
  const { fault } = await versionOf(slow, [], /./, 'has no pip', 200);
  assert.equal(fault, `${slow} did not answer within 0.2 s`);
});
