import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { FOLDING_FLAGS, SERVING_FLAGS, WORKER_FLAGS } from '../../infra/local/node-flags.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const scratch = mkdtempSync(join(tmpdir(), 'marquee-launch-'));
const { findNode, isInstalled } = (await import(join(ROOT, 'bin/launch.js'))) as {
  findNode(root?: string): string;
  isInstalled(root: string, lock: unknown): boolean;
};

/** Writes an entry outside the project and returns its path as the launcher takes it. */
function entry(name: string, source: string): string {
  const file = join(scratch, name);
  writeFileSync(file, source);
  return relative(ROOT, file);
}

const run = (...args: string[]) =>
  spawnSync(process.execPath, [join(ROOT, 'bin/run.js'), ...args], { encoding: 'utf8', timeout: 30_000 });

test('an entry runs on the pinned Node with its arguments, first on the PATH of its children', () => {
  const source = `const args: string[] = process.argv.slice(2);
    const { execFileSync } = await import('node:child_process');
    console.log(JSON.stringify([args, process.execPath, execFileSync('node', ['-p', 'process.execPath'], { encoding: 'utf8' }).trim()]));`;
  const { stdout, status } = run(entry('show.ts', source), 'a', '--b');
  const node = findNode();
  assert.equal(status, 0);
  assert.deepEqual(JSON.parse(stdout), [['a', '--b'], node, node]);
});

test('the exit code of the entry is the exit code of the launcher', () => {
  assert.equal(run(entry('seven.ts', 'process.exit(7);')).status, 7);
});

test('an entry ended by a signal gives 128 and its number', () => {
  assert.equal(run(entry('killed.ts', "process.kill(process.pid, 'SIGKILL');")).status, 137);
});

test('a signal reaches the entry, which decides how to end', async () => {
  const source =
    "process.on('SIGTERM', () => process.exit(9)); console.log('up'); setInterval(() => {}, 1000);";
  const child = spawn(process.execPath, [join(ROOT, 'bin/run.js'), entry('wait.ts', source)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.once('data', () => child.kill('SIGTERM'));
  const code = await new Promise((done) => child.once('exit', done));
  assert.equal(code, 9);
});

test('packages count as installed only in the versions of the lockfile', () => {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string; optional?: boolean }>;
  };
  const root = mkdtempSync(join(tmpdir(), 'marquee-installed-'));
  assert.equal(isInstalled(root, lock), false);
  mkdirSync(join(root, 'node_modules'));
  const record = (packages: unknown): void =>
    writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
  const needed = Object.entries(lock.packages).filter(
    ([path, each]) => path !== '' && each.optional !== true,
  );
  record(Object.fromEntries(needed));
  assert.equal(isInstalled(root, lock), true);
  record({ ...Object.fromEntries(needed), 'node_modules/kafkajs': { version: '0.0.1' } });
  assert.equal(isInstalled(root, lock), false);
  record(Object.fromEntries(needed.slice(1)));
  assert.equal(isInstalled(root, lock), false);
});

test('the launcher is plain JavaScript without syntax newer than Node 18', () => {
  for (const file of ['launch.js', 'run.js', 'marquee.js']) {
    const source = readFileSync(join(ROOT, 'bin', file), 'utf8');
    assert.doesNotMatch(
      source,
      /\busing\b .*=|import\.meta\.dirname|Promise\.withResolvers|\.findLast\(|: string\b/,
      file,
    );
  }
});

test('stages, serving and workers are started with the same flags everywhere', () => {
  const launcher = readFileSync(join(ROOT, 'bin', 'launch.js'), 'utf8');
  const compose = readFileSync(join(ROOT, 'infra', 'compose.yaml'), 'utf8');
  for (const [name, flags, entry] of [
    ['FOLDING_FLAGS', FOLDING_FLAGS, 'speed'],
    ['SERVING_FLAGS', SERVING_FLAGS, 'serving'],
    ['WORKER_FLAGS', WORKER_FLAGS, 'worker'],
  ] as const) {
    const named = flags.map((flag) => `'${flag}'`).join(', ');
    assert.ok(launcher.includes(`const ${name} = [${named}];`), `bin/launch.js: ${name}`);
    assert.ok(compose.includes(`[node, ${flags.join(', ')}, infra/bin/${entry}.js]`), `compose: ${entry}`);
  }
});
