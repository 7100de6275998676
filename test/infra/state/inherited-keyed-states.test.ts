import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import type { GenerationRecord } from '../../../domain/generations.ts';
import { generation, region } from '../../../domain/ids.ts';
import { partitionOfKey } from '../../../infra/kafka/partitioner.ts';
import { silentLog } from '../../../infra/log.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import type { ObjectStore } from '../../../infra/object-store/port.ts';
import { inheritKeyedStates } from '../../../infra/state/inherited-keyed-states.ts';
import type { KeyedStates } from '../../../infra/state/keyed-state.ts';
import { createLmdbKeyedStates } from '../../../infra/state/lmdb-keyed-state.ts';
import { createMovableKeyedStates } from '../../../infra/state/movable-keyed-states.ts';
import type { MovablePartition } from '../../../infra/state/movable-partition.ts';
import { harm, manifestIn } from '../../support/torn-checkpoints.ts';
import { entriesOf, positionsAt, stateOf, type TestState } from '../../support/machines.ts';

const [OLD, NEW] = [2, 6];
const EU = region('eu');
const FOLD = { name: 'counting', version: 1, topics: ['plays'] } as const;
const LIMITS = {
  partBytes: 600,
  maxParts: 4,
  maxChanges: 1000,
  releaseMs: 5000,
  intervalMs: 3_600_000,
  handoverMs: 0,
};
const PROFILES = Array.from({ length: 200 }, (_, i) => `p${i}`);
const scratch = mkdtempSync(join(tmpdir(), 'marquee-inherit-'));
const opened: KeyedStates<TestState>[] = [];
let folders = 0;
after(async () => {
  for (const states of opened) await states.close();
  rmSync(scratch, { recursive: true, force: true });
});

const sealedAt = (end: number): GenerationRecord => ({
  ...{ generation: generation('g1'), partitions: OLD, blockSize: 16, state: 'sealed', sealedAt: 1 },
  ends: { plays: [end, end] },
});

/** On a machine of its own. */
function statesOf(store: ObjectStore, name: string, predecessor?: GenerationRecord): KeyedStates<TestState> {
  const log = silentLog();
  const plain = createLmdbKeyedStates<TestState>(join(scratch, String((folders += 1))), FOLD.version);
  const deps = { store, region: EU, partitions: NEW, fold: FOLD, log };
  const local = predecessor === undefined ? plain : inheritKeyedStates(plain, { ...deps, predecessor });
  const states = createMovableKeyedStates<TestState>({
    ...{
      local,
      store,
      region: EU,
      generation: generation(name),
      fold: FOLD,
      owner: `m${folders}`,
      limits: LIMITS,
      log,
    },
  });
  opened.push(states);
  return states;
}

const numberOf = (profile: string): number => Number(profile.slice(1));

/** The generation before: every profile in the partition of its hash, every other one with a timer; read up to `next`. */
async function leaveBehind(store: ObjectStore, next: number, checkpoints = 0): Promise<void> {
  const states = statesOf(store, 'g1');
  for (let at = 0; at < OLD; at++) {
    const partition = states.partition(at);
    const { epoch } = await partition.open();
    const here = PROFILES.filter((profile) => partitionOfKey(profile, OLD) === at);
    const entries = entriesOf(
      Object.fromEntries(
        here.map((profile) => {
          const seen = numberOf(profile);
          return [profile, seen % 2 === 0 ? [seen, 10_000 + seen] : [seen]] as const;
        }),
      ),
    );
    await partition.commit({ epoch, positions: positionsAt(next), entries });
    for (let i = 0; i < checkpoints; i++) await (partition as MovablePartition<TestState>).checkpoint();
    await partition.release();
  }
}

test('each new partition begins with the profiles that hash there, their timers, and positions of its own', async () => {
  const store = createMemoryObjectStore();
  await leaveBehind(store, 7);
  const states = statesOf(store, 'g2', sealedAt(7));
  const found: string[] = [];
  for (let at = 0; at < NEW; at++) {
    const partition = states.partition(at);
    const { positions } = await partition.open();
    assert.deepEqual(positions, { plays: { next: 0, rawHigh: -1, logTime: 1007 } });
    const here = PROFILES.filter((profile) => partition.get(profile) !== undefined);
    assert.deepEqual(
      here,
      PROFILES.filter((profile) => partitionOfKey(profile, NEW) === at),
    );
    for (const profile of here) assert.deepEqual(partition.get(profile)?.state, stateOf(numberOf(profile)));
    const due = here.filter((profile) => numberOf(profile) % 2 === 0);
    assert.deepEqual(
      partition
        .timers(-1, 1e9)
        .map(({ key }) => key)
        .toSorted(),
      due.toSorted(),
    );
    found.push(...here);
  }
  assert.deepEqual(found.toSorted(), PROFILES.toSorted());
});

test('what was folded since stands: nothing is taken over a second time, on this machine or another', async () => {
  const store = createMemoryObjectStore();
  await leaveBehind(store, 7);
  const profile = PROFILES.find((one) => partitionOfKey(one, NEW) === 3)!;
  const first = statesOf(store, 'g2', sealedAt(7)).partition(3);
  const { epoch } = await first.open();
  await first.commit({ epoch, positions: positionsAt(4), entries: entriesOf({ [profile]: [999] }) });
  const again = await first.open();
  assert.deepEqual(again.positions, positionsAt(4));
  await first.release();
  const second = statesOf(store, 'g2', sealedAt(7)).partition(3);
  assert.deepEqual((await second.open()).positions, positionsAt(4));
  assert.deepEqual(second.get(profile)?.state, stateOf(999));
});

test('a parent whose last checkpoint is still to come is waited for; one that never ran is not', async () => {
  const store = createMemoryObjectStore();
  await leaveBehind(store, 7);
  await assert.rejects(
    statesOf(store, 'g2', sealedAt(8)).partition(0).open(),
    (error) => isMarqueeError(error, 'GENERATION_NOT_SEALED') && error.retryable,
  );
  const empty = await statesOf(createMemoryObjectStore(), 'g2', sealedAt(8)).partition(0).open();
  assert.deepEqual(empty.positions, {});
});

test('a torn checkpoint of the parent does not keep the new generation from beginning', async () => {
  const store = createMemoryObjectStore();
  await leaveBehind(store, 7);
  for (const { key } of await store.list('eu/checkpoints/'))
    if (key.includes('/parts/')) await store.put(key, new Uint8Array(10));
  const { positions } = await statesOf(store, 'g2', sealedAt(7)).partition(0).open();
  assert.deepEqual(positions, {});
});

test('a new generation goes on from the checkpoint before where the newest of the parent is torn, or its manifest', async () => {
  for (const what of ['parts', 'manifest']) {
    const store = createMemoryObjectStore();
    await leaveBehind(store, 7, 2);
    for (let parent = 0; parent < OLD; parent++) {
      const prefix = `eu/checkpoints/keyed/counting/g1/${parent}/v1`;
      const { parts } = (await manifestIn(store, prefix, 'manifest'))!;
      const keys = what === 'parts' ? parts.map(({ key }) => key) : [`${prefix}/manifest`];
      for (const key of keys) await harm(store, key, 'torn');
    }
    const states = statesOf(store, 'g2', sealedAt(7));
    for (let at = 0; at < NEW; at++) {
      const partition = states.partition(at);
      await partition.open();
      const here = PROFILES.filter((profile) => partition.get(profile) !== undefined);
      assert.deepEqual(
        here,
        PROFILES.filter((profile) => partitionOfKey(profile, NEW) === at),
      );
    }
  }
});
