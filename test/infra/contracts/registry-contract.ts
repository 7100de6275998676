import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { parseContract } from '../../../domain/contracts/read-contract.ts';
import { isMarqueeError, type ErrorCode } from '../../../domain/errors.ts';
import { region } from '../../../domain/ids.ts';
import { createContractRegistry } from '../../../infra/contracts/registry.ts';
import type { ObjectStore } from '../../../infra/object-store/port.ts';

const NOW = '2026-02-03T04:05:06.000Z';
const refusedAs =
  (code: ErrorCode) =>
  (error: unknown): boolean =>
    isMarqueeError(error, code);

export const contractOf = (kinds: object, producer = 'tv', appVersions = '*') =>
  parseContract(JSON.stringify({ producer, appVersions, kinds }), 'test');
const REQUIRED = contractOf({ rate: { required: ['device', 'sessionId'] } });
const WITH_PAGE = contractOf({
  rate: { required: ['device', 'sessionId'], optional: { pageId: { share: 0.5 } } },
});
const LESS = contractOf({ rate: { required: ['sessionId'] } });

/** What the registry must do, whatever store it is on. */
export function registryContract(name: string, open: () => ObjectStore): void {
  const fresh = () => {
    const here = region(`t-${randomUUID().slice(0, 8)}`);
    const store = open();
    return {
      store,
      here,
      registry: createContractRegistry({ store, region: here, now: () => new Date(NOW) }),
    };
  };

  test(`${name}: versions are numbered from 1 and read back as they were registered`, async () => {
    const { registry } = fresh();
    assert.deepEqual([await registry.newest('tv'), await registry.producers()], [undefined, []]);
    const first = await registry.register(REQUIRED);
    assert.deepEqual([first.outcome, first.registered.version, first.findings], ['registered', 1, []]);
    const second = await registry.register(WITH_PAGE);
    assert.deepEqual(
      second.findings.map(({ code }) => code),
      ['attribute-added'],
    );
    await registry.register(contractOf({ browse: {} }, 'web'));
    assert.deepEqual(await registry.producers(), ['tv', 'web']);
    assert.deepEqual(await registry.history('tv'), [
      { version: 2, registeredAt: NOW, forced: null, contract: WITH_PAGE },
      { version: 1, registeredAt: NOW, forced: null, contract: REQUIRED },
    ]);
    assert.deepEqual(await registry.newest('tv'), (await registry.history('tv'))[0]);
    await assert.rejects(registry.read('tv', 3), refusedAs('CONTRACT_NOT_FOUND'));
    await assert.rejects(registry.read('phone', 1), refusedAs('CONTRACT_NOT_FOUND'));
  });

  test(`${name}: registering the same again changes nothing`, async () => {
    const { registry } = fresh();
    await registry.register(REQUIRED);
    const again = await registry.register({ ...REQUIRED, description: 'in other words' });
    assert.deepEqual([again.outcome, again.registered.version], ['unchanged', 1]);
    assert.equal((await registry.history('tv')).length, 1);
    const other = await registry.register(
      contractOf({ rate: { required: ['device', 'sessionId'] } }, 'tv', '>=9'),
    );
    assert.deepEqual([other.outcome, other.registered.version], ['registered', 2]);
  });

  test(`${name}: an incompatible version is refused with every finding and not stored`, async () => {
    const { registry } = fresh();
    await registry.register(WITH_PAGE);
    const worse = contractOf({ rate: { required: ['region'] }, browse: {} });
    const check = await registry.check(worse);
    assert.equal(check.newest?.version, 1);
    await assert.rejects(
      registry.register(worse),
      (error) =>
        isMarqueeError(error, 'CONTRACT_INCOMPATIBLE') &&
        error.message.includes('rate.device: attribute-removed') &&
        error.message.includes('rate.sessionId: attribute-removed') &&
        error.message.includes('rate.region: attribute-added') &&
        !error.message.includes('pageId'),
    );
    assert.deepEqual(
      (await registry.history('tv')).map(({ version }) => version),
      [1],
    );
  });

  test(`${name}: forced through, it keeps the reason and what it breaks; a reason without need is not kept`, async () => {
    const { registry } = fresh();
    await registry.register(REQUIRED, 'nothing to force');
    const { registered } = await registry.register(LESS, 'the field is gone from every device');
    assert.deepEqual(registered.forced, {
      reason: 'the field is gone from every device',
      findings: ['rate.device: attribute-removed, readers of the older contract require it (breaks forward)'],
    });
    assert.deepEqual(
      (await registry.history('tv')).map(({ forced }) => forced?.reason),
      ['the field is gone from every device', undefined],
    );
  });

  test(`${name}: of registrations that race each gets a number of its own, or is refused by who came first`, async () => {
    const { registry } = fresh();
    await registry.register(contractOf({ rate: {} }));
    const shares = Array.from({ length: 12 }, (_, i) =>
      contractOf({ rate: { optional: { pageId: { share: i / 100 } } } }),
    );
    const all = await Promise.all(shares.map((contract) => registry.register(contract)));
    assert.deepEqual(
      all.map(({ registered }) => registered.version).sort((a, b) => a - b),
      Array.from({ length: 12 }, (_, i) => i + 2),
    );
    const rivals = [
      contractOf({ rate: { extra: { x: { types: ['string'], share: 0.5 } } } }),
      contractOf({ rate: { extra: { x: { types: ['object'], share: 0.5 } } } }),
    ];
    const outcomes = await Promise.allSettled(rivals.map((contract) => registry.register(contract)));
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    assert.equal(refused.length, 1, 'whoever comes second has another type for the same attribute');
  });

  test(`${name}: a damaged object is named, and the other contracts are still judged by`, async () => {
    const { registry, store, here } = fresh();
    await registry.register(REQUIRED);
    await registry.register(contractOf({ browse: {} }, 'web'));
    await store.put(`${here}/contracts/tv/00000002.json`, new TextEncoder().encode('{"version":2,'));
    await assert.rejects(registry.newest('tv'), refusedAs('CONTRACT_INVALID'));
    await assert.rejects(registry.register(WITH_PAGE), refusedAs('CONTRACT_INVALID'));
    const { contracts, damaged } = await registry.book();
    assert.deepEqual(damaged, [`${here}/contracts/tv/00000002.json`]);
    assert.deepEqual(
      ['tv', 'web', 'phone'].map((producer) => contracts.inForce(producer, '9')?.version),
      [1, 1, undefined],
    );
  });
}
