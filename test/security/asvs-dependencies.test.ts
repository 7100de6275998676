/** OWASP ASVS 5.0.0 on what Marquee is made of; docs/security.md lists what each test proves. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SOURCE_FILES, readText } from '../rules/source-tree.ts';

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
}
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> };
const locked = Object.entries(lock.packages).filter(([path]) => path !== '');
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, Record<string, string>>;

/** Writes a decoder from a schema of this code; nothing of a record goes into it. */
const WRITES_CODE = ['infra/avro/flat-reader.ts'];

const RUNS = /\beval\(|new Function\(|\bvm\.run|node:vm/;

test('ASVS v5.0.0-1.3.2 no text that comes from outside is run as code', () => {
  const running = SOURCE_FILES.filter((path) => !/^(test|bench)\//.test(path) && RUNS.test(readText(path)));
  assert.deepEqual(running, WRITES_CODE);
});

test('ASVS v5.0.0-15.1.2 the bill of materials names every package that runs', () => {
  const text = execFileSync(process.execPath, ['infra/build/sbom.ts'], {
    maxBuffer: 64 << 20,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const bom = JSON.parse(text.toString()) as {
    bomFormat: string;
    components: { name: string; version: string; hashes?: unknown[] }[];
  };
  assert.equal(bom.bomFormat, 'CycloneDX');
  const listed = new Set(bom.components.map(({ name, version }) => `${name}@${version}`));
  for (const [name, version] of Object.entries(manifest['dependencies'] ?? {}))
    assert.ok(listed.has(`${name}@${version}`), name);
  assert.ok(bom.components.every(({ hashes = [] }) => hashes.length > 0));
});

test('ASVS v5.0.0-15.2.4 every package is pinned by its hash, and comes from the one public registry', () => {
  for (const [path, { integrity, resolved, link }] of locked) {
    if (link === true) continue;
    assert.match(String(integrity), /^sha512-/, path);
    assert.match(resolved ?? 'https://', /^https:\/\//, path);
  }
  const hosts = new Set(
    locked.flatMap(([, { resolved }]) => (resolved === undefined ? [] : new URL(resolved).host)),
  );
  assert.ok(hosts.size <= 1, [...hosts].join());
  const ranges = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
    Object.entries(manifest[kind] ?? {}).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)),
  );
  assert.deepEqual(ranges, [], 'versions are exact');
});
