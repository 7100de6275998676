import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { test } from 'node:test';
import {
  filesMatching,
  functionLengths,
  lineCount,
  readsEnvironment,
  readText,
  SOURCE_FILES,
} from './source-tree.ts';

const MAX_LINES = 300;
const MAX_FUNCTION_LINES = 70;
/** A longer file says at its top why it is. */
const REASON = /Longer than 300 lines because/;

test('no file is longer than 300 lines unless its top says why, and the median is at most 120', () => {
  const lengths = SOURCE_FILES.map((path) => ({ path, lines: lineCount(readText(path)) }));
  const tooLong = lengths.filter(({ path, lines }) => {
    if (lines <= MAX_LINES) return false;
    return !REASON.test(readText(path).split('\n').slice(0, 15).join('\n'));
  });
  assert.deepEqual(tooLong, []);
  const median = lengths.map(({ lines }) => lines).toSorted((a, b) => a - b)[Math.floor(lengths.length / 2)];
  assert.ok(median !== undefined && median <= 120, `the median is ${median}`);
});

test('no function is longer than 70 lines, functions inside it counted for themselves', () => {
  const tooLong = SOURCE_FILES.filter((path) => !path.startsWith('test/')).flatMap((path) =>
    functionLengths(path, readText(path))
      .filter(({ lines }) => lines > MAX_FUNCTION_LINES)
      .map(({ name, lines }) => `${path}: ${name} has ${lines} lines`),
  );
  assert.deepEqual(tooLong, []);
});

test('functions are measured without the functions inside them', () => {
  const text =
    'function outer() {\n  const a = 1;\n  function inner() {\n    return a;\n  }\n  return inner;\n}';
  assert.deepEqual(functionLengths('x.ts', text), [
    { name: 'inner', lines: 3 },
    { name: 'outer', lines: 5 },
  ]);
});

test('file names are kebab-case and say what is inside', () => {
  const odd = SOURCE_FILES.filter((path) => {
    const stem = basename(path).replace(/(\.(integration|mutant|proof))?(\.test)?\.ts$/, '');
    return !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem) || /^(utils?|helpers?|managers?|common|misc)$/.test(stem);
  });
  assert.deepEqual(odd, []);
});

test('only the configuration reads the environment', () => {
  const readers = SOURCE_FILES.filter((path) => !/^infra\/config(\.ts|\/)/.test(path)).filter((path) =>
    readsEnvironment(path, readText(path)),
  );
  assert.deepEqual(readers, []);
  assert.equal(readsEnvironment('x.ts', 'const home = process.env.HOME;'), true);
  assert.equal(readsEnvironment('x.ts', 'import { env } from "node:process";'), true);
  assert.equal(readsEnvironment('x.ts', 'const text = "process.env.HOME";'), false);
});

test('every test mirrors the path of what it tests', () => {
  const mirrored = [
    'domain',
    'infra',
    'streaming',
    'batch',
    'activities',
    'workflows',
    'serving',
    'examples',
  ];
  const sources = new Set(SOURCE_FILES.map((path) => path.split('/').slice(0, -1).join('/')));
  const lost = SOURCE_FILES.filter((path) => {
    const [, area] = path.split('/');
    if (!path.startsWith('test/') || !path.endsWith('.test.ts') || !mirrored.includes(area ?? ''))
      return false;
    return !sources.has(path.split('/').slice(1, -1).join('/'));
  });
  assert.deepEqual(lost, []);
});

test('domain and workflows have no clock, no randomness and no process', () => {
  const impure = SOURCE_FILES.filter((path) => /^(domain|workflows)\//.test(path)).filter((path) =>
    /Date\.now\(|new Date\(\)|Math\.random\(|\bprocess\.|performance\.now\(/.test(readText(path)),
  );
  assert.deepEqual(impure, []);
});

/** Hosts that the tree may name: documentation, licences, namespaces, and this machine. */
const HOSTS = new Set([
  'owasp.org',
  '127.0.0.1',
  'localhost',
  'docs.aws.amazon.com',
  'docs.temporal.io',
  'github.com',
  'grouplens.org',
  'iceberg.apache.org',
  'avro.apache.org',
  'kafka.apache.org',
  'keepachangelog.com',
  'maven.apache.org',
  'no-color.org',
  'nodejs.org',
  'semver.org',
  'www.apache.org',
  'www.rfc-editor.org',
  'www.standardwebhooks.com',
  'www.w3.org',
]);
/** Names without a dot are made up in tests or belong to a compose network. */
const isMadeUp = (host: string): boolean =>
  !host.includes('.') || /(^|\.)(test|example|invalid|example\.com)$/.test(host);

const TEXT_FILES = [
  ...new Set([
    ...filesMatching('**/*.{ts,js,mjs,json,md,yml,yaml,xml,txt,sql,sh,tsx,html,css}'),
    ...filesMatching('.*'),
    ...filesMatching('.{ci,github}/**/*'),
    ...filesMatching('*'),
  ]),
].filter((path) => /\.[a-z]+$|^\.?[A-Z][a-zA-Z]+$|run$/.test(path) && path !== 'package-lock.json');

const textsOf = (): { path: string; text: string }[] =>
  TEXT_FILES.flatMap((path) => {
    try {
      return [{ path, text: readText(path) }];
    } catch {
      return []; // a folder whose name looks like a file's
    }
  });

test('links lead to known hosts only, never to a package registry', () => {
  const strangers = textsOf().flatMap(({ path, text }) =>
    [...text.matchAll(/https?:\/\/([A-Za-z0-9.-]+)/g)]
      .map(([, host = '']) => host.replace(/\.$/, ''))
      .filter((host) => !HOSTS.has(host) && !isMadeUp(host))
      .map((host) => `${path}: ${host}`),
  );
  assert.deepEqual(strangers, []);
});

test('no file names a folder of somebody’s machine', () => {
  const machine = new RegExp(String.raw`(?<![\w.])\/(root|work|home\/\w+|Users\/\w+)\/\w`);
  const guilty = textsOf().filter(({ text }) => machine.test(text));
  assert.deepEqual(
    guilty.map(({ path }) => path),
    [],
  );
});
