import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { runCommandLine } from '../../../infra/cli/program.ts';

const scratch = mkdtempSync(join(tmpdir(), 'marquee-cli-'));
/** A machine that has nothing: no Java, no Python, no servers, no cache. */
const BARE = {
  PATH: scratch,
  MARQUEE_DATA_DIR: join(scratch, 'data'),
  MARQUEE_CACHE_DIR: join(scratch, 'cache'),
};

async function marquee(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCommandLine(args, {
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
    env: BARE,
  });
  return { code, stdout: out.join(''), stderr: err.join('') };
}

test('help shows examples first and the exit codes last', async () => {
  const { code, stdout } = await marquee('--help');
  assert.equal(code, 0);
  assert.match(stdout, /^Examples:/);
  assert.match(stdout, /Exit codes:/);
  for (const command of ['up', 'down', 'status', 'doctor', 'logs'])
    assert.match(stdout, new RegExp(`\\n  ${command} `));
});

test('every command has examples in its help', async () => {
  const commands = [...(await marquee('--help')).stdout.matchAll(/^ {2}([a-z][a-z-]*) /gm)].map(
    (match) => match[1] ?? '',
  );
  assert.ok(commands.includes('up'));
  for (const name of commands.filter((each) => each !== 'help' && each !== 'marquee')) {
    assert.match((await marquee(name, '--help')).stdout, /Examples:\n {2}(marquee|npm) /, name);
  }
});

test('an unknown command or argument ends with 2 and talks on stderr alone', async () => {
  for (const args of [
    ['upp'],
    ['up', 'mysql'],
    ['up', '--with', 'mysql'],
    ['logs', '-n', 'many'],
    ['status', '--yaml'],
  ]) {
    const { code, stdout, stderr } = await marquee(...args);
    assert.equal(code, 2, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, /^error: /);
  }
});

test('without Java, Maven and Python, up ends with 3 and one line that names all of them', async () => {
  const { code, stdout, stderr } = await marquee('up');
  assert.equal(code, 3);
  assert.equal(stdout, '');
  assert.equal(stderr.trim().split('\n').length, 1);
  assert.match(stderr, /no Java.*no Maven.*no Python.*Install Java 17.*Install Maven.*Install Python 3/);
});

test('doctor says what is missing and how to get it, and ends with 3', async () => {
  const { code, stdout } = await marquee('doctor', '--json');
  assert.equal(code, 3);
  const { findings } = JSON.parse(stdout) as { findings: { name: string; state: string; remedy?: string }[] };
  const missing = findings.filter(({ state }) => state === 'missing');
  assert.deepEqual(
    missing.slice(0, 3).map(({ name }) => name),
    ['Java', 'Maven', 'Python'],
  );
  for (const { remedy } of missing) assert.match(remedy ?? '', /^Install /);
});

test('status of a stack that never ran ends with 4 and is still good JSON', async () => {
  const { code, stdout } = await marquee('status', '--json');
  assert.equal(code, 4);
  const { servers } = JSON.parse(stdout) as { servers: { state: string }[] };
  assert.deepEqual(
    servers.map(({ state }) => state),
    ['stopped', 'stopped', 'stopped'],
  );
});

test('down with nothing running is a success that says so', async () => {
  const { code, stdout, stderr } = await marquee('down');
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: 'Nothing was running.\n' });
});

test('the program itself ends with the code of the command: a faulty setting is 2 and is named', () => {
  const main = resolve(import.meta.dirname, '../../../infra/cli/main.ts');
  const { status, stderr } = spawnSync(process.execPath, [main, 'status'], {
    encoding: 'utf8',
    env: { PATH: scratch, MARQUEE_KAFKA_HEAP_MB: 'lots' },
  });
  assert.equal(status, 2);
  assert.match(stderr, /MARQUEE_KAFKA_HEAP_MB is "lots", expected an integer/);
});

test('where nobody watches, no colour and no cursor movement is printed', async () => {
  for (const args of [['--help'], ['doctor'], ['status'], ['up']]) {
    const { stdout, stderr } = await marquee(...args);
    assert.ok(!(stdout + stderr).includes('\u001b['), args.join(' '));
  }
});
