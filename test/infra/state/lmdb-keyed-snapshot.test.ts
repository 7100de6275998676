/** That a snapshot reads values of every size as they were stored, and goes on saying so while others are read and written. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
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
