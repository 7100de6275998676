import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Activity } from '../../activities/guard.ts';
import { markingUnchanged } from '../../activities/unchanged.ts';
import { region } from '../../domain/ids.ts';
import { viewName } from '../../domain/views.ts';
import { createMemoryObjectStore } from '../../infra/object-store/memory.ts';
import { createNoticeWorld } from '../support/notice-world.ts';

const view = viewName('pages');
const NOW = 1234;

/** Runs an activity that answers so, and says whether the view was found as it should be. */
async function marks(name: string, input: unknown, result: unknown): Promise<boolean> {
  const { deps } = createNoticeWorld(createMemoryObjectStore(), region('test'));
  const notices = { ...deps, now: () => NOW };
  const run: Activity = async () => result;
  const activities: Record<string, Activity> = markingUnchanged({ notices }, { [name]: run });
  assert.deepEqual(await activities[name]!(input as never), result);
  return (await notices.store.unchangedAt(view)) === NOW;
}

test('a run that finds nothing to do keeps the promise of its schedule', async () => {
  for (const name of ['planRefresh', 'planIngest', 'planDeclared'])
    assert.deepEqual(
      [await marks(name, { view }, { unchanged: true }), await marks(name, { view }, { unchanged: false })],
      [true, false],
      name,
    );
});

test('a source that was rejected before keeps none', async () => {
  assert.equal(await marks('planIngest', { view }, { unchanged: true, reason: 'rejected before' }), false);
});

test('a version that says what the current one says keeps it, one that was stopped does not', async () => {
  assert.equal(await marks('rejectVersion', { view, rule: 'unchanged' }, undefined), true);
  assert.equal(await marks('rejectVersion', { view, rule: 'keys' }, undefined), false);
});

test('of a training those models count that need none', async () => {
  const targets = [{ view, unchanged: true }];
  assert.equal(await marks('planTraining', {}, { isEmpty: false, targets }), true);
  assert.equal(
    await marks('planTraining', {}, { isEmpty: false, targets: [{ view, unchanged: false }] }),
    false,
  );
});

test('a mark that cannot be left fails nothing', async () => {
  const { deps } = createNoticeWorld(createMemoryObjectStore(), region('test'));
  const store = { ...deps.store, markUnchanged: () => Promise.reject(new Error('away')) };
  const run: Activity = async () => ({ unchanged: true });
  const { planRefresh } = markingUnchanged({ notices: { ...deps, store } }, { planRefresh: run });
  assert.deepEqual(await planRefresh({ view } as never), { unchanged: true });
});
