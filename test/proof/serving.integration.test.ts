import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { testConfig, testEnvironment } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { PATIENT, phasesOf, runMatrix } from './serving/matrix.ts';
import { FLOOD, runOverload } from './serving/overload.ts';
import { openPlace, type Place } from './serving/place.ts';
import { LEAST_KEPT } from './serving/verdict.ts';

let place: Place;

before(async () => {
  const { region, dataDir } = testConfig();
  const folder = join(dataDir, 'proof');
  place = await openPlace({
    environment: testEnvironment(),
    region,
    folder,
    titles: 300,
    slowByMs: 5000,
    settings: PATIENT,
  });
});

after(() => place.close());

const sourceOf = async (): Promise<unknown> =>
  ((await (await fetch(`${place.url()}/v1/rows/trending`)).json()) as { source: unknown }).source;

test('with every dependency dead, slow or talking nonsense each request is answered, and none of it stays', async () => {
  await until(async () => (await sourceOf()) === 'merged', 30_000);
  const phases = phasesOf({ alone: false });
  const results = await runMatrix(place, phases, { perSecond: 50, forMs: 1200, restMs: 0 });
  assert.equal(results.length, 4);
  for (const { name, requests, good, faults } of results) {
    assert.ok(requests >= 30, `${name}: ${requests} requests`);
    assert.deepEqual(faults, [], name);
    assert.equal(good, requests, name);
  }
  assert.equal(place.process().hasEnded(), false);
  await until(async () => (await sourceOf()) === 'merged', 30_000);
});

test('a flood of prefetches costs prefetches, and no home page', async () => {
  await place.restart({});
  await until(async () => (await sourceOf()) === 'merged', 30_000);
  const result = await runOverload({ url: place.url(), forMs: 3000, ...FLOOD });
  const { home, homeKeptShare, prefetchShedShare, prefetches, offeredTimes } = result;
  const told = `${offeredTimes.toFixed(1)} times as many as can be answered, ${prefetches} prefetches`;
  assert.ok(offeredTimes > 1, told);
  assert.ok(homeKeptShare >= LEAST_KEPT, `${homeKeptShare} kept; ${home.faults.join('; ')}`);
  assert.ok(prefetchShedShare > 0, told);
});

test('a process that starts with everything dead answers from its disk', async () => {
  for (const one of ['kafka', 's3', 'temporal', 'profiles', 'catalogue'] as const) place.harm(one, 'dead');
  await place.restart();
  const row = (await (await fetch(`${place.url()}/v1/home?country=DE`)).json()) as {
    rows: readonly { items: readonly unknown[] }[];
  };
  assert.ok(row.rows.some(({ items }) => items.length > 0));
  assert.notEqual(await sourceOf(), 'merged');
});
