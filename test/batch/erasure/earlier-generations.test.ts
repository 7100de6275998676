import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEarlierGenerations } from '../../../batch/erasure/earlier-generations.ts';
import type { LogEnds } from '../../../domain/erasure/plan.ts';
import { generation, region } from '../../../domain/ids.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';

const ROOT = 'se/checkpoints/keyed';

/** A region whose second generation is in use, with two partitions where the first had one. */
async function world(keys: readonly string[]) {
  const store = createMemoryObjectStore();
  for (const key of keys) await store.put(key, Buffer.from('state'));
  const trimmed: [string, LogEnds, boolean][] = [];
  const earlier = createEarlierGenerations({
    ...{ store, region: region('se'), generation: generation('g2') },
    generations: async () => [
      { generation: generation('g1'), partitions: 1 },
      { generation: generation('g2'), partitions: 2 },
      { generation: generation('g3'), partitions: 4 },
    ],
    logs: {
      wholeLogs: async (of) => ({ [`plays of ${of}`]: [7] }),
      async trim(ends, mayDelete, of) {
        trimmed.push([of!, ends, mayDelete]);
        return { records: 7, waitsFor: ['plays/0 keeps 1 records'] };
      },
    },
  });
  const left = async (): Promise<string[]> => (await store.list('se/')).map(({ key }) => key);
  return { earlier, trimmed, left };
}

test('all that earlier generations hold is reached, and nothing of those that came later', async () => {
  const { earlier } = await world([]);
  assert.deepEqual(await earlier.reached(), { g1: [Number.MAX_SAFE_INTEGER] });
});

test('their logs are trimmed to the end, and what keeps them is told with the generation', async () => {
  const { earlier, trimmed } = await world([]);
  assert.deepEqual(await earlier.trim(true), { records: 7, waitsFor: ['g1: plays/0 keeps 1 records'] });
  assert.deepEqual(trimmed, [['g1', { 'plays of g1': [7] }, true]]);
});

test('their checkpoints go once every partition in use has one of its own, rule by rule', async () => {
  const kept = [`${ROOT}/watching/g2/0/v1/manifest`, `${ROOT}/signals/g2/0/v1/manifest`];
  const begun = [...kept, `${ROOT}/signals/g2/1/v1/manifest`];
  const old = [`${ROOT}/watching/g1/0/v1/manifest`, `${ROOT}/signals/g1/0/v1/parts/1`];
  const { earlier, left } = await world([...begun, ...old]);
  const { waitsFor } = await earlier.trim(true);
  assert.deepEqual(waitsFor.slice(1), [
    'watching has checkpoints of 1 of 2 partitions; others begin from g1',
  ]);
  assert.deepEqual((await left()).toSorted(), [...begun, old[0]!].toSorted());
});
