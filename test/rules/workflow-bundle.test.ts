import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areaOf, packageOf } from './import-table.ts';
import { importsOf, readText, SOURCE_FILES } from './source-tree.ts';

/** What a workflow's sandbox may load besides the project's own pure files. */
const SANDBOX_PACKAGES = new Set(['@temporalio/workflow', '@temporalio/common']);

interface Reached {
  readonly files: ReadonlySet<string>;
  readonly packages: ReadonlyMap<string, string>;
}

/** Everything that is loaded at run time from these files on, types aside. */
function loadedFrom(entries: readonly string[], read: (path: string) => string): Reached {
  const files = new Set(entries);
  const packages = new Map<string, string>();
  for (const path of files) {
    for (const { to, kind, typeOnly } of importsOf(path, read(path))) {
      if (typeOnly) continue;
      if (kind === 'file') files.add(to);
      else packages.set(packageOf(to), path);
    }
  }
  return { files, packages };
}

test('what workflows load is workflows, domain and the workflow SDK, however deep', () => {
  const entries = SOURCE_FILES.filter((path) => path.startsWith('workflows/'));
  assert.ok(entries.length > 0, 'there are workflows');
  const { files, packages } = loadedFrom(entries, readText);
  const strangers = [...files].filter((path) => !['workflows', 'domain'].includes(areaOf(path) ?? ''));
  assert.deepEqual(strangers, []);
  assert.deepEqual(
    [...packages].filter(([name]) => !SANDBOX_PACKAGES.has(name)),
    [],
  );
});

test('an impure module is found behind a chain of imports, and one imported as a type is not', () => {
  const texts: Readonly<Record<string, string>> = {
    'workflows/a.ts': `import { b } from './b.ts'; import type { T } from '../infra/types.ts';`,
    'workflows/b.ts': `export { c } from '../infra/c.ts';`,
    'infra/c.ts': `import { readFileSync } from 'node:fs';`,
  };
  const { files, packages } = loadedFrom(['workflows/a.ts'], (path) => texts[path] ?? '');
  assert.deepEqual([...files], ['workflows/a.ts', 'workflows/b.ts', 'infra/c.ts']);
  assert.deepEqual([...packages], [['node:fs', 'infra/c.ts']]);
});
