import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { testConfig, testEnvironment } from '../support/stack.ts';
import { loadWithCpu, PATIENT, phasesOf, runMatrix, type PhaseResult } from './serving/matrix.ts';
import { FLOOD, runOverload } from './serving/overload.ts';
import { DEPENDENCIES, openPlace, untilWhole, type Place } from './serving/place.ts';
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

/** No profile store is configured here: who is known is known by rows made ahead alone. */
function assertWhole({ name, requests, good, faults, modes }: PhaseResult): void {
  assert.ok(requests >= 30, `${name}: ${requests} requests`);
  assert.deepEqual(faults, [], name);
  assert.equal(good, requests, name);
  assert.ok((modes['offline'] ?? 0) > 0, `${name}: ${JSON.stringify(modes)}`);
}

test('with every dependency dead, slow or talking nonsense each request is answered, and none of it stays', async () => {
  await untilWhole(place, 30_000);
  const phases = phasesOf({ alone: false });
  const results = await runMatrix(place, phases, { perSecond: 50, forMs: 1200, restMs: 0 });
  assert.equal(results.length, 4);
  for (const result of results) assertWhole(result);
  assert.equal(place.process().hasEnded(), false);
  await untilWhole(place, 30_000);
});

test('a flood of prefetches costs prefetches, and no home page', async () => {
  await place.restart({});
  await untilWhole(place, 30_000);
  const result = await runOverload({ url: place.url(), forMs: 3000, ...FLOOD });
  const { home, homeKeptShare, prefetchShedShare, prefetches, offeredTimes } = result;
  const told = `${offeredTimes.toFixed(1)} times as many as can be answered, ${prefetches} prefetches`;
  assert.ok(offeredTimes > 1, told);
  assert.ok(homeKeptShare >= LEAST_KEPT, `${homeKeptShare} kept; ${home.faults.join('; ')}`);
  assert.ok(prefetchShedShare > 0, told);
});

test('a process that starts with everything dead answers from its disk, models and rows made ahead among it', async () => {
  for (const one of DEPENDENCIES) place.harm(one, 'dead');
  await place.restart();
  const load = await loadWithCpu(place, { perSecond: 50, forMs: 1200, seed: 9 });
  assertWhole({ name: 'start', harmed: DEPENDENCIES, ...load });
  assert.equal(load.sources['merged'], undefined);
});
