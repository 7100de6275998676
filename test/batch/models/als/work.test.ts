/** A training in steps that workers share, lose and do again, beside the same training in one go. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createAlsModel } from '../../../../batch/models/als/model.ts';
import { alsSettings, type AlsSettings } from '../../../../batch/models/als/settings.ts';
import { createAlsWork } from '../../../../batch/models/als/work.ts';
import type { ModelTable } from '../../../../batch/models/model.ts';
import { TRAINING_SIDES, type WorkingPlace } from '../../../../batch/models/training-work.ts';
import { interactionsOf, name, tasteInteractions, trainingData, trainOptions } from '../interactions.ts';
import { somewhatPassedOver } from './somewhat-passed-over.ts';

const interactions = tasteInteractions({ seed: 7, profiles: 240, titles: 92, tastes: 4, plays: 12 });
const data = { ...trainingData(interactions), passedOver: somewhatPassedOver(interactions, 8, 0.05) };
/** Small enough for several blocks of each side. */
const BLOCKS = { blockWork: 4096 };
const SETTINGS = [
  { solver: 'exact' },
  { solver: 'conjugate-gradient' },
  { recency: { fade: 0.9, floor: 0.02 } },
] as const;
const settingsOf = (given: Partial<AlsSettings>): AlsSettings =>
  alsSettings({ factors: 12, iterations: 2, ...given });

const whole = (given: Partial<AlsSettings>): Promise<readonly ModelTable[]> =>
  createAlsModel(settingsOf(given)).train(data, trainOptions());

/** `mayPut` throws to let the worker die before a file is there. */
function createPlace(files = new Map<string, Uint8Array>(), mayPut: () => unknown = () => {}): WorkingPlace {
  return {
    get: (name) => Promise.resolve(files.get(name)),
    async put(name, bytes) {
      mayPut();
      files.set(name, bytes.slice());
    },
  };
}

async function drive(
  place: WorkingPlace,
  settings: AlsSettings,
  shards: number,
): Promise<readonly ModelTable[]> {
  const work = createAlsWork(place, settings, BLOCKS);
  const { iterations } = await work.initialise(data, trainOptions());
  for (let iteration = 1; iteration <= iterations; iteration++)
    for (const side of TRAINING_SIDES)
      for (let shard = shards - 1; shard >= 0; shard--)
        await work.solveShard({ iteration, side, shard, shards }, { threads: 0 });
  return work.finish();
}

const nameOf = (given: Partial<AlsSettings>): string => given.solver ?? 'fading';

for (const given of SETTINGS) {
  test(`shards do not change a byte, however many (${nameOf(given)})`, async () => {
    const expected = await whole(given);
    for (const shards of [1, 3, 9])
      assert.deepEqual(await drive(createPlace(), settingsOf(given), shards), expected, `${shards} shards`);
  });

  test(`a training that died before any of its files goes on to the same tables (${nameOf(given)})`, async () => {
    const expected = await whole(given);
    let files = 0;
    await drive(
      createPlace(undefined, () => (files += 1)),
      settingsOf(given),
      2,
    );
    assert.ok(files > 15);
    for (let lived = 0; lived < files; lived++) {
      const kept = new Map<string, Uint8Array>();
      let left = lived;
      const dying = createPlace(kept, () => {
        if (left-- === 0) throw new Error('killed');
      });
      await assert.rejects(drive(dying, settingsOf(given), 2), /killed/);
      assert.deepEqual(await drive(createPlace(kept), settingsOf(given), 3), expected, `${lived} files`);
    }
  });
}

test('any matrix, with rows that are empty or long, gives the same tables in any number of shards', async () => {
  const cell = fc.tuple(fc.nat(11), fc.nat(7), fc.integer({ min: 1, max: 40 }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(cell, { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 5 }),
      fc.nat(),
      async (cells, shards, seed) => {
        const watched: Record<string, Record<string, number>> = {};
        for (let profile = 0; profile < 12; profile++) watched[name('p', profile)] = {};
        for (const [profile, title, tenths] of cells)
          watched[name('p', profile)]![name('t', title)] = tenths / 10;
        const titles = Array.from({ length: 8 }, (_, title) => name('t', title));
        const rows = interactionsOf(watched, titles);
        const some = { ...trainingData(rows), passedOver: somewhatPassedOver(rows, seed, 0.3) };
        const settings = alsSettings({ factors: 9, iterations: 2 });
        const work = createAlsWork(createPlace(), settings, { blockWork: 1 });
        await work.initialise(some, trainOptions());
        for (const iteration of [1, 2])
          for (const side of TRAINING_SIDES)
            for (let shard = 0; shard < shards; shard++)
              await work.solveShard({ iteration, side, shard, shards }, { threads: 0 });
        const tables = await work.finish();
        assert.deepEqual(tables, await createAlsModel(settings).train(some, trainOptions()));
      },
    ),
    { numRuns: 15 },
  );
});

test('there are several blocks of each side, and a shard that was solved is found', async () => {
  const work = createAlsWork(createPlace(), settingsOf({}), BLOCKS);
  const plan = await work.initialise(data, trainOptions());
  assert.ok(plan.mostShards.profiles > 2 && plan.mostShards.titles > 1, JSON.stringify(plan));
  assert.deepEqual([plan.profiles, plan.titles, plan.iterations], [240, 92, 2]);
  const step = { iteration: 1, side: 'profiles', shard: 0, shards: 2 } as const;
  const first = await work.solveShard(step, { threads: 0 });
  assert.ok(first.solvedRows > 0 && first.foundRows === 0);
  assert.deepEqual(await work.solveShard(step, { threads: 1 }), {
    solvedRows: 0,
    foundRows: first.solvedRows,
  });
});

test('steps out of order, out of range or without a beginning are refused', async () => {
  const invalid = { code: 'MODEL_INPUT_INVALID' };
  const work = createAlsWork(createPlace(), settingsOf({}), BLOCKS);
  const step = { iteration: 1, side: 'titles', shard: 0, shards: 1 } as const;
  await assert.rejects(work.solveShard(step, { threads: 0 }), invalid);
  await work.initialise(data, trainOptions());
  await assert.rejects(work.solveShard(step, { threads: 0 }), invalid);
  await assert.rejects(work.solveShard({ ...step, iteration: 3 }, { threads: 0 }), invalid);
  await assert.rejects(work.solveShard({ ...step, shard: 1 }, { threads: 0 }), invalid);
  await assert.rejects(work.finish(), invalid);
});

test('what ends a shard in the middle leaves what it had solved', async () => {
  const work = createAlsWork(createPlace(), settingsOf({}), BLOCKS);
  await work.initialise(data, trainOptions());
  const step = { iteration: 1, side: 'profiles', shard: 0, shards: 1 } as const;
  const onProgress = (share: number): void => {
    if (share > 0.5) throw new Error('cancelled');
  };
  await assert.rejects(work.solveShard(step, { threads: 0, onProgress }), /cancelled/);
  const report = await work.solveShard(step, { threads: 0 });
  assert.ok(report.foundRows > 0 && report.solvedRows > 0 && report.foundRows + report.solvedRows === 240);
});
