import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { createLmdbExtractState } from '../../../infra/state/lmdb-extract-state.ts';
import { createSightings, hashKey, type KeyHash } from '../../../infra/state/sightings.ts';

const dir = mkdtempSync(join(tmpdir(), 'marquee-sightings-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const hashOf = (key: string): KeyHash => hashKey(key, { a: 0, b: 0, c: 0 });

test('the table says of every key when it was last sighted, through growth, removal and forgetting', () => {
  const key = fc.nat(3000).map((n) => `impression/5/p-${n % 50}/e-${n}`);
  const step = fc.oneof(
    { weight: 20, arbitrary: fc.record({ do: fc.constant('add'), key, later: fc.nat(3) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('remove'), key, later: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('forget'), key, later: fc.nat(3) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 2000, maxLength: 6000, size: 'max' }), (steps) => {
      const table = createSightings();
      const truth = new Map<string, number>();
      let time = 1;
      let forgotten = 0;
      for (const { do: what, key: text, later } of steps) {
        time += later;
        const { a, b, c } = hashOf(text);
        if (what === 'add') {
          table.add(a, b, c, time);
          truth.set(text, time);
        } else if (what === 'remove') {
          const held = truth.get(text);
          table.remove(a, b, c, held ?? time);
          truth.delete(text);
        } else {
          forgotten = Math.max(forgotten, time - 900);
          table.forgetBefore(forgotten);
          for (const [other, seen] of truth) if (seen < forgotten) truth.delete(other);
        }
      }
      for (let n = 0; n <= 3000; n += 1) {
        const text = `impression/5/p-${n % 50}/e-${n}`;
        assert.equal(table.lastSeen(hashOf(text), forgotten), truth.get(text), text);
      }
    }),
    { numRuns: 6, endOnFailure: true },
  );
});

test('two hundred thousand keys that differ in a digit have hashes of their own, in each pair of words', () => {
  const pairs = [new Set<number>(), new Set<number>(), new Set<number>()];
  for (let i = 0; i < 200_000; i += 1) {
    const { a, b, c } = hashOf(`impression/9/profile-1/event-${i}`);
    pairs[0]?.add(a * 2 ** 21 + (b >>> 11));
    pairs[1]?.add(b * 2 ** 21 + (c >>> 11));
    pairs[2]?.add(c * 2 ** 21 + (a >>> 11));
  }
  assert.deepEqual(
    pairs.map(({ size }) => size),
    [200_000, 200_000, 200_000],
  );
});

test('what no longer fits in memory is found on disk, is forgotten in time, and all of it survives restarts', async () => {
  const WINDOW = 300;
  let runs = 0;
  const batch = fc.record({
    keys: fc.array(fc.nat(40), { minLength: 0, maxLength: 25 }),
    passes: fc.nat(120),
    restarts: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { minLength: 5, maxLength: 25 }), async (batches) => {
      const path = join(dir, String((runs += 1)));
      let state = createLmdbExtractState(path, 20);
      await state.load(0);
      const truth = new Map<string, number>();
      let position: number | null = null;
      let time = 1000;
      for (const { keys, passes, restarts } of batches) {
        time += passes;
        const seen = new Map(keys.map((key) => [`k${key}`, time]));
        const next: number = (position ?? 0) + Math.max(1, keys.length);
        const forgetBefore = time - WINDOW;
        await state.commit(0, { expected: position, position: next, logTime: time, seen, forgetBefore });
        position = next;
        for (const [key, at] of seen) truth.set(key, at);
        for (const [key, at] of truth) if (at < forgetBefore) truth.delete(key);
        if (restarts) {
          await state.close();
          state = createLmdbExtractState(path, 20);
          assert.deepEqual(await state.load(0), { position, logTime: time });
        }
        for (let key = 0; key <= 40; key += 1) {
          assert.equal(state.lastSeen(0, `k${key}`), truth.get(`k${key}`), `k${key}`);
        }
      }
      await state.close();
    }),
    { numRuns: 15 },
  );
});

test('one process sees what another one on the machine has committed since', async () => {
  const path = join(dir, 'two');
  const [mine, theirs] = [createLmdbExtractState(path), createLmdbExtractState(path)];
  await mine.load(0);
  const seenAt = (key: string, time: number) => new Map([[key, time]]);
  await mine.commit(0, { expected: null, position: 1, logTime: 10, seen: seenAt('a', 10), forgetBefore: 0 });
  await theirs.load(0);
  await theirs.commit(0, { expected: 1, position: 2, logTime: 20, seen: seenAt('b', 20), forgetBefore: 15 });
  assert.deepEqual(await mine.load(0), { position: 2, logTime: 20 });
  assert.deepEqual([mine.lastSeen(0, 'a'), mine.lastSeen(0, 'b')], [undefined, 20]);
  await mine.close();
  await theirs.close();
});
