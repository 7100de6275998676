/** That a snapshot reads values of every size as they were stored, and goes on saying so while others are read and written. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { FIELDS } from '../../../domain/events/contract.ts';
import { fits } from '../../../domain/events/validate.ts';
import { createLmdbKeyedStates } from '../../../infra/state/lmdb-keyed-state.ts';

/** Below and above what fits beside others: a page, the buffer of the database, the stretch that values are cut from. */
const SIZES = [0, 1, 63, 300, 4096, 40_000, 262_000, 262_144, 700_000];
const bytesOf = (size: number, seed: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => (i * 31 + seed) % 251);

test('values of every size are read as they were stored, in a row and by key', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'marquee-snapshot-'));
  const states = createLmdbKeyedStates<Uint8Array>(dir, 1);
  t.after(async () => {
    await states.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const partition = states.partition(0);
  const { epoch } = await partition.open();
  // Small ones between the large: what is read later must leave alone what was read before.
  const wanted = new Map(
    SIZES.flatMap((size, i): [string, Uint8Array][] => [
      [`${i}-small`, bytesOf(20 + i, i)],
      [`${i}-sized`, bytesOf(size, i)],
    ]),
  );
  const store = (states: ReadonlyMap<string, Uint8Array>): Promise<void> =>
    partition.commit({
      epoch,
      positions: {},
      entries: new Map(Array.from(states, ([key, state]) => [key, { state }])),
    });
  await store(wanted);
  const snapshot = partition.snapshot();
  const encoded = [...snapshot.entries()].map(({ key, value }) => ({ key, value }));
  const byKey = new Map(encoded.map(({ key }) => [key, snapshot.value(key)]));
  await store(new Map(Array.from(wanted, ([key]) => [key, bytesOf(10, 9)])));
  assert.equal(snapshot.value('nobody'), undefined);
  const [again] = [...snapshot.entries()];
  assert.deepEqual(again!.value, encoded[0]!.value);
  snapshot.close();

  const head = { epoch: epoch + 1, positions: {}, commits: 1 };
  const elsewhere = states.partition(1);
  assert.deepEqual(
    encoded.map(({ key }) => key),
    [...wanted.keys()].toSorted(),
  );
  await elsewhere.restore(head, (into) => {
    into.structures(snapshot.structures!);
    into.append(encoded);
    return Promise.resolve();
  });
  for (const [key, state] of wanted) {
    assert.deepEqual(elsewhere.get(key)?.state, state, key);
    assert.deepEqual(byKey.get(key), encoded.find((one) => one.key === key)!.value, key);
  }
});

test('every profile id that the contract takes is a key that timers and snapshots give back', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'marquee-keys-'));
  const states = createLmdbKeyedStates<number>(dir, 1);
  t.after(async () => {
    await states.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const profileId = fc
    .oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 128, size: 'max' }),
      fc.string({
        unit: fc.integer({ min: 0, max: 0x2f }).map((code) => String.fromCharCode(code)),
        minLength: 1,
        maxLength: 128,
        size: 'max',
      }),
    )
    .filter((id) => fits(FIELDS.profileId, id));
  let number = 0;
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(profileId, { minLength: 1, maxLength: 20 }), async (ids) => {
      const partition = states.partition(number++);
      const { epoch } = await partition.open();
      const entries = new Map(ids.map((id, at) => [id, { state: at, wakeAt: 1000 + (at % 3) }]));
      await partition.commit({ epoch, positions: {}, entries });
      const timers = partition.timers(0, Infinity).map(({ key }) => key);
      assert.deepEqual(timers.toSorted(), ids.toSorted());
      const snapshot = partition.snapshot();
      assert.deepEqual([...snapshot.entries()].map(({ key }) => key).toSorted(), ids.toSorted());
      snapshot.close();
      for (const [at, id] of ids.entries()) assert.equal(partition.get(id)?.state, at);
      await partition.release();
    }),
    { numRuns: 40 },
  );
});
