import assert from 'node:assert/strict';
import { test } from 'node:test';
import { region } from '../../../domain/ids.ts';
import { createKeptVersions } from '../../../infra/hermes/kept-versions.ts';
import { setUp, stage, v, view } from '../../support/view-repository.ts';

async function world() {
  const { store, repository } = setUp();
  const kept = createKeptVersions({ store, region: region('local') });
  return {
    ...{ store, repository },
    /** Versions and whether they are servable, the oldest first. */
    kept: async () => (await kept()).map(({ version, isServable }) => [version, isServable]).sort(),
    async announce(number: number): Promise<void> {
      const parent = (await repository.readPointer(view))?.version ?? null;
      const runId = `run-${number}`;
      await repository.announce(view, await stage(repository, runId, parent), { parent, runId });
    },
    inputsOf: async (version: number) => (await kept()).find((one) => one.version === version)?.inputs,
  };
}

test('what is announced and what was is servable, what a run is at is kept, what was refused or expired is not', async () => {
  const { repository, announce, kept } = await world();
  for (const number of [1, 2, 3]) await announce(number);
  await stage(repository, 'run-4', 3);
  await stage(repository, 'run-5', 3);
  await repository.reject(view, v(5), 'minimum-rows', 'empty');
  await repository.expire(view, v(1));
  assert.deepEqual(await kept(), [
    [2, true],
    [3, true],
    [4, false],
  ]);
});

test('a pinned version is servable, whatever else became of it, and its tables are told', async () => {
  const { store, repository, announce, kept, inputsOf } = await world();
  for (const number of [1, 2, 3]) await announce(number);
  await repository.pin(view, v(1));
  // Its parts are kept elsewhere: the pointer alone leads to it.
  for (const { key } of await store.list('local/views/'))
    if (key.includes('/00000001/parts/')) await store.delete(key);
  assert.deepEqual(await kept(), [
    [1, true],
    [2, true],
    [3, true],
  ]);
  const tables = (await repository.readManifest(view, v(1))).inputs.filter((input) => 'table' in input);
  assert.ok(tables.length > 0);
  assert.deepEqual(await inputsOf(1), tables);
});
