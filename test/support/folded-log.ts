/** A log that machines fold, and that is trimmed behind what their checkpoints cover: whoever goes on from less is told. */
import assert from 'node:assert/strict';
import type { ObjectStore } from '../../infra/object-store/port.ts';
import type { KeyedEntry } from '../../infra/state/keyed-state.ts';
import { entriesOf, positionsAt, PREFIX, type Machine, type TestState } from './machines.ts';
import { BEFORE, manifestIn, NEWEST, type Which } from './torn-checkpoints.ts';

/** Record n of the log says n of one of ten profiles, and now and then forgets another. */
export const recordAt = (n: number): Map<string, KeyedEntry<TestState> | undefined> =>
  entriesOf({
    [`p${n % 10}`]: n % 3 === 0 ? [n, 1000 + n] : [n],
    ...(n % 7 === 0 && { [`p${(n + 1) % 10}`]: undefined }),
  });

export async function fold({ partition }: Machine, epoch: number, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n += 1)
    await partition.commit({ epoch, positions: positionsAt(n + 1), entries: recordAt(n) });
}

export function assertWhole({ partition }: Machine, to: number): void {
  const truth = new Map<string, KeyedEntry<TestState> | undefined>();
  for (let n = 0; n < to; n += 1) for (const [key, entry] of recordAt(n)) truth.set(key, entry);
  for (const [key, entry] of truth) assert.deepEqual(partition.get(key), entry, key);
  const timers = [...truth].flatMap(([key, entry]) =>
    entry?.wakeAt === undefined ? [] : [{ time: entry.wakeAt, key }],
  );
  assert.deepEqual(
    partition.timers(-1, 1e9),
    timers.toSorted((x, y) => x.time - y.time),
  );
}

export const reachOf = async (store: ObjectStore, which: Which, prefix: string = PREFIX): Promise<number> =>
  (await manifestIn(store, prefix, which))?.positions['plays']?.next ?? 0;

/** How far the log may be trimmed: what both checkpoints cover. */
export const covered = async (store: ObjectStore, prefix?: string): Promise<number> =>
  Math.min(await reachOf(store, NEWEST, prefix), await reachOf(store, BEFORE, prefix));

/** Opens, needs nothing that the trimmed log no longer has, and folds on. */
export async function goOn(
  machine: Machine,
  trimmedTo: number,
  to: number,
): Promise<{ readonly from: number; readonly epoch: number }> {
  const { epoch, positions } = await machine.partition.open();
  const from = positions['plays']?.next ?? 0;
  assert.ok(from >= trimmedTo, `it goes on at ${from}, the log begins at ${trimmedTo}`);
  assertWhole(machine, from);
  await fold(machine, epoch, from, to);
  assertWhole(machine, to);
  return { from, epoch };
}

/** An owner leaves a checkpoint at 19 of several parts and the one before it, at 10; its disk is gone. */
export async function leave(a: Machine, store: ObjectStore): Promise<number> {
  const { epoch } = await a.partition.open();
  let from = 0;
  for (const to of [10, 14, 17, 19]) {
    await fold(a, epoch, from, to);
    await a.partition.checkpoint();
    from = to;
  }
  assert.equal(a.written.map(({ isBase }) => isBase).join(), 'true,true,false,false');
  assert.deepEqual([await reachOf(store, BEFORE), await covered(store)], [10, 10]);
  return epoch;
}
