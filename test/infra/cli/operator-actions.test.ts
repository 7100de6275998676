import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Command } from 'commander';
import { MarqueeError } from '../../../domain/errors.ts';
import { recordingChanges } from '../../../infra/cli/operator-actions.ts';
import { runCommandLine } from '../../../infra/cli/program.ts';
import type { OperatorEntry } from '../../../infra/http/operator-log.ts';

/** Runs one line of a program with some of the commands; `does` is what each of them does. */
async function run(line: string, does: () => void = () => undefined, isFull = false) {
  const entries: OperatorEntry[] = [];
  const program = new Command('marquee').exitOverride();
  const act = (): void => does();
  program.command('pin <view>').option('--dry-run').action(act);
  program.command('view <view>').action(act);
  const generation = program.command('generation');
  generation.command('seal').action(act);
  generation.command('show').action(act);
  const args = line.split(' ');
  const record = (entry: OperatorEntry): Promise<void> => {
    if (isFull) return Promise.reject(new MarqueeError('OPERATOR_LOG_UNAVAILABLE', { reason: 'full' }));
    entries.push(entry);
    return Promise.resolve();
  };
  const outcome = await recordingChanges(
    program,
    args,
    () => ({ record }),
    async () => {
      await program.parseAsync(args, { from: 'user' });
      return 0;
    },
  ).catch((error: unknown) => (error instanceof MarqueeError ? error.code : 'other'));
  return { entries, outcome };
}

test('a change is recorded before it is made and after, under one number', async () => {
  for (const line of ['pin popularity', 'generation seal']) {
    let before = -1;
    const { entries, outcome } = await run(line, () => (before = 1));
    assert.deepEqual([outcome, before], [0, 1]);
    assert.deepEqual(
      entries.map(({ what, state, outcome: ended }) => [what, state, ended]),
      [
        [`marquee ${line}`, 'begun', undefined],
        [`marquee ${line}`, 'ended', 0],
      ],
    );
    assert.equal(entries[0]!.action, entries[1]!.action);
    assert.match(entries[0]!.who, /^user:./);
  }
});

test('looking and dry runs are not recorded', async () => {
  for (const line of ['view popularity', 'generation show', 'pin popularity --dry-run'])
    assert.deepEqual((await run(line)).entries, []);
});

test('a change that fails ends with its code, and one that cannot be recorded is not made', async () => {
  const failed = await run('pin popularity', () => {
    throw new MarqueeError('VIEW_NOT_FOUND', { view: 'popularity', version: 1 });
  });
  assert.deepEqual([failed.outcome, failed.entries.at(-1)?.outcome], ['VIEW_NOT_FOUND', 'VIEW_NOT_FOUND']);
  let isMade = false;
  const refused = await run('pin popularity', () => (isMade = true), true);
  assert.deepEqual([refused.outcome, isMade], ['OPERATOR_LOG_UNAVAILABLE', false]);
});

test('the command line writes to the configured file', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'marquee-actions-'));
  const env = { MARQUEE_DATA_DIR: dir };
  const quiet = { write: () => true };
  const marquee = (...args: string[]): Promise<number> =>
    runCommandLine(args, { stdout: quiet, stderr: quiet, env });
  await marquee('views');
  const path = join(dir, 'operator-actions.ndjson');
  assert.equal(existsSync(path), false);
  // There are no servers, so it fails; that it was tried is known all the same.
  assert.equal(await marquee('rollback', 'popularity'), 2);
  const lines = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as OperatorEntry);
  assert.deepEqual(
    lines.map(({ what, outcome }) => [what, outcome]),
    [
      ['marquee rollback popularity', undefined],
      ['marquee rollback popularity', 'CONFIG_INVALID'],
    ],
  );
});
