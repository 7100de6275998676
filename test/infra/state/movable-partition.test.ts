import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { isMarqueeError } from '../../../domain/errors.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import type { ObjectStore } from '../../../infra/object-store/port.ts';
import { openKeyedReader } from '../../../infra/state/lmdb-keyed-state.ts';
import { createRandom } from '../../../domain/random.ts';
import {
  commitTo,
  createMachines,
  entriesOf,
  positionsAt,
  PREFIX,
  seed,
  stateOf,
  type Machine,
  type TestState,
} from '../../support/machines.ts';
import { until } from '../../support/until.ts';

const machines = createMachines();
after(machines.close);
let count = 0;
const named = (name: string): string => `${name}-${(count += 1)}`;

async function seeded(store: ObjectStore): Promise<{ a: Machine; epoch: number }> {
  const a = machines.start(named('a'), store);
  return { a, epoch: await seed(a) };
}

test('another machine goes on from the checkpoint of the one before, timers too', async () => {
  const store = createMemoryObjectStore();
  const { a, epoch } = await seeded(store);
  await a.partition.checkpoint();
  await commitTo(a, epoch, 5, { p: [4, 80], q: [5], s: undefined, t: [6, 55] });
  await a.partition.release();
  const b = machines.start(named('b'), store);
  const found = await b.partition.open();
  assert.deepEqual(found.positions, positionsAt(5));
  assert.ok(found.epoch > epoch);
  assert.deepEqual(
    b.restored.map(({ rows }) => rows),
    [4],
  );
  assert.deepEqual(b.partition.get('p'), { state: stateOf(4), wakeAt: 80 });
  assert.deepEqual(b.partition.get('q'), { state: stateOf(5) });
  assert.deepEqual(b.partition.get('r'), { state: stateOf(3) });
  assert.equal(b.partition.get('s'), undefined);
  const timers = [
    { time: 55, key: 't' },
    { time: 80, key: 'p' },
  ];
  assert.deepEqual(b.partition.timers(-1, 1000), timers);
  await b.partition.commit({ ...found, positions: positionsAt(6), entries: entriesOf({ p: undefined }) });
  assert.deepEqual(b.partition.timers(-1, 1000), timers.slice(0, 1));
});

test('changes of any kind, through moves and whole rewrites, arrive as they were', async () => {
  const random = createRandom(5);
  const store = createMemoryObjectStore();
  const truth = new Map<string, readonly [number, number?]>();
  const names = [named('a'), named('b'), named('c')];
  let last: Machine | undefined;
  let bases = 0;
  for (let move = 0; move < 30; move += 1) {
    const machine = machines.start(names[random.below(3)]!, store, { maxParts: 3 });
    const { positions, epoch } = await machine.partition.open();
    assert.deepEqual(positions, move === 0 ? {} : positionsAt(move));
    for (let i = 0; i < 40; i += 1) {
      const expected = truth.get(`p${i}`);
      assert.deepEqual(
        machine.partition.get(`p${i}`),
        expected && entriesOf({ x: expected }).get('x'),
        `p${i}`,
      );
    }
    const timers = [...truth]
      .filter(([, [, time]]) => time !== undefined)
      .map(([key, [, time]]) => `${time} ${key}`);
    const stored = machine.partition.timers(-1, 1e9).map(({ time, key }) => `${time} ${key}`);
    assert.deepEqual(stored.toSorted(), timers.toSorted());
    const changed: Record<string, readonly [number, number?] | undefined> = {};
    for (let i = random.below(20); i >= 0; i -= 1) {
      const key = `p${random.below(40)}`;
      if (random.chance(0.3)) changed[key] = undefined;
      else changed[key] = random.chance(0.5) ? [move, random.below(1000)] : [move];
    }
    await commitTo(machine, epoch, move + 1, changed);
    for (const [key, one] of Object.entries(changed))
      if (one === undefined) truth.delete(key);
      else truth.set(key, one);
    if (random.chance(0.5)) await machine.partition.checkpoint();
    await machine.partition.release();
    bases += machine.written.filter(({ isBase }) => isBase).length;
    await last?.close();
    last = machine;
  }
  assert.ok(bases > 2, `${bases} whole checkpoints`);
  const left = (await store.list(`${PREFIX}/parts/`)).length;
  assert.ok(left < 20, `${left} parts are left`);
});

