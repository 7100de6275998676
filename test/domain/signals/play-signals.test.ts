import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY_MS, MINUTE_MS } from '../../../domain/time.ts';
import { playSignals, runSignals, standingOf } from '../../support/signal-runs.ts';
import { ep, movie, T0 } from './play-cases.ts';

test('an upsert names profile, signal and occurrence, and its version is the raw offset that led to it', () => {
  const { outputs } = runSignals(playSignals(), movie('a', 0, { viewed: 5400 }));
  const [only, ...more] = outputs;
  assert.deepEqual(more, []);
  assert.deepEqual(only, {
    upsertKey: `1/p/completion/a@${T0}`,
    version: 1,
    appendTime: T0 + 5_400_000,
    profileId: 'p',
    signal: 'completion',
    subject: 'a',
    state: 'raised',
    eventTime: T0 + 5_400_000,
    expiresAt: T0 + 5_400_000 + 365 * DAY_MS,
    value: 0.9,
    detail: '{"runtimeSeconds":6000}',
  });
});

test('past the bound in plays the oldest are forgotten, and what was told of them stands', () => {
  const many = Array.from({ length: 40 }, (_, n) => ep(n, n * 6 * MINUTE_MS)).flat();
  const { outputs, state } = runSignals(playSignals({ plays: 8, playEvents: 4 }), many);
  assert.ok(state!.plays.length <= 8);
  assert.ok(Object.keys(standingOf(outputs)).length > 0);
  assert.ok(outputs.every(({ state: said }) => said === 'raised'));
});
