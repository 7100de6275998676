import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMarqueeError, MarqueeError } from '../../../domain/errors.ts';
import { profileId } from '../../../domain/ids.ts';
import { createMetrics } from '../../../infra/metrics.ts';
import type { GuardSettings } from '../../../infra/resilience/guard.ts';
import { guardProfiles } from '../../../serving/profiles/guarded.ts';
import { NOBODY } from '../../support/serving.ts';

const SETTINGS: GuardSettings = {
  ...{ deadlineMs: 20, mostAtOnce: 50, hedgeAfterMs: 5, hedgeMostShare: 0.1 },
  ...{ breakerReads: 4, breakerShare: 0.5, breakerPauseMs: 60_000 },
};
const P = profileId('p');

const seriesOf = async (metrics: ReturnType<typeof createMetrics>, pattern: RegExp): Promise<string[]> =>
  (await metrics.render()).split('\n').filter((line) => pattern.test(line) && !line.startsWith('#'));

test('a store that hangs costs the deadline a few times, then nothing, and every verb says so', async () => {
  const metrics = createMetrics();
  let asked = 0;
  const hanging = () => {
    asked += 1;
    return sleep(1000, undefined, { ref: false });
  };
  const reader = guardProfiles({ ...NOBODY, signalsOf: hanging, watchingOf: hanging }, SETTINGS, metrics);
  for (let n = 0; n < 10; n += 1) {
    await assert.rejects(reader.signalsOf(P), { code: 'PROFILES_UNAVAILABLE' });
    await assert.rejects(reader.watchingOf(P), { code: 'PROFILES_UNAVAILABLE' });
  }
  assert.equal(asked, 4, 'two reads, each sent twice, before the breaker opens');
  assert.deepEqual(await seriesOf(metrics, /reads_total\{outcome="(late|refused)"/), [
    'marquee_profile_reads_total{outcome="late"} 2',
    'marquee_profile_reads_total{outcome="refused"} 18',
  ]);
  assert.deepEqual(await seriesOf(metrics, /^marquee_profile_breaker_open/), [
    'marquee_profile_breaker_open 1',
  ]);
});

test('whatever a store throws, also garbage it could not read, is PROFILES_UNAVAILABLE', async () => {
  const broken = () => {
    throw new RangeError('Offset is outside the bounds');
  };
  const reader = guardProfiles({ ...NOBODY, memoryOf: broken }, SETTINGS, createMetrics());
  await assert.rejects(reader.memoryOf(P), (error) => {
    assert.ok(isMarqueeError(error, 'PROFILES_UNAVAILABLE'));
    assert.match(error.message, /outside the bounds/);
    return true;
  });
});

test('a partition that nothing is known of does not keep the others from being asked', async () => {
  const unknown = () => Promise.reject(new MarqueeError('PROFILES_UNAVAILABLE', { reason: 'no copy yet' }));
  const reader = guardProfiles({ ...NOBODY, memoryOf: unknown }, SETTINGS, createMetrics());
  for (let n = 0; n < 20; n += 1) await assert.rejects(reader.memoryOf(P), /no copy yet/);
  assert.equal(await reader.titlePairsOf(P), undefined);
});

test('what a store answers is handed on as it is', async () => {
  const state = { standing: [] } as never;
  const reader = guardProfiles({ ...NOBODY, memoryOf: async () => state }, SETTINGS, createMetrics());
  assert.equal(await reader.memoryOf(P), state);
});

test('rows that were ranked ahead are asked for while state is not, and the other way round', async () => {
  const broken = () => Promise.reject(new Error('it is gone'));
  const reader = guardProfiles({ ...NOBODY, watchingOf: broken }, SETTINGS, createMetrics());
  for (let n = 0; n < 20; n += 1) await assert.rejects(reader.watchingOf(P));
  await assert.rejects(reader.memoryOf(P));
  assert.equal(await reader.rowsOf(P), undefined);
  const other = guardProfiles({ ...NOBODY, rowsOf: broken }, SETTINGS, createMetrics());
  for (let n = 0; n < 20; n += 1) await assert.rejects(other.rowsOf(P));
  assert.equal(await other.watchingOf(P), undefined);
});