test('an owner that goes on itself reads nothing, and writes only what changed', async () => {
  const store = createMemoryObjectStore();
  const { a, epoch } = await seeded(store);
  await a.partition.checkpoint();
  await a.partition.checkpoint();
  await commitTo(a, epoch, 4, { r: [4] });
  await a.partition.release();
  const again = await a.partition.open();
  assert.deepEqual(again.positions, positionsAt(4));
  await commitTo(a, again.epoch, 5, { r: [5] });
  await a.partition.checkpoint();
  await a.partition.checkpoint();
  assert.deepEqual(a.restored, []);
  assert.deepEqual(
    a.written.map(({ isBase, rows }) => [isBase, rows]),
    [
      [true, 7],
      // So that there is one before.
      [true, 7],
      [false, 1],
      [false, 1],
    ],
  );
});

test('what was forgotten is in no checkpoint any more: the next is whole, and the parts before it are gone', async () => {
  const store = createMemoryObjectStore();
  const { a, epoch } = await seeded(store);
  await a.partition.checkpoint();
  await a.partition.checkpoint();
  await commitTo(a, epoch, 4, { r: [4] });
  await a.partition.checkpoint();
  const before = (await store.list(`${PREFIX}/parts/`)).map(({ key }) => key);
  a.partition.rebase?.();
  await commitTo(a, epoch, 5, { s: undefined });
  await a.partition.checkpoint();
  assert.equal(a.written.map(({ isBase }) => isBase).join(), 'true,true,false,true');
  const left = (await store.list(`${PREFIX}/parts/`)).map(({ key }) => key);
  assert.ok(left.length > 0 && left.every((key) => !before.includes(key)), left.join(' '));
  const b = machines.start(named('b'), store);
  await a.partition.release();
  await b.partition.open();
  assert.deepEqual([b.partition.get('s'), b.partition.get('r')], [undefined, { state: stateOf(4) }]);
});

test('what an owner stored after its last checkpoint counts on its own machine, as long as nobody else was there', async () => {
  const store = createMemoryObjectStore();
  const { a, epoch } = await seeded(store);
  await a.partition.checkpoint();
  await commitTo(a, epoch, 9, { p: [9] });
  await a.close();
  // Killed and started again.
  const same = machines.start(a.name, store);
  const found = await same.partition.open();
  assert.deepEqual(found.positions, positionsAt(9));
  // A later owner begins at the checkpoint and is killed; it has spoken of what lies between.
  const b = machines.start(named('b'), store);
  assert.deepEqual((await b.partition.open()).positions, positionsAt(3));
  const back = machines.start(a.name, store);
  assert.deepEqual((await back.partition.open()).positions, positionsAt(3));
  assert.deepEqual(back.partition.get('p')?.state, stateOf(1));
});

test('an old owner that wakes stores nothing, checkpoints nothing and removes nothing', async () => {
  const store = createMemoryObjectStore();
  const { a, epoch } = await seeded(store);
  await a.partition.checkpoint();
  const b = machines.start(named('b'), store);
  const taken = await b.partition.open();
  await commitTo(b, taken.epoch, 4, { p: [10] });
  await b.partition.checkpoint();
  // It has not heard of it yet.
  await commitTo(a, epoch, 8, { p: [77], z: [78] });
  assert.equal(a.partition.isTaken?.(), false);
  await assert.rejects(a.partition.checkpoint(), { code: 'STATE_MOVED' });
  assert.equal(a.partition.isTaken?.(), true);
  await assert.rejects(commitTo(a, epoch, 9, { p: [79] }), { code: 'STATE_MOVED' });
  await assert.rejects(a.partition.renew(epoch), { code: 'STATE_MOVED' });
  await a.partition.release();
  const c = machines.start(named('c'), store);
  assert.deepEqual((await c.partition.open()).positions, positionsAt(4));
  assert.deepEqual(c.partition.get('p')?.state, stateOf(10));
  assert.equal(c.partition.get('z'), undefined);
  // What it stored itself does not come back with it either.
  assert.deepEqual((await a.partition.open()).positions, positionsAt(4));
  assert.deepEqual(a.partition.get('p')?.state, stateOf(10));
});

