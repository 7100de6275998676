import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { compareWithSnapshot, readSnapshot } from '../../../infra/contracts/snapshot.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const scratch = mkdtempSync(join(tmpdir(), 'marquee-snapshot-'));

function writeAnew(folder: string, ...args: string[]): { code: number | null; talk: string } {
  const script = join(ROOT, 'infra/build/contract-snapshot.ts');
  const { status, stderr } = spawnSync(process.execPath, [script, '--folder', folder, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return { code: status, talk: stderr };
}

test('a snapshot is written where there is none, the same as the one committed', () => {
  const folder = join(scratch, 'new');
  assert.equal(writeAnew(folder).code, 0);
  assert.equal(compareWithSnapshot(readSnapshot(folder)).isCurrent, true);
  for (const file of ['event-contract.json', 'avro/PlaysRecord.avsc'])
    assert.equal(
      readFileSync(join(folder, file), 'utf8'),
      readFileSync(join(ROOT, 'contracts', file), 'utf8'),
    );
});

test('a change that breaks readers is refused and leaves the snapshot; accepted, its reason is kept', () => {
  const folder = join(scratch, 'broken');
  cpSync(join(ROOT, 'contracts'), folder, { recursive: true });
  const file = join(folder, 'event-contract.json');
  const older = readFileSync(file, 'utf8').replace('"max": 512', '"max": 1024');
  writeFileSync(file, older);
  const refused = writeAnew(folder);
  assert.equal(refused.code, 1);
  assert.match(refused.talk, /search\.query: range-narrowed, from 1 … 1024 to 1 … 512 \(breaks backward\)/);
  assert.deepEqual([readFileSync(file, 'utf8'), existsSync(join(folder, 'broken.md'))], [older, false]);
  assert.equal(writeAnew(folder, '--accept', 'no query was ever that long').code, 0);
  assert.equal(compareWithSnapshot(readSnapshot(folder)).isCurrent, true);
  assert.match(
    readFileSync(join(folder, 'broken.md'), 'utf8'),
    /^# Changes that broke readers[^]*## no query was ever that long\n\n- search\.query: range-narrowed/,
  );
  assert.equal(writeAnew(folder).code, 0);
});
