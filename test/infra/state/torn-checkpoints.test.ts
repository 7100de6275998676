/** Whatever is torn or gone of a partition's newest checkpoint: nothing is less than it was, and both at once are told. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createRandom } from '../../../domain/random.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import type { ObjectStore } from '../../../infra/object-store/port.ts';
import { sha256Of } from '../../../infra/state/checkpoint-part.ts';
import { covered, fold, goOn, leave } from '../../support/folded-log.ts';
import {
  commitTo,
  createMachines,
  positionsAt,
  PREFIX,
  seed,
  stateOf,
  type Machine,
} from '../../support/machines.ts';
import { BEFORE, harm, manifestIn, NEWEST, type Harm } from '../../support/torn-checkpoints.ts';

const HARMS: readonly Harm[] = ['torn', 'missing'];
const machines = createMachines();
after(machines.close);
let count = 0;
const start = (store: ObjectStore, name = `m-${(count += 1)}`): Machine => machines.start(name, store);

async function left(): Promise<{ store: ObjectStore; epoch: number }> {
  const store = createMemoryObjectStore();
  return { store, epoch: await leave(start(store), store) };
}

for (const how of HARMS) {
  test(`with any part ${how}, another machine goes on from the checkpoint before, and no state is less`, async () => {
    const kinds = new Set<string>();
    const parts = (await manifestIn((await left()).store, PREFIX, NEWEST))!.parts.length;
    for (let at = 0; at < parts; at += 1) {
      const { store, epoch } = await left();
      const part = (await manifestIn(store, PREFIX, NEWEST))!.parts[at]!;
      kinds.add(part.kind);
      await harm(store, part.key, how);
      const b = start(store);
      assert.equal((await goOn(b, await covered(store), 25)).from, 10);
      assert.deepEqual(b.discarded, ['before']);
      assert.ok((await manifestIn(store, PREFIX, NEWEST))!.epoch > epoch);
      await b.partition.checkpoint();
      assert.equal((await goOn(start(store), await covered(store), 26)).from, 25);
    }
    assert.deepEqual([...kinds].toSorted(), ['changes', 'entries', 'timers']);
  });

  test(`with the manifest ${how} as well, and whoever finds it first gone at once`, async () => {
    const { store } = await left();
    await harm(store, `${PREFIX}/${NEWEST}`, how);
    // It leaves without having written anything.
    await start(store).partition.open();
    const b = start(store);
    assert.equal((await goOn(b, 10, 25)).from, 10);
    for (let i = 0; i < 2; i += 1) await b.partition.checkpoint();
    assert.equal(await covered(store), 10);
    const c = start(store);
    assert.equal((await goOn(c, 10, 26)).from, 25);
    assert.deepEqual(c.discarded, []);
  });

  for (const what of ['a part', 'the manifest'] as const)
    test(`with ${what} of both ${how} it is told, and the log is read from 0`, async () => {
      const { store } = await left();
      for (const which of [NEWEST, BEFORE] as const) {
        const [part] = (await manifestIn(store, PREFIX, which))!.parts;
        await harm(store, what === 'a part' ? part!.key : `${PREFIX}/${which}`, how);
      }
      // The first to find it is gone before it has written anything; the next one has to tell it as well.
      for (let i = 0; i < 2; i += 1) {
        const b = start(store);
        const { positions, isOlder } = await b.partition.open();
        assert.deepEqual(
          { positions, isOlder, told: b.discarded },
          { positions: {}, isOlder: true, told: ['nothing'] },
        );
      }
      const c = start(store);
      const { epoch } = await c.partition.open();
      await fold(c, epoch, 0, 5);
      for (let i = 0; i < 2; i += 1) await c.partition.checkpoint();
      const d = start(store);
      assert.equal((await goOn(d, 0, 6)).from, 5);
      assert.deepEqual(d.discarded, []);
    });
}

for (const how of ['torn', 'missing', 'another'] as const) {
  test(`a checkpoint with a part that is ${how} is discarded: state of the machine, else the log`, async () => {
    const store = createMemoryObjectStore();
    const a = start(store);
    const epoch = await seed(a);
    await a.partition.checkpoint();
    await commitTo(a, epoch, 5, { p: [5] });
    await a.partition.release();
    const parts = await store.list(`${PREFIX}/parts/`);
    const { key } = parts.at(-1)!;
    if (how === 'missing') await store.delete(key);
    else {
      const { body } = (await store.get(how === 'torn' ? key : parts[0]!.key))!;
      await store.put(key, how === 'torn' ? body.subarray(0, body.length - 3) : body);
    }
    const b = start(store);
    const found = await b.partition.open();
    assert.deepEqual(found.positions, {});
    assert.equal(b.partition.get('p'), undefined);
    await commitTo(b, found.epoch, 2, { p: [2] });
    await b.partition.release();
    const c = start(store);
    assert.deepEqual((await c.partition.open()).positions, positionsAt(2));
    assert.deepEqual(c.partition.get('p')?.state, stateOf(2));
  });
}

test('a torn manifest is discarded, whatever byte was lost or turned, and the machine goes on from what it has', async () => {
  const store = createMemoryObjectStore();
  const a = start(store);
  await seed(a);
  await a.partition.release();
  const whole = (await store.get(`${PREFIX}/manifest`))!.body;
  for (let at = 0; at < whole.length; at += 41) {
    const turned = Uint8Array.from(whole);
    turned[at]! ^= 0x40;
    await store.put(`${PREFIX}/manifest`, at % 2 === 0 ? turned : whole.subarray(0, at));
    assert.deepEqual((await a.partition.open()).positions, positionsAt(3));
  }
  await store.delete(`${PREFIX}/manifest`);
  assert.deepEqual((await a.partition.open()).positions, positionsAt(3));
  assert.deepEqual(new Set(a.discarded), new Set(['machine']));
  await a.partition.release();
  const b = start(store);
  assert.deepEqual((await b.partition.open()).positions, positionsAt(3));
  assert.deepEqual(b.partition.get('s'), { state: stateOf(9), wakeAt: 70 });
});

test('a manifest torn at any byte is not gone on from', async () => {
  const { store } = await left();
  const { body } = (await store.get(`${PREFIX}/${NEWEST}`))!;
  for (let at = 0; at < body.length; at += 29) {
    const turned = Uint8Array.from(body);
    turned[at]! ^= 0x40;
    await store.put(`${PREFIX}/${NEWEST}`, at % 2 === 0 ? turned : body.subarray(0, at));
    assert.deepEqual((await start(store).partition.open()).positions, positionsAt(10));
  }
});

test('nothing was ever written: that is no loss', async () => {
  const store = createMemoryObjectStore();
  for (let i = 0; i < 2; i += 1) {
    const one = start(store);
    const { positions, isOlder } = await one.partition.open();
    assert.deepEqual([positions, isOlder, one.discarded], [{}, false, []]);
  }
});

test('a part, or a manifest, of which one reply is torn is read a second time', async () => {
  const { store } = await left();
  const torn = new Set<string>();
  const tearing: ObjectStore = {
    ...store,
    async get(key) {
      const found = await store.get(key);
      if (found === undefined || key.endsWith('.json') || torn.has(key)) return found;
      torn.add(key);
      return { ...found, body: found.body.subarray(1) };
    },
  };
  const b = start(tearing);
  assert.equal((await goOn(b, 19, 25)).from, 19);
  assert.ok(torn.size > 4, [...torn].join(' '));
  assert.deepEqual(b.discarded, []);
});

/** Whether the checkpoint before can stand in: it shares no part with the newest, and none of its own is harmed. */
async function hasSpare(store: ObjectStore): Promise<boolean> {
  const [newest, before] = [await manifestIn(store, PREFIX, NEWEST), await manifestIn(store, PREFIX, BEFORE)];
  if (newest === undefined || before === undefined) return false;
  const named = new Set(newest.parts.map(({ key }) => key));
  for (const { key, sha256 } of before.parts) {
    const found = await store.get(key);
    if (named.has(key) || found === undefined || sha256Of(found.body) !== sha256) return false;
  }
  return true;
}

