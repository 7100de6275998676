import assert from 'node:assert/strict';
import { test } from 'node:test';
import { country, profileId, region, titleId } from '../../../domain/ids.ts';
import { createSpeedFold, startAt, type SpeedFold } from '../../../domain/speed-fold.ts';
import { silentLog } from '../../../infra/log.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import { createCheckpoints } from '../../../streaming/speed/checkpoints.ts';

const shape = { topic: 'plays', partition: 1, blockSize: 64, slots: 4 } as const;
const KEY = 'eu/checkpoints/speed/plays.g1/1.bin';

function foldOf(count: number) {
  const fold = createSpeedFold(shape, startAt(0, -1));
  foldInto(fold, 0, count);
  return fold;
}

function foldInto(fold: SpeedFold, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    fold.step(i, {
      rawOffset: i,
      appendTime: 1000 * i,
      profileId: profileId(`p${i % 5}`),
      playId: `x${i % 6}`,
      viewedSeconds: 130,
      profileHash: i * 2 ** 40,
      timeStatus: 'ok',
      kind: i % 2 === 0 ? 'play_start' : 'play_stop',
      eventTime: 300_000 * i,
      country: country('SE'),
      titleId: titleId(`t${i % 7}`),
    });
  }
}

const open = (store = createMemoryObjectStore()) => ({
  store,
  session: () =>
    createCheckpoints({ store, region: region('eu'), topic: 'plays.g1', shape, log: silentLog() }),
});

test('a fold goes on from its checkpoint as if it had never stopped', async () => {
  const { session } = open();
  const fold = foldOf(20);
  await session().save(fold.checkpoint());
  const loaded = await session().load();
  assert.ok(loaded);
  const resumed = createSpeedFold(shape, loaded);
  assert.equal(resumed.position(), 20);
  // What is remembered goes on too: who has used up a cap, and what was proven.
  for (const one of [fold, resumed]) foldInto(one, 20, 50);
  const markerOf = (one: typeof fold) => one.flush(9, true).at(-1)?.value;
  assert.deepEqual(markerOf(resumed), markerOf(fold));
});

test('a torn checkpoint is discarded, whatever byte was lost or turned', async () => {
  const { store, session } = open();
  await session().save(foldOf(20).checkpoint());
  const whole = (await store.get(KEY))!.body;
  for (let at = 0; at < whole.length; at += 37) {
    const turned = Uint8Array.from(whole);
    turned[at]! ^= 0x40;
    for (const torn of [whole.subarray(0, at), turned]) {
      await store.put(KEY, torn);
      assert.equal(await session().load(), undefined);
    }
  }
});

test('an owner that did not see the newest checkpoint leaves it alone, unless it is further on itself', async () => {
  const { session } = open();
  const [stale, current] = [session(), session()];
  assert.equal(await stale.load(), undefined);
  assert.equal(await current.load(), undefined);
  await current.save(foldOf(30).checkpoint());
  await stale.save(foldOf(10).checkpoint());
  assert.equal((await session().load())?.position, 30);
  const [other, further] = [session(), session()];
  await Promise.all([other.load(), further.load()]);
  await other.save(foldOf(31).checkpoint());
  await further.save(foldOf(40).checkpoint());
  assert.equal((await session().load())?.position, 40);
});
