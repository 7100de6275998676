import assert from 'node:assert/strict';
import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { readStackFile, withStackLock, writeStackFile } from '../../../infra/local/stack-file.ts';

const emptyDir = (): string => mkdtempSync(join(tmpdir(), 'marquee-stack-'));

test('a missing or broken file reads as an empty stack', () => {
  const dir = emptyDir();
  assert.deepEqual(readStackFile(dir), { environment: {}, servers: {} });
  writeFileSync(join(dir, 'stack.json'), '{"environ');
  assert.deepEqual(readStackFile(dir), { environment: {}, servers: {} });
});

test('what is written is read back, and only its owner may read it, since it holds a secret', () => {
  const dir = emptyDir();
  const file = { environment: { AWS_SECRET_ACCESS_KEY: 's' }, servers: {} };
  writeStackFile(dir, file);
  assert.deepEqual(readStackFile(dir), file);
  assert.equal(statSync(join(dir, 'stack.json')).mode & 0o077, 0);
});

test('two processes do not change one stack at a time', async () => {
  const dir = emptyDir();
  writeFileSync(join(dir, 'stack.lock'), String(process.ppid));
  await assert.rejects(
    withStackLock(dir, async () => 1),
    (error) => isMarqueeError(error, 'SERVER_MISSING'),
  );
});

test('the lock of a process that is gone is taken over', async () => {
  const dir = emptyDir();
  writeFileSync(join(dir, 'stack.lock'), '999999999');
  assert.equal(await withStackLock(dir, async () => 'done'), 'done');
});

test('the lock is released when the body fails', async () => {
  const dir = emptyDir();
  await assert.rejects(
    withStackLock(dir, async () => Promise.reject(new Error('no'))),
    /no/,
  );
  assert.equal(await withStackLock(dir, async () => 'done'), 'done');
});
