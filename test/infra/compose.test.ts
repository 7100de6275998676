/** That the compose file is all of Marquee, and names settings that there are. No container engine is asked. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FOLDING_FLAGS, SERVING_FLAGS, WORKER_FLAGS } from '../../infra/local/node-flags.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (...path: readonly string[]): string => readFileSync(join(ROOT, ...path), 'utf8');
const compose = read('infra', 'compose.yaml');

/** The lines of a service, or of another part that begins at this depth. */
function partOf(name: string, indent = 2): string {
  const begin = ' '.repeat(indent);
  const [, after] = compose.split(new RegExp(`^${begin}${name}:.*\n`, 'm'));
  assert.ok(after !== undefined, `${name} is missing`);
  return after.split(new RegExp(`^ {0,${indent}}[^ \n#]`, 'm'))[0]!;
}

const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };
const processes = Object.keys(scripts).flatMap((name) => /^start:(.+)$/.exec(name)?.[1] ?? []);

test('every process that can be started is a service', () => {
  assert.ok(processes.length > 8, processes.join(' '));
  for (const name of processes) assert.ok(partOf(name).includes(`infra/bin/${name}.js]`), name);
});

for (const [name, flags] of [
  ['speed', FOLDING_FLAGS],
  ['behaviour', FOLDING_FLAGS],
  ['worker', WORKER_FLAGS],
  ['serving', SERVING_FLAGS],
] as const) {
  test(`${name} is started with the flags that the launcher starts it with`, () => {
    assert.ok(partOf(name).includes(`[node, ${flags.join(', ')}, infra/bin/${name}.js]`));
  });
}

test('profiles are read where another container can: both sides name the Cassandra that is a service', () => {
  const settings = partOf('x-settings', 0);
  assert.match(settings, /^ {2}PROFILE_STORE: cassandra$/m);
  const [, host] = /^ {2}CASSANDRA_CONTACT_POINTS: (\w+):9042$/m.exec(settings) ?? [];
  assert.match(partOf(host!), /image: cassandra:/);
  for (const name of ['behaviour', 'serving', 'totals']) {
    assert.match(partOf(name), /<<: \*process/, name);
    assert.doesNotMatch(partOf(name), /environment:/, `${name} has settings of its own`);
  }
});

test('settings are those that the reference names', () => {
  const known = new Set(
    Array.from(read('.env.example').matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm), ([, key]) => key),
  );
  assert.ok(known.size > 100);
  for (const [, key = ''] of partOf('x-settings', 0).matchAll(/^ {2}([A-Z][A-Z0-9_]*):/gm))
    assert.ok(known.has(key), key);
});

test('what a process keeps outlives its container, and every volume is declared', () => {
  for (const name of ['extract', 'speed', 'behaviour', 'serving', 'audit'])
    assert.ok(partOf(name).includes(`volumes: ['${name}:/data']`), name);
  const declared = Array.from(partOf('volumes', 0).matchAll(/^ {2}(\w+):$/gm), ([, name]) => name);
  const used = Array.from(compose.matchAll(/^ {4}volumes: \['(\w+):/gm), ([, name]) => name);
  assert.deepEqual(declared.toSorted(), used.toSorted());
});
