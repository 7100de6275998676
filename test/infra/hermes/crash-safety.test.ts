import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isMarqueeError } from '../../../domain/errors.ts';
import { region } from '../../../domain/ids.ts';
import { isRefused, viewName, type ViewVersion } from '../../../domain/views.ts';
import { createViewRepository, type ViewRepository } from '../../../infra/hermes/repository.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import type { ObjectStore } from '../../../infra/object-store/port.ts';
import { Crash, crashingStore, scheduledStore, type CrashPoint } from '../../support/object-store-faults.ts';
import { publish } from '../../support/object-store-views.ts';

const view = viewName('popularity');
const PARTS = { 'part-0': 'abc', 'part-1': 'de' };

const open = (store: ObjectStore): ViewRepository =>
  createViewRepository({ store, region: region('local'), now: () => new Date('2026-02-03T04:05:06Z') });

async function dump(store: ObjectStore): Promise<Record<string, string>> {
  const keys = (await store.list('')).map(({ key }) => key);
  const entries = keys.map(
    async (key) => [key, Buffer.from((await store.get(key))!.body).toString()] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** What must hold at every instant: the announced version is whole and was never refused. */
async function assertServable(repository: ViewRepository): Promise<ViewVersion | undefined> {
  const pointer = await repository.readPointer(view);
  if (!pointer) return undefined;
  const stored = await repository.fetchManifest(view, pointer.version);
  assert.equal(stored.sha256, pointer.manifestSha256);
  for (const part of stored.manifest.parts) await repository.readPart(view, pointer.version, part);
  assert.equal(await repository.readState(view, pointer.version), 'announced');
  return pointer.version;
}

async function crashEverywhere(
  prepare: (repository: ViewRepository) => Promise<unknown>,
  act: typeof publishLast,
) {
  const whole = createMemoryObjectStore();
  await prepare(open(whole));
  await act(open(whole));
  const expected = await dump(whole);
  let points = 0;
  for (let put = 0; ; put += 1) {
    for (const when of ['before', 'after'] satisfies CrashPoint['when'][]) {
      const store = createMemoryObjectStore();
      await prepare(open(store));
      const crashing = crashingStore(store, { put, when });
      const died = await act(open(crashing)).then(
        () => false,
        (error: unknown) => {
          if (!(error instanceof Crash)) throw error;
          return true;
        },
      );
      if (!died) return points;
      points += 1;
      await assertServable(open(store));
      await act(open(store));
      assert.deepEqual(await dump(store), expected, `after a crash ${when} put ${put}`);
    }
  }
}

const publishLast = (repository: ViewRepository): Promise<unknown> =>
  publish(repository, view, 'run-last', PARTS);

test('a first publication that dies before or after any put ends the same when it is run again', async () => {
  const points = await crashEverywhere(async () => undefined, publishLast);
  assert.equal(points, 2 * 8, 'claim, two parts, manifest, staged, verified, pointer, announced');
});

test('a later publication that dies before or after any put ends the same when it is run again', async () => {
  const points = await crashEverywhere(
    (repository) => publish(repository, view, 'run-1', { 'part-0': 'x' }),
    publishLast,
  );
  assert.equal(points, 2 * 9, 'as the first, and the former version becomes the backup');
});

test('a roll-back that dies before or after any put ends the same when it is run again', async () => {
  const prepare = async (repository: ViewRepository): Promise<void> => {
    await publish(repository, view, 'run-1', { 'part-0': 'x' });
    await publish(repository, view, 'run-2', PARTS);
  };
  const whole = createMemoryObjectStore();
  await prepare(open(whole));
  const refusal = { rule: 'operator', reason: 'bad' };
  const rollBack = (repository: ViewRepository) => repository.rollBack(view, 2 as ViewVersion, refusal);
  await rollBack(open(whole));
  const expected = await dump(whole);
  for (let put = 0; put < 3; put += 1) {
    for (const when of ['before', 'after'] satisfies CrashPoint['when'][]) {
      const store = createMemoryObjectStore();
      await prepare(open(store));
      await assert.rejects(rollBack(open(crashingStore(store, { put, when }))), Crash);
      await rollBack(open(store));
      assert.deepEqual(await dump(store), expected, `after a crash ${when} put ${put}`);
    }
  }
});

test('when the next run finds a publication that died, it goes on from whatever is current', async () => {
  for (let put = 0; put < 8; put += 1) {
    const store = createMemoryObjectStore();
    await assert.rejects(publishLast(open(crashingStore(store, { put, when: 'after' }))), Crash);
    const before = await assertServable(open(store));
    const next = await publish(open(store), view, 'run-next', { 'part-0': 'y' });
    const history = await open(store).listVersions(view);
    assert.deepEqual(
      history.map(({ version, state }) => [version, state]),
      [
        [next, 'announced'],
        [1, before === 1 ? 'backup' : put < 5 ? 'staged' : 'verified'],
      ],
      `after put ${put}`,
    );
  }
});

test('workers that publish and repeat in any order leave one whole, unrefused version current', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 2, maxLength: 5 }),
      async (scheduler, runs) => {
        const store = createMemoryObjectStore();
        const pass = (verb: string): Promise<void> => scheduler.schedule(Promise.resolve(), verb);
        const outcomes = runs.map(async (run, i) => {
          const repository = open(scheduledStore(store, pass));
          try {
            // Two workers on one run are one activity tried twice; a second try may build other bytes.
            return await publish(repository, view, `run-${run}`, {
              'part-0': run,
              'part-1': `${run}${i % 2}`,
            });
          } catch (error) {
            const lost = [
              'VIEW_PARENT_MOVED',
              'VIEW_VERSION_TAKEN',
              'VIEW_CORRUPT',
              'VIEW_NOT_FOUND',
              'REQUEST_INVALID',
            ] as const;
            if (!lost.some((code) => isMarqueeError(error, code))) throw error;
            return undefined;
          }
        });
        await scheduler.waitFor(Promise.all(outcomes));
        const repository = open(store);
        const history = await repository.listVersions(view);
        const won = (await Promise.all(outcomes)).filter((version) => version !== undefined);
        const owners = history.map(({ runId }) => runId);
        assert.equal(new Set(owners).size, owners.length, 'a run has one version');
        assert.ok(history.filter(({ state }) => state === 'announced').length <= 1);
        assert.ok(history.every(({ state }) => state !== 'unreadable' && !isRefused(state)));
        for (const version of won)
          assert.ok(['announced', 'backup'].includes(await repository.readState(view, version)));
        const current = await assertServable(repository);
        assert.equal(current, won.length > 0 ? Math.max(...won) : current);
      },
    ),
    { numRuns: 100 },
  );
});
