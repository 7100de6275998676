import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { isSameProcess, killProcess, spawnDetached, stopProcess } from '../../../infra/local/process.ts';

const scratch = mkdtempSync(join(tmpdir(), 'marquee-process-'));
const log = join(scratch, 'out.log');

type Command = readonly [string, ...string[]];
const nodeRunning = (script: string): Command => [process.execPath, '-e', script];
const QUIET = nodeRunning('setInterval(() => {}, 1000)');
const STUBBORN = nodeRunning(
  "process.on('SIGTERM', () => {}); console.log('deaf'); setInterval(() => {}, 1000)",
);

async function untilLogged(word: string): Promise<void> {
  for (let i = 0; i < 200 && !readFileSync(log, 'utf8').includes(word); i++) await sleep(25);
}

test('a process is known by its pid and its command line', async () => {
  const pid = await spawnDetached(QUIET, { env: {}, log });
  assert.equal(isSameProcess(pid, QUIET), true);
  assert.equal(isSameProcess(pid, [...QUIET, 'other']), false);
  await stopProcess(pid, QUIET, 5000);
  assert.equal(isSameProcess(pid, QUIET), false);
});

test('a process that took over the pid of another is left alone', async () => {
  const pid = await spawnDetached(QUIET, { env: {}, log });
  await stopProcess(pid, ['kafka', 'that', 'ended'], 1000);
  await killProcess(pid, ['kafka', 'that', 'ended']);
  assert.equal(isSameProcess(pid, QUIET), true);
  await killProcess(pid, QUIET);
  assert.equal(isSameProcess(pid, QUIET), false);
});

test('a process that does not listen to SIGTERM is killed when its time is over', async () => {
  const pid = await spawnDetached(STUBBORN, { env: {}, log });
  await untilLogged('deaf');
  const start = Date.now();
  await stopProcess(pid, STUBBORN, 300);
  assert.ok(Date.now() - start >= 300);
  assert.equal(isSameProcess(pid, STUBBORN), false);
});

test('stopping twice is harmless', async () => {
  const pid = await spawnDetached(QUIET, { env: {}, log });
  await Promise.all([stopProcess(pid, QUIET, 5000), stopProcess(pid, QUIET, 5000)]);
  await stopProcess(pid, QUIET, 5000);
  assert.equal(isSameProcess(pid, QUIET), false);
});

test('a process gets the extra environment and its output goes to the log', async () => {
  const command = nodeRunning('console.log(process.env.MARQUEE_TEST_WORD)');
  await spawnDetached(command, { env: { MARQUEE_TEST_WORD: 'heard' }, log });
  await untilLogged('heard');
  assert.match(readFileSync(log, 'utf8'), /heard/);
});

test('a program that is not there is SERVER_MISSING', async () => {
  await assert.rejects(spawnDetached(['/no/such/program'], { env: {}, log }), (error) =>
    isMarqueeError(error, 'SERVER_MISSING'),
  );
});
