import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { commandLineOf, isSameProcess, spawnDetached, stopProcess } from '../../../infra/local/process.ts';
import { claimFolder, readRun, writeRun, type ProcessRecord } from '../../../examples/demo/data-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'marquee-folder-'));
const started: ProcessRecord[] = [];
after(async () => {
  for (const { pid, command } of started) await stopProcess(pid, command, 5_000);
  rmSync(root, { recursive: true, force: true });
});

const DEMO: ProcessRecord = { pid: process.pid, command: (commandLineOf(process.pid) ?? '').split(' ') };

function claimOf(log: string[] = []) {
  return {
    demo: DEMO,
    stopServers: async () => void log.push('servers stopped'),
    say: (text: string) => void log.push(text),
  };
}

async function sleeper(): Promise<ProcessRecord> {
  const command = [process.execPath, '--eval', 'setTimeout(()=>{},60_000)'] as const;
  const pid = await spawnDetached(command, { env: {}, log: join(root, 'sleeper.log') });
  started.push({ pid, command });
  return { pid, command };
}

test('a new folder is taken and remembered as the demo’s own', async () => {
  const dataDir = join(root, 'new');
  const run = await claimFolder(dataDir, claimOf());
  assert.equal(run.ownsFolder, true);
  assert.deepEqual(readRun(dataDir), run);
});

test('a folder of the demo is emptied by the next run, after its processes and servers were stopped', async () => {
  const dataDir = join(root, 'own');
  const run = await claimFolder(dataDir, claimOf());
  const left = await sleeper();
  writeRun(dataDir, { ...run, processes: { speed: left } });
  writeFileSync(join(dataDir, 'events.ndjson'), 'old');
  const log: string[] = [];
  await claimFolder(dataDir, claimOf(log));
  assert.equal(isSameProcess(left.pid, left.command), false);
  assert.equal(existsSync(join(dataDir, 'events.ndjson')), false);
  assert.deepEqual(log.at(-1), 'servers stopped');
});

test('a folder that held other things is used once, and never removed', async () => {
  const dataDir = join(root, 'other');
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'precious'), 'data');
  assert.equal((await claimFolder(dataDir, claimOf())).ownsFolder, false);
  await assert.rejects(claimFolder(dataDir, claimOf()), (error) => isMarqueeError(error, 'CONFIG_INVALID'));
  assert.equal(existsSync(join(dataDir, 'precious')), true);
});

test('a second demo in the folder of a running one is refused', async () => {
  const dataDir = join(root, 'busy');
  const run = await claimFolder(dataDir, claimOf());
  writeRun(dataDir, { ...run, demo: await sleeper() });
  await assert.rejects(claimFolder(dataDir, claimOf()), (error) => isMarqueeError(error, 'SERVER_MISSING'));
});
