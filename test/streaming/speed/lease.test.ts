import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { region } from '../../../domain/ids.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import { createLease } from '../../../streaming/speed/lease.ts';

const place = { region: region('eu'), topic: 'plays.g1', partition: 2 } as const;

test('every owner gets an epoch of its own, also when twenty race for it', async () => {
  const store = createMemoryObjectStore();
  const leases = Array.from({ length: 20 }, (_, i) => createLease({ ...place, store, owner: `owner-${i}` }));
  const epochs = await Promise.all(leases.map((lease) => lease.acquire()));
  assert.deepEqual(
    epochs.toSorted((x, y) => x - y),
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
});

test('a lease that holds no epoch is refused, not started from one again', async () => {
  const store = createMemoryObjectStore();
  await store.put('eu/leases/plays.g1/2.json', new TextEncoder().encode('{"epoch":'));
  const lease = createLease({ ...place, store, owner: 'x' });
  await assert.rejects(lease.acquire(), (error) => isMarqueeError(error, 'CHECKPOINT_CORRUPT'));
});
