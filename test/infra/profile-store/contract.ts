/** What every profile store does: read elsewhere what the process that folds has committed. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { profileId } from '../../../domain/ids.ts';
import { createRandom } from '../../../domain/random.ts';
import { partitionOfKey } from '../../../infra/kafka/partitioner.ts';
import type { FoldId, ProfileStore } from '../../../infra/profile-store/port.ts';
import type { KeyedStates } from '../../../infra/state/keyed-state.ts';

export const PARTITIONS = 2;
export const FOLD: FoldId = { name: 'contract', version: 2 };

export interface ProfileStoreWorld {
  /** Where serving reads. */
  readonly store: ProfileStore;
  /** States as a process has them that folds, where it may have some of its own from before. */
  owner(name: string, fold?: FoldId): KeyedStates<unknown>;
  /** Resolves when what was committed can be read, or never will be. */
  settled(): Promise<void>;
}

export interface Owner {
  commit(entries: Readonly<Record<string, unknown>>): Promise<void>;
}

let offset = 0;

/** Takes a partition over and commits to it. */
export async function takeOver(states: KeyedStates<unknown>, partition: number): Promise<Owner> {
  const lane = states.partition(partition);
  const { epoch } = await lane.open();
  return {
    async commit(some) {
      offset += 1;
      const entries = Object.entries(some).map(
        ([key, state]) => [key, state === undefined ? undefined : { state }] as const,
      );
      const positions = { plays: { next: offset, rawHigh: offset, logTime: offset } };
      await lane.commit({ epoch, positions, entries: new Map(entries) });
    },
  };
}

/** Names that belong to partition 0. */
export const names = (prefix: string, count: number): string[] => {
  const found: string[] = [];
  for (let i = 0; found.length < count; i += 1) {
    if (partitionOfKey(`${prefix}${i}`, PARTITIONS) === 0) found.push(`${prefix}${i}`);
  }
  return found;
};

export function profileStoreContract(
  name: string,
  open: (t: TestContext) => Promise<ProfileStoreWorld>,
): void {
  const readOne = async ({ store }: ProfileStoreWorld, profile: string): Promise<unknown> =>
    (await store.read(profileId(profile), [FOLD]))[0];

  test(`${name}: what was committed is read as it was, of any shape and under any name`, async (t) => {
    const world = await open(t);
    const odd = names('o/ä 漢\u{1f600}?', 1)[0]!;
    const long = names('x'.repeat(120), 1)[0]!;
    const states = {
      [odd]: { list: [1, 'two', null, -0.1, 2 ** 40, Infinity], nested: { map: new Map([['k', [1]]]) } },
      [long]: {
        bytes: Uint8Array.of(1, 2),
        numbers: Float64Array.of(0.1, NaN),
        words: Uint16Array.of(65535),
      },
      [names('big', 1)[0]!]: { text: 'é'.repeat(200_000), empty: '', none: [] },
    };
    await (await takeOver(world.owner('a'), 0)).commit(states);
    await world.settled();
    for (const [profile, state] of Object.entries(states))
      assert.deepEqual(await readOne(world, profile), state);
  });

  test(`${name}: a later commit replaces, and what is forgotten or was never there is undefined`, async (t) => {
    const world = await open(t);
    const [kept, changed, gone, never] = names('p', 4) as [string, string, string, string];
    const owner = await takeOver(world.owner('a'), 0);
    await owner.commit({ [kept]: 1, [changed]: 1, [gone]: 1 });
    await owner.commit({ [changed]: 2, [gone]: undefined });
    await world.settled();
    const read = await Promise.all([kept, changed, gone, never].map((one) => readOne(world, one)));
    assert.deepEqual(read, [1, 2, undefined, undefined]);
    await owner.commit({ [gone]: 3 });
    await world.settled();
    assert.equal(await readOne(world, gone), 3);
  });

  test(`${name}: several folds are read at once, each its own`, async (t) => {
    const world = await open(t);
    const other = { name: 'other', version: 1 };
    const [both, one] = names('p', 2) as [string, string];
    await (await takeOver(world.owner('a'), 0)).commit({ [both]: 'first', [one]: 'only' });
    await (await takeOver(world.owner('a', other), 0)).commit({ [both]: 'second' });
    await world.settled();
    assert.deepEqual(await world.store.read(profileId(both), [other, FOLD]), ['second', 'first']);
    assert.deepEqual(await world.store.read(profileId(one), [FOLD, other]), ['only', undefined]);
  });

  test(`${name}: a partition that nothing was stored of is unavailable, not empty`, async (t) => {
    const world = await open(t);
    const isUnavailable = (error: unknown): boolean => isMarqueeError(error, 'PROFILES_UNAVAILABLE');
    const [profile] = names('p', 1) as [string];
    await assert.rejects(readOne(world, profile), isUnavailable);
    const elsewhere = await takeOver(world.owner('a'), 1);
    await elsewhere.commit({});
    await world.settled();
    await assert.rejects(readOne(world, profile), isUnavailable);
    await takeOver(world.owner('a'), 0);
    await world.settled();
    assert.equal(await readOne(world, profile), undefined);
  });

  test(`${name}: state of another version is none`, async (t) => {
    const world = await open(t);
    const [profile] = names('p', 1) as [string];
    await (await takeOver(world.owner('a'), 0)).commit({ [profile]: 'new' });
    await world.settled();
    const newer = { ...FOLD, version: FOLD.version + 1 };
    const read = world.store.read(profileId(profile), [newer]);
    await assert.rejects(read, (error: unknown) => isMarqueeError(error, 'PROFILES_UNAVAILABLE'));
  });

  test(`${name}: an owner that slept through its takeover changes nothing that its successor said`, async (t) => {
    const world = await open(t);
    const [profile, forgotten] = names('p', 2) as [string, string];
    const old = await takeOver(world.owner('a'), 0);
    await old.commit({ [profile]: 'old', [forgotten]: 'old' });
    await world.settled();
    const successor = await takeOver(world.owner('b'), 0);
    await successor.commit({ [profile]: 'new', [forgotten]: undefined });
    await world.settled();
    await old.commit({ [profile]: 'late', [forgotten]: 'late' }).catch((error: unknown) => {
      assert.ok(isMarqueeError(error, 'STATE_MOVED'));
    });
    await world.settled();
    assert.deepEqual([await readOne(world, profile), await readOne(world, forgotten)], ['new', undefined]);
  });

  test(`${name}: thousands of profiles over many commits read as they were committed last`, async (t) => {
    const world = await open(t);
    const random = createRandom(11);
    const profiles = names('q', 1500);
    const expected = new Map<string, unknown>();
    const owner = await takeOver(world.owner('a'), 0);
    for (let n = 0; n < 20; n += 1) {
      const some: Record<string, unknown> = {};
      for (let i = random.below(400); i >= 0; i -= 1) {
        some[profiles[random.below(profiles.length)]!] = random.chance(0.1) ? undefined : { n, i };
      }
      await owner.commit(some);
      for (const [profile, state] of Object.entries(some)) expected.set(profile, state);
    }
    await world.settled();
    for (const profile of profiles) assert.deepEqual(await readOne(world, profile), expected.get(profile));
  });
}
