/** When the checkpoint before the newest base is kept, renewed and dropped, and by whom. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { DAY_MS } from '../../../domain/time.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import type { ObjectStore } from '../../../infra/object-store/port.ts';
import { covered, fold, goOn, leave, reachOf, recordAt } from '../../support/folded-log.ts';
import { createMachines, PREFIX, type Machine } from '../../support/machines.ts';
import { BEFORE, harm, manifestIn, NEWEST } from '../../support/torn-checkpoints.ts';

const machines = createMachines();
after(machines.close);
let count = 0;
const start = (store: ObjectStore, name = `m-${(count += 1)}`): Machine => machines.start(name, store);

async function left(): Promise<{ store: ObjectStore; epoch: number }> {
  const store = createMemoryObjectStore();
  return { store, epoch: await leave(start(store), store) };
}

/** A store whose writes of the manifest before run into what `gate` does. */
const gated = (store: ObjectStore, gate: () => Promise<void>): ObjectStore => ({
  ...store,
  async put(key, body, condition) {
    if (key.endsWith(BEFORE)) await gate();
    return store.put(key, body, condition);
  },
});

test('an owner that is frozen between its base and keeping the one before takes neither from its successor', async () => {
  const { store } = await left();
  const { promise: waking, resolve: wake } = Promise.withResolvers<void>();
  const { promise: freezing, resolve: froze } = Promise.withResolvers<void>();
  let isOpen = false;
  const gate = (): Promise<void> => (isOpen ? (froze(), waking) : Promise.resolve());
  const old = machines.start('frozen', gated(store, gate), { maxParts: 1 });
  const { epoch } = await old.partition.open();
  await fold(old, epoch, 19, 21);
  isOpen = true;
  const base = old.partition.checkpoint();
  await freezing;
  const young = start(store);
  assert.equal((await goOn(young, await covered(store), 22)).from, 21);
  wake();
  await assert.rejects(base, { code: 'STATE_MOVED' });
  assert.equal(await covered(store), 10);
  await harm(store, (await manifestIn(store, PREFIX, NEWEST))!.parts[0]!.key, 'torn');
  assert.equal((await goOn(start(store), 10, 22)).from, 10);
});

test('an owner that is killed between its base and keeping the one before leaves the one before that', async () => {
  const { store } = await left();
  let isLost = false;
  const gate = (): Promise<void> => (isLost ? Promise.reject(new Error('killed')) : Promise.resolve());
  const a = machines.start('killed', gated(store, gate), { maxParts: 1 });
  const { epoch } = await a.partition.open();
  await fold(a, epoch, 19, 21);
  isLost = true;
  await assert.rejects(a.partition.checkpoint(), /killed/);
  assert.deepEqual([await reachOf(store, NEWEST), await covered(store)], [21, 10]);
  await harm(store, (await manifestIn(store, PREFIX, NEWEST))!.parts[0]!.key, 'missing');
  assert.equal((await goOn(start(store), 10, 22)).from, 10);
});

test('an owner whose manifest is gone leaves the one before as it is until there is another', async () => {
  const { store } = await left();
  let isLost = false;
  const failing: ObjectStore = {
    ...store,
    put: (key, ...rest) =>
      isLost && key.endsWith(`/${NEWEST}`) ? Promise.reject(new Error('killed')) : store.put(key, ...rest),
  };
  const a = machines.start('gone', failing);
  const { epoch } = await a.partition.open();
  await fold(a, epoch, 19, 21);
  await harm(store, `${PREFIX}/${NEWEST}`, 'missing');
  await assert.rejects(a.partition.checkpoint(), { code: 'CHECKPOINT_CORRUPT' });
  isLost = true;
  await assert.rejects(a.partition.checkpoint(), /killed/);
  assert.equal((await goOn(start(store), 10, 22)).from, 10);
});

