import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test, type TestContext } from 'node:test';
import { MarqueeError } from '../../../domain/errors.ts';
import { createRandom, type Random } from '../../../domain/random.ts';
import { silentLog } from '../../../infra/log.ts';
import { createCopier, type Copier, type StoredProfiles } from '../../../infra/profile-store/copier.ts';
import type { CopyMark, ProfileCopies, Stamp } from '../../../infra/profile-store/port.ts';
import type { LogPositions } from '../../../infra/state/keyed-state.ts';
import { until } from '../../support/until.ts';

const FOLD = { name: 'memory', version: 3 };
const LIMITS = { maxWaiting: 1000, concurrency: 4, retryMs: 10 };

interface StoreDouble extends ProfileCopies {
  readonly rows: Map<string, { state: unknown; at: number }>;
  readonly marks: Map<number, CopyMark>;
  writes: number;
  isUp: boolean;
  /** Of writes: some fail, of those some have been done, and all take a while. */
  unreliable: Random | undefined;
}

const order = ({ epoch, commit }: Stamp): number => epoch * 1e6 + commit;

function createStoreDouble(): StoreDouble {
  const lost = () => new MarqueeError('CASSANDRA_UNAVAILABLE', { reason: 'it is gone' });
  const double: StoreDouble = {
    rows: new Map(),
    marks: new Map(),
    writes: 0,
    isUp: true,
    unreliable: undefined,
    async write(_fold, profile, state, stamp) {
      const random = double.unreliable;
      for (let i = random?.below(4) ?? 0; i > 0; i -= 1) await nextTurn();
      const fails = !double.isUp || random?.chance(0.3) === true;
      if (double.isUp && (!fails || random?.chance(0.5) === true)) {
        double.writes += 1;
        const at = order(stamp);
        if (at >= (double.rows.get(profile)?.at ?? -1)) double.rows.set(profile, { state, at });
      }
      if (fails) throw lost();
    },
    async mark({ version }, partition, mark) {
      await nextTurn();
      if (!double.isUp) throw lost();
      const known = double.marks.get(partition);
      if (known === undefined || order(mark) >= order(known))
        double.marks.set(partition, { version, ...mark });
    },
    async markOf(_fold, partition) {
      await nextTurn();
      if (!double.isUp) throw lost();
      return double.marks.get(partition);
    },
  };
  return double;
}

/** One partition's state on a machine, and the process that folds it. */
interface Machine {
  readonly state: Map<string, unknown>;
  readonly copier: Copier;
  epoch: number;
  position: number;
  open(epoch: number): void;
  commit(changes: Readonly<Record<string, unknown>>): void;
}

const at = (next: number): LogPositions => ({ plays: { next, rawHigh: next, logTime: next } });

function createMachine(t: TestContext, copies: ProfileCopies, limits = LIMITS, from?: Machine): Machine {
  const state = new Map<string, unknown>(from?.state);
  const stored: StoredProfiles = {
    get: (profile) => state.get(profile),
    profilesAfter: (_partition, after, limit) =>
      [...state.keys()]
        .sort()
        .filter((key) => after === undefined || key > after)
        .slice(0, limit),
  };
  const copier = createCopier({ fold: FOLD, stored, copies, limits, log: silentLog() });
  t.after(() => copier.close(0));
  const machine: Machine = {
    ...{ state, copier, epoch: 0, position: from?.position ?? 0 },
    open(epoch) {
      machine.epoch = epoch;
      copier.opened(0, epoch, machine.position === 0 ? {} : at(machine.position));
    },
    commit(changes) {
      machine.position += 1;
      const entries = new Map<string, { state: unknown } | undefined>();
      for (const [profile, value] of Object.entries(changes)) {
        if (value === undefined) state.delete(profile);
        else state.set(profile, value);
        entries.set(profile, value === undefined ? undefined : { state: value });
      }
      copier.committed(0, { epoch: machine.epoch, positions: at(machine.position), entries });
    },
  };
  return machine;
}

