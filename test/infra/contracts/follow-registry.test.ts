import assert from 'node:assert/strict';
import { test } from 'node:test';
import { region } from '../../../domain/ids.ts';
import { followContracts } from '../../../infra/contracts/follow-registry.ts';
import { createContractRegistry } from '../../../infra/contracts/registry.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import type { ObjectStore } from '../../../infra/object-store/port.ts';
import { until } from '../../support/until.ts';
import { contractOf } from './registry-contract.ts';

test('new contracts come by themselves; a store that fails leaves the book from before, a damaged object is told', async () => {
  const memory = createMemoryObjectStore();
  let isDown = false;
  const store: ObjectStore = {
    ...memory,
    async list(prefix, options) {
      if (isDown) throw new Error('down');
      return memory.list(prefix, options);
    },
  };
  const registry = createContractRegistry({ store, region: region('eu') });
  const errors: unknown[] = [];
  const damaged = new Set<string>();
  const contracts = followContracts({
    registry,
    intervalMs: 5,
    onError: (error) => errors.push(error),
    onDamaged: (keys) => keys.forEach((key) => damaged.add(key)),
  });
  assert.equal(contracts.current().inForce('tv', '9'), undefined);
  const inForce = () => contracts.current().inForce('tv', '9')?.version;
  await registry.register(contractOf({ rate: {} }));
  await until(() => inForce() === 1);
  isDown = true;
  await until(() => errors.length > 1);
  assert.equal(inForce(), 1);
  isDown = false;
  await registry.register(contractOf({ rate: {}, browse: {} }));
  await until(() => inForce() === 2);
  await store.put('eu/contracts/tv/00000003.json', new TextEncoder().encode('{'));
  await until(() => damaged.size > 0);
  assert.deepEqual([[...damaged], inForce()], [['eu/contracts/tv/00000003.json'], 2]);
  await contracts.stop();
  const count = errors.length;
  isDown = true;
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(errors.length, count, 'a stopped one reads no more');
});
