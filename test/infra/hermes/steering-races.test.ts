import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isMarqueeError } from '../../../domain/errors.ts';
import { region } from '../../../domain/ids.ts';
import { isRefused } from '../../../domain/views.ts';
import { createViewRepository, type ViewRepository } from '../../../infra/hermes/repository.ts';
import { createSteering } from '../../../infra/hermes/steering.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import type { ObjectStore } from '../../../infra/object-store/port.ts';
import { stage, v, view } from '../../support/view-repository.ts';

const LOCAL = region('local');
/** How somebody may lose against another, and know it. */
const CLEAN = ['VIEW_REJECTED', 'VIEW_PARENT_MOVED', 'VIEW_NOT_FOUND'] as const;

/** The same objects, each request waiting for its turn. */
function scheduled(store: ObjectStore, scheduler: fc.Scheduler): ObjectStore {
  const turn = async (): Promise<void> => {
    await scheduler.schedule(Promise.resolve());
  };
  return {
    get: async (...args) => (await turn(), store.get(...args)),
    put: async (...args) => (await turn(), store.put(...args)),
    list: async (...args) => (await turn(), store.list(...args)),
    delete: async (...args) => (await turn(), store.delete(...args)),
  };
}

async function publishUpTo(repository: ViewRepository, count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1) {
    const parent = number === 1 ? null : v(number - 1);
    await stage(repository, `run-${number}`, parent);
    await repository.announce(view, v(number), { parent, runId: `run-${number}` });
  }
}

const ACTS = ['pin-2', 'pin-3', 'unpin', 'roll-back', 'publish'] as const;

test('operators and a publisher at once end cleanly, in whatever order their requests come', async () => {
  const acts = fc.array(fc.constantFrom(...ACTS), { minLength: 2, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(acts, fc.scheduler(), async (wanted, scheduler) => {
      const store = createMemoryObjectStore();
      const quiet = createViewRepository({ store, region: LOCAL });
      await publishUpTo(quiet, 3);
      // Publishers are at the last step, each with a version of its own.
      const staged = new Map<number, number>();
      for (const [i, act] of wanted.entries())
        if (act === 'publish') staged.set(i, await stage(quiet, `next-${i}`, v(3)));
      const views = createViewRepository({ store: scheduled(store, scheduler), region: LOCAL });
      const steering = createSteering({
        ...{ views, announce: async () => undefined, outbox: { put: async () => undefined }, region: LOCAL },
      });
      const perform = (act: (typeof ACTS)[number], i: number): Promise<unknown> => {
        if (act === 'unpin') return steering.unpin(view);
        if (act === 'roll-back') return steering.rollBack(view, 'bad');
        if (act === 'publish')
          return views.announce(view, v(staged.get(i)!), { parent: v(3), runId: `next-${i}` });
        return steering.pin(view, v(act === 'pin-2' ? 2 : 3));
      };
      const all = Promise.allSettled(wanted.map(perform));
      await scheduler.waitFor(all);
      for (const ended of await all) {
        if (ended.status === 'fulfilled') continue;
        assert.ok(
          CLEAN.some((code) => isMarqueeError(ended.reason, code)),
          String(ended.reason),
        );
      }
      const pointer = await quiet.readPointer(view);
      assert.ok(pointer !== undefined);
      for (const version of [pointer.version, pointer.pin])
        if (version !== null)
          assert.ok(!isRefused(await quiet.readState(view, version)), `${version} is refused`);
    }),
    { numRuns: 150 },
  );
});

test('a version that is refused while another is rolled back to it is left as well', async () => {
  const store = createMemoryObjectStore();
  const quiet = createViewRepository({ store, region: LOCAL });
  await publishUpTo(quiet, 4);
  const refusal = { rule: 'operator', reason: 'bad' };
  let isRefusedNow = false;
  const late: ObjectStore = {
    ...store,
    async put(key, body, condition) {
      const goesTo3 =
        Buffer.from(body).includes('"previous":null') && Buffer.from(body).includes('"version":3');
      if (goesTo3 && !isRefusedNow) {
        isRefusedNow = true;
        await quiet.rollBack(view, v(3), refusal);
      }
      return store.put(key, body, condition);
    },
  };
  const views = createViewRepository({ store: late, region: LOCAL });
  assert.equal((await views.rollBack(view, v(4), refusal)).version, 2);
  assert.ok(isRefusedNow);
  assert.equal((await quiet.readPointer(view))?.version, 2);
  assert.equal(await quiet.readState(view, v(2)), 'announced');
});
