import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLease, type LeaseOptions } from '../../../infra/lease/lease.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';

const KEY = 'eu/leases/keyed/attribution/g1/2.json';
const at = (seconds: number) => () => seconds * 1000;

test('every owner gets an epoch of its own, also when twenty race for it', async () => {
  const store = createMemoryObjectStore();
  const leases = Array.from({ length: 20 }, (_, i) =>
    createLease({ store, key: KEY, owner: `owner-${i}`, clock: at(5) }),
  );
  const epochs = await Promise.all(leases.map((lease) => lease.take()));
  assert.deepEqual(
    epochs.toSorted((x, y) => x - y),
    Array.from({ length: 20 }, (_, i) => i + 5),
  );
});

test('epochs follow the clock forward, and grow though it steps back an hour', async () => {
  const store = createMemoryObjectStore();
  const take = (seconds: number, atLeast?: number): Promise<number> =>
    createLease({ store, key: KEY, owner: 'x', clock: at(seconds) }).take(atLeast);
  assert.equal(await take(10_000), 10_000);
  assert.equal(await take(10_050), 10_050);
  assert.equal(await take(10_050 - 3600), 10_051);
  assert.equal(await take(10_050 - 3600, 10_500), 10_500);
});

test('an owner whose lease was taken cannot renew it, and gives nothing away by releasing it', async () => {
  const store = createMemoryObjectStore();
  const [old, young] = ['old', 'young'].map((owner) => createLease({ store, key: KEY, owner, clock: at(7) }));
  const first = await old!.take();
  assert.equal(await old!.renew(first), 8);
  const second = await young!.take();
  await assert.rejects(old!.renew(8), { code: 'LEASE_LOST' });
  await old!.release(8);
  assert.equal(await young!.renew(second), 10);
});

test('a new owner waits for the one before to hand over, but not for ever, and not for its own machine', async () => {
  const store = createMemoryObjectStore();
  const lease = (owner: string) => createLease({ store, key: KEY, owner, handoverMs: 400, clock: at(7) });
  const epoch = await lease('a').take();
  let isReleased = false;
  const taken = lease('b')
    .take()
    .then(() => isReleased);
  setTimeout(() => {
    isReleased = true;
    void lease('a').release(epoch);
  }, 150);
  assert.equal(await taken, true);
  // Nobody releases this one.
  assert.equal(await lease('c').take(), 9);
  isReleased = false;
  assert.equal(await lease('c').take(), 10);
});

test(
  'who waits for the one before takes nothing, and waits no longer, once its own turn has passed',
  {
    timeout: 10_000,
  },
  async () => {
    const store = createMemoryObjectStore();
    const lease = (owner: string) =>
      createLease({ store, key: KEY, owner, handoverMs: 60_000, clock: at(7) });
    await lease('a').take();
    let isOver = false;
    const taken = lease('b').take(0, () => isOver);
    isOver = true;
    await assert.rejects(taken, { code: 'LEASE_LOST' });
    assert.equal(await lease('a').renew(7), 8);
  },
);

test('an object store that answers slowly makes a new owner look less often, not wait longer', async () => {
  const store = createMemoryObjectStore();
  await createLease({ store, key: KEY, owner: 'gone', clock: at(7) }).take();
  let reads = 0;
  const slow: LeaseOptions['store'] = {
    ...store,
    async get(key) {
      reads += 1;
      await sleep(300);
      return store.get(key);
    },
  };
  // There is time for two reads, not for the six that lie 100 ms apart.
  const lease = createLease({ store: slow, key: KEY, owner: 'next', handoverMs: 500, clock: at(7) });
  assert.equal(await lease.take(), 8);
  assert.ok(reads <= 2, `${reads} reads`);
});

test('a lease that holds no epoch is refused, not started from one again', async () => {
  const store = createMemoryObjectStore();
  await store.put(KEY, new TextEncoder().encode('{"epoch":'));
  const lease = createLease({ store, key: KEY, owner: 'x' });
  await assert.rejects(lease.take(), { code: 'CHECKPOINT_CORRUPT' });
});