const copied = ({ rows }: StoreDouble): Record<string, unknown> =>
  Object.fromEntries(
    [...rows].filter(([, { state }]) => state !== undefined).map(([key, { state }]) => [key, state]),
  );

const isMarkedAt = (store: StoreDouble, position: number): boolean =>
  store.marks.get(0)?.positions['plays']?.next === position;

test('what is committed is copied, what is forgotten is removed, and the mark follows', async (t) => {
  const store = createStoreDouble();
  const machine = createMachine(t, store);
  machine.open(7);
  machine.commit({ a: 1, b: 1 });
  machine.commit({ a: 2, b: undefined });
  await until(() => machine.copier.status().behind === 0);
  assert.deepEqual(copied(store), { a: 2 });
  assert.deepEqual(store.marks.get(0), { version: 3, epoch: 7, commit: 2, positions: at(2) });
  assert.deepEqual(machine.copier.status(), {
    behind: 0,
    waiting: 0,
    whole: 0,
    lagMs: 0,
    copied: 2,
    failed: 0,
  });
});

test('while the store is away a profile waits once however often it changes, and is copied once', async (t) => {
  const store = createStoreDouble();
  const machine = createMachine(t, store);
  machine.open(1);
  await until(() => store.marks.has(0));
  store.isUp = false;
  for (let i = 1; i <= 500; i += 1) machine.commit({ busy: i, [`once-${i % 3}`]: i });
  const { waiting, lagMs } = machine.copier.status();
  assert.equal(waiting, 4);
  assert.ok(lagMs >= 0);
  await until(() => machine.copier.status().failed > 0);
  assert.equal(store.writes, 0);
  store.isUp = true;
  await until(() => isMarkedAt(store, 500));
  assert.equal(store.writes, 4);
  assert.deepEqual(copied(store), { busy: 500, 'once-0': 498, 'once-1': 499, 'once-2': 500 });
});

test('when too much waits it is forgotten, and the partition is copied whole', async (t) => {
  const store = createStoreDouble();
  const machine = createMachine(t, store, { ...LIMITS, maxWaiting: 50 });
  machine.open(1);
  await until(() => store.marks.has(0));
  store.isUp = false;
  for (let i = 0; i < 400; i += 1) {
    machine.commit({ [`p${i}`]: i });
    assert.ok(machine.copier.status().waiting <= 50);
  }
  assert.equal(machine.copier.status().whole, 1);
  store.isUp = true;
  await until(() => isMarkedAt(store, 400));
  assert.deepEqual(copied(store), Object.fromEntries(machine.state));
});

test('what overflows before it is known how far the copies reach is not lost', async (t) => {
  const store = createStoreDouble();
  const machine = createMachine(t, store, { ...LIMITS, maxWaiting: 10 });
  store.isUp = false;
  machine.open(1);
  const looked = Promise.withResolvers<undefined>();
  const { markOf } = store;
  store.markOf = () => looked.promise;
  store.isUp = true;
  await new Promise((resolve) => setTimeout(resolve, 5 * LIMITS.retryMs));
  for (let i = 0; i < 40; i += 1) machine.commit({ [`p${i}`]: i });
  looked.resolve(undefined);
  store.markOf = markOf;
  await until(() => machine.copier.status().behind === 0);
  assert.deepEqual(copied(store), Object.fromEntries(machine.state));
});

test('what overflows while a partition is copied whole is not lost behind where that stands', async (t) => {
  const store = createStoreDouble();
  const limits = { maxWaiting: 10, concurrency: 1, retryMs: 10 };
  const before = createMachine(t, store, limits);
  store.isUp = false;
  for (let i = 10; i < 50; i += 1) before.commit({ [`p${i}`]: 'before' });
  await before.copier.close(0);
  const machine = createMachine(t, store, limits, before);
  const { write } = store;
  let isChanged = false;
  store.write = (fold, profile, state, stamp) => {
    if (profile === 'p30' && !isChanged) {
      isChanged = true;
      for (let i = 10; i < 30; i += 1) machine.commit({ [`p${i}`]: 'after' });
    }
    return write(fold, profile, state, stamp);
  };
  store.isUp = true;
  machine.open(2);
  await until(() => isChanged && machine.copier.status().behind === 0);
  assert.deepEqual(copied(store), Object.fromEntries(machine.state));
});