test('through moves, kills and harm at every other one nothing is less, with the log trimmed behind both', async () => {
  const random = createRandom(7);
  const store = createMemoryObjectStore();
  let [to, trimmed, discarded] = [0, 0, 0];
  for (let move = 0; move < 80; move += 1) {
    if (random.chance(0.6) && (await hasSpare(store))) {
      const { parts } = (await manifestIn(store, PREFIX, NEWEST))!;
      const key = parts[random.below(parts.length + 1)]?.key ?? `${PREFIX}/${NEWEST}`;
      await harm(store, key, HARMS[random.below(2)]!, random.next());
    }
    const name = random.chance(0.3) ? 'many-again' : `many-${move}`;
    const machine = machines.start(name, store, { maxParts: 1 + random.below(4) });
    const { epoch } = await goOn(machine, trimmed, (to += 1 + random.below(9)));
    for (let i = random.below(5); i > 0; i -= 1) {
      await machine.partition.checkpoint();
      if (random.chance(0.6)) await fold(machine, epoch, to, (to += 1));
    }
    if (random.chance(0.3)) await machine.partition.release();
    trimmed = Math.max(trimmed, await covered(store));
    discarded += machine.discarded.length;
    await machine.close();
  }
  assert.ok(discarded > 8, `${discarded} checkpoints were discarded`);
  assert.ok(trimmed > to / 2, `${trimmed} of ${to} records were trimmed`);
});
