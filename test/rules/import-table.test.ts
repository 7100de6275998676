import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADAPTERS, areaOf, importFault, packageOf, type ImportOf } from './import-table.ts';
import { importsOf, readText, SOURCE_FILES } from './source-tree.ts';

const ALL = SOURCE_FILES.flatMap((path) => importsOf(path, readText(path)));

const file = (from: string, to: string, typeOnly = false): ImportOf => ({ from, to, kind: 'file', typeOnly });
const pkg = (from: string, to: string, typeOnly = false): ImportOf => ({
  from,
  to,
  kind: 'package',
  typeOnly,
});

test('every import of the tree is one that the table allows', () => {
  assert.ok(ALL.length > 100, 'the tree was read');
  const faults = ALL.flatMap((imported) => {
    const fault = importFault(imported);
    return fault === undefined ? [] : [`${imported.from}: ${fault}`];
  });
  assert.deepEqual(faults, []);
});

test('each client library is used in one adapter folder, and is used there', () => {
  for (const [name, folder] of Object.entries(ADAPTERS)) {
    const users = ALL.filter(({ from, to, kind }) => {
      const area = areaOf(from);
      return kind === 'package' && packageOf(to) === name && area !== 'test' && area !== 'bench';
    });
    assert.deepEqual(
      users.filter(({ from }) => !from.startsWith(folder)).map(({ from }) => from),
      [],
    );
    assert.ok(users.length > 0, `${name} is used in ${folder}`);
  }
});

test('the table refuses what it must refuse', () => {
  const refused: readonly ImportOf[] = [
    pkg('domain/merge.ts', 'node:fs'),
    pkg('domain/merge.ts', 'zod', true),
    file('domain/merge.ts', 'infra/config.ts'),
    file('infra/kafka/producer.ts', 'streaming/speed/owner.ts'),
    file('infra/kafka/producer.ts', 'infra/bin/speed.ts'),
    file('streaming/speed/owner.ts', 'serving/app.ts'),
    file('batch/als.ts', 'streaming/speed/owner.ts', true),
    file('serving/app.ts', 'batch/als.ts'),
    file('serving/app.ts', 'workflows/backfill.ts'),
    file('activities/refresh.ts', 'streaming/speed/owner.ts'),
    file('workflows/refresh.ts', 'activities/refresh.ts'),
    file('workflows/refresh.ts', 'infra/config.ts', true),
    pkg('workflows/refresh.ts', 'node:crypto'),
    pkg('serving/app.ts', 'kafkajs'),
    pkg('infra/lake/sink.ts', '@duckdb/node-api', true),
    file('infra/config.ts', 'test/rules/import-table.ts'),
    file('serving/app.ts', 'infra/cli/main.ts'),
  ];
  for (const imported of refused) {
    assert.notEqual(importFault(imported), undefined, `${imported.from} → ${imported.to}`);
  }
});

test('the table allows what it must allow', () => {
  const allowed: readonly ImportOf[] = [
    file('domain/merge.ts', 'domain/cells.ts'),
    file('infra/bin/serving.ts', 'serving/app.ts'),
    file('infra/cli/demo.ts', 'examples/demo/plan.ts'),
    file('activities/replay.ts', 'streaming/replay/driver.ts'),
    file('workflows/refresh.ts', 'activities/refresh.ts', true),
    file('serving/ops.ts', 'workflows/messages.ts', true),
    pkg('workflows/refresh.ts', '@temporalio/workflow'),
    pkg('infra/kafka/producer.ts', 'kafkajs'),
    file('test/serving/app.test.ts', 'serving/app.ts'),
  ];
  for (const imported of allowed) {
    assert.equal(importFault(imported), undefined, `${imported.from} → ${imported.to}`);
  }
});

test('imports are found in every form, and only `import type` counts as a type', () => {
  const text = `
    import type { A } from './a.ts';
    import { type B } from './b.ts';
    export type { C } from './c.ts';
    export * from './d.ts';
    import 'e';
    const f = await import('./f.ts');
    let g: import('./g.ts').G;
  `;
  assert.deepEqual(
    importsOf('batch/x.ts', text).map(({ to, typeOnly }) => [to, typeOnly]),
    [
      ['batch/a.ts', true],
      ['batch/b.ts', false],
      ['batch/c.ts', true],
      ['batch/d.ts', false],
      ['e', false],
      ['batch/f.ts', false],
      ['batch/g.ts', true],
    ],
  );
});