test('what a crash left uncopied is found when the partition is opened, and nothing is copied again otherwise', async (t) => {
  const store = createStoreDouble();
  const first = createMachine(t, store);
  first.open(1);
  first.commit({ a: 1, b: 1 });
  await until(() => isMarkedAt(store, 1));
  store.isUp = false;
  first.commit({ b: 2, c: 2 });
  await first.copier.close(0);
  store.isUp = true;
  // Elsewhere, from a checkpoint.
  const second = createMachine(t, store, LIMITS, first);
  second.open(2);
  await until(() => isMarkedAt(store, 2));
  assert.deepEqual(copied(store), { a: 1, b: 2, c: 2 });
  const { writes } = store;
  const third = createMachine(t, store, LIMITS, second);
  third.open(3);
  await until(() => store.marks.get(0)?.epoch === 3);
  assert.equal(store.writes, writes);
});

test('an old owner that wakes late changes nothing that a later one has copied', async (t) => {
  const store = createStoreDouble();
  const old = createMachine(t, store);
  old.open(1);
  await until(() => store.marks.has(0));
  store.isUp = false;
  old.commit({ a: 'old', only: 'old' });
  const later = createMachine(t, store);
  later.open(2);
  later.commit({ a: 'new' });
  store.isUp = true;
  await until(() => later.copier.status().waiting === 0 && old.copier.status().waiting === 0);
  await until(() => store.marks.get(0)?.epoch === 2);
  assert.deepEqual(copied(store), { a: 'new', only: 'old' });
});

test('state that has gone from the machine is not taken for forgotten', async (t) => {
  const store = createStoreDouble();
  const machine = createMachine(t, store);
  machine.open(1);
  machine.commit({ a: 1 });
  await until(() => isMarkedAt(store, 1));
  machine.state.clear();
  machine.copier.committed(0, { epoch: 1, positions: at(2), entries: new Map([['a', { state: 2 }]]) });
  await until(() => isMarkedAt(store, 2));
  assert.deepEqual(copied(store), { a: 1 });
});

test('through failures, lost replies, overflow and restarts the copy ends as the state', async (t) => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const random = createRandom(seed);
    const store = createStoreDouble();
    store.unreliable = random;
    // What is forgotten while too much waits, or before a crash, is left to the store's own expiry.
    const isCalm = seed % 2 === 0;
    const limits = { maxWaiting: isCalm ? 1e6 : 30, concurrency: 1 + random.below(5), retryMs: 1 };
    let machine = createMachine(t, store, limits);
    let epoch = 1;
    machine.open(epoch);
    for (let step = 0; step < 120; step += 1) {
      if (!isCalm && random.chance(0.03)) {
        const before = machine;
        if (random.chance(0.5)) void before.copier.close(0);
        machine = createMachine(t, store, limits, before);
        machine.open((epoch += 1));
      }
      const some = Array.from({ length: random.below(12) }, () => [
        `p${random.below(isCalm ? 30 : 400)}`,
        isCalm && random.chance(0.4) ? undefined : `${epoch}.${step}.${random.below(9)}`,
      ]);
      machine.commit(Object.fromEntries(some) as Record<string, unknown>);
      if (random.chance(0.5)) await nextTurn();
    }
    store.unreliable = undefined;
    await until(() => isMarkedAt(store, machine.position) && store.marks.get(0)?.epoch === epoch);
    assert.deepEqual(copied(store), Object.fromEntries(machine.state), `seed ${seed}`);
  }
});
