import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';

const ROOT = resolve(import.meta.dirname, '../../..');
// Within the project, since what is built finds its packages as any module there does.
mkdirSync(join(ROOT, '.cache'), { recursive: true });
const out = mkdtempSync(join(ROOT, '.cache', 'build-test-'));
after(() => rmSync(out, { recursive: true, force: true }));

function runNode(args: readonly string[], env: Record<string, string> = {}) {
  return spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8', timeout: 180_000, env });
}

/** Runs a built module on a Node that refuses to strip types. */
const runBuilt = (file: string, ...args: string[]) =>
  runNode(['--no-strip-types', join(out, file), ...args], { MARQUEE_DATA_DIR: join(out, 'no-data') });

before(() => {
  const { status, stderr } = runNode([join(ROOT, 'infra/build/main.ts'), '--out', out]);
  assert.equal(status, 0, stderr);
});

test('the built command line runs without type stripping', () => {
  const { status, stdout, stderr } = runBuilt('infra/cli/main.js', '--help');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /Usage: marquee/);
});

test('every built process loads all of its modules: it gets as far as asking for addresses', () => {
  const processes = readdirSync(join(ROOT, 'infra/bin')).filter((file) => !file.includes('-'));
  assert.ok(processes.length >= 6, processes.join());
  for (const file of processes) {
    const { status, stdout, stderr } = runBuilt(`infra/bin/${file.replace(/\.ts$/, '.js')}`);
    assert.notEqual(status, 0, file);
    assert.match(stdout + stderr, /KAFKA_BROKERS is not set/, file);
  }
});

test('the workflows are one bundle, and files that the code reads beside itself are there', () => {
  assert.ok(statSync(join(out, 'workflow-bundle.js')).size > 100_000);
  for (const file of ['infra/local/kafka/jars.sha256', 'infra/local/requirements/seaweedfs.txt']) {
    assert.ok(statSync(join(out, file)).size > 0, file);
  }
});