test('an owner whose turn passed while it waited leaves the partition to its owner', async () => {
  const store = createMemoryObjectStore();
  const { a, epoch } = await seeded(store);
  const late = machines.start(named('late'), store).partition.open({ isOver: () => true });
  await assert.rejects(late, { code: 'STATE_MOVED' });
  await commitTo(a, epoch, 4, { p: [10] });
  await a.partition.checkpoint();
  assert.equal(a.partition.isTaken?.(), false);
});

test('an owner finds the manifest of a newer one, and keeps off', async () => {
  const store = createMemoryObjectStore();
  const { a } = await seeded(store);
  await a.partition.release();
  const far = machines.start(named('b'), store, { clock: () => 9e12 });
  await far.partition.open();
  // A lost lease: its epoch is not known any more, that of the manifest is.
  await store.delete(`${PREFIX}/lease.json`);
  await assert.rejects(a.partition.open(), { code: 'STATE_MOVED' });
});

test('epochs grow though every clock steps back an hour at each move', async () => {
  const store = createMemoryObjectStore();
  let before = 0;
  for (let move = 0; move < 5; move += 1) {
    const seconds = 1_790_000_000 - 3600 * move;
    const machine = machines.start(named('m'), store, { clock: () => seconds * 1000 });
    const { epoch } = await machine.partition.open();
    assert.ok(epoch > before, `${epoch} > ${before}`);
    const renewed = await machine.partition.renew(epoch);
    assert.ok(renewed > epoch);
    await commitTo(machine, renewed, move + 1, { p: [move] });
    await machine.partition.release();
    before = renewed;
  }
});

test('twenty machines that take a partition at once leave one that can store, and its state is whole', async () => {
  const store = createMemoryObjectStore();
  const { a } = await seeded(store);
  await a.partition.release();
  const crowd = Array.from({ length: 20 }, () => machines.start(named('m'), store));
  const opened = await Promise.allSettled(crowd.map((one) => one.partition.open()));
  const stored = await Promise.allSettled(
    crowd.map(async (one, i) => {
      const result = opened[i]!;
      if (result.status === 'rejected') throw result.reason;
      assert.deepEqual(result.value.positions, positionsAt(3));
      await commitTo(one, result.value.epoch, 4, { p: [i] });
      await one.partition.checkpoint();
      return i;
    }),
  );
  const winners = stored.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  assert.equal(winners.length, 1);
  for (const one of stored)
    if (one.status === 'rejected') assert.ok(isMarqueeError(one.reason, 'STATE_MOVED'));
  const next = machines.start(named('n'), store);
  assert.deepEqual((await next.partition.open()).positions, positionsAt(4));
  assert.deepEqual(next.partition.get('p')?.state, stateOf(winners[0]!));
});

test('a reader of the machine finds the state that was put in place under it', async () => {
  const store = createMemoryObjectStore();
  const { a, epoch } = await seeded(store);
  await a.partition.release();
  const b = machines.start(named('b'), store);
  const early = await b.partition.open();
  await commitTo(b, early.epoch, 4, { p: [44] });
  await b.partition.release();
  const reader = openKeyedReader<TestState>(a.folder, 1);
  assert.deepEqual(reader.get('p'), stateOf(1));
  const back = await a.partition.open();
  assert.ok(back.epoch > epoch);
  await until(() => isDeepStrictEqual(reader.get('p'), stateOf(44)));
  await commitTo(a, back.epoch, 5, { p: [45] });
  assert.deepEqual(reader.get('p'), stateOf(45));
  await reader.close();
});