test('an owner whose manifest is gone writes another, and has one before again with the next base', async () => {
  const { store } = await left();
  const a = machines.start('gone-on', store, { maxParts: 1 });
  const { epoch } = await a.partition.open();
  await fold(a, epoch, 19, 21);
  await harm(store, `${PREFIX}/${NEWEST}`, 'missing');
  await assert.rejects(a.partition.checkpoint(), { code: 'CHECKPOINT_CORRUPT' });
  await a.partition.checkpoint();
  assert.deepEqual([await reachOf(store, NEWEST), await reachOf(store, BEFORE)], [21, 10]);
  let from = 21;
  for (const to of [24, 27, 30]) {
    await fold(a, epoch, from, to);
    await a.partition.checkpoint();
    from = to;
  }
  assert.ok((await reachOf(store, BEFORE)) >= 21);
});

test('what was forgotten goes with the next base, and the one after it has one before again', async () => {
  const { store } = await left();
  const a = start(store);
  const { epoch } = await a.partition.open();
  const parts = (await store.list(`${PREFIX}/parts/`)).map(({ key }) => key);
  await fold(a, epoch, 19, 20);
  a.partition.rebase?.();
  await a.partition.checkpoint();
  const remaining = (await store.list(`${PREFIX}/parts/`)).map(({ key }) => key);
  assert.deepEqual(
    remaining.filter((key) => parts.includes(key)),
    [],
  );
  assert.equal(await manifestIn(store, PREFIX, BEFORE), undefined);
  await a.partition.checkpoint();
  assert.equal(await covered(store), 20);
});

test('what a killed process may have forgotten unwritten stays for one more checkpoint', async () => {
  const { store } = await left();
  const a = start(store, 'again');
  const { epoch } = await a.partition.open();
  await fold(a, epoch, 19, 20);
  const parts = (await store.list(`${PREFIX}/parts/`)).map(({ key }) => key);
  await a.close();
  const again = start(store, 'again');
  await again.partition.open();
  assert.deepEqual([again.restored, again.discarded], [[], []]);
  await again.partition.checkpoint();
  assert.deepEqual([await reachOf(store, NEWEST), await reachOf(store, BEFORE)], [20, 19]);
  await again.partition.checkpoint();
  assert.equal(await covered(store), 20);
  const remaining = (await store.list(`${PREFIX}/parts/`)).map(({ key }) => key);
  assert.deepEqual(
    remaining.filter((key) => parts.includes(key)),
    [],
  );
});

test('where both name the same parts, for lack of a manifest, parts of its own are written soon', async () => {
  const { store } = await left();
  await harm(store, `${PREFIX}/${NEWEST}`, 'torn');
  const a = start(store, 'twice');
  await a.partition.open();
  await a.close();
  const again = start(store, 'twice');
  await again.partition.open();
  assert.deepEqual(again.restored, []);
  await again.partition.checkpoint();
  const parts = (await manifestIn(store, PREFIX, NEWEST))!.parts.map(({ key }) => key);
  const before = (await manifestIn(store, PREFIX, BEFORE))!.parts.map(({ key }) => key);
  assert.deepEqual(
    parts.filter((key) => before.includes(key)),
    [],
  );
});

test('once a partition falls quiet both checkpoints say the same, and nothing is written any more', async () => {
  const { store } = await left();
  const a = start(store);
  const { epoch } = await a.partition.open();
  await fold(a, epoch, 19, 20);
  for (let i = 0; i < 12; i += 1) await a.partition.checkpoint();
  assert.equal(await covered(store), 20);
  const parts = new Set((await manifestIn(store, PREFIX, NEWEST))!.parts.map(({ key }) => key));
  for (const { key } of (await manifestIn(store, PREFIX, BEFORE))!.parts) assert.ok(!parts.has(key), key);
  const { length } = a.written;
  for (let i = 0; i < 12; i += 1) await a.partition.checkpoint();
  assert.equal(a.written.length, length);
});

test('the one before is never more than a day of log behind the next base', async () => {
  const { store } = await left();
  const a = start(store);
  const { epoch } = await a.partition.open();
  const positions = { plays: { next: 20, rawHigh: 19, logTime: 1019 + DAY_MS } };
  await a.partition.commit({ epoch, positions, entries: recordAt(19) });
  await a.partition.checkpoint();
  assert.deepEqual([a.written[0]?.isBase, await reachOf(store, BEFORE)], [true, 19]);
});
