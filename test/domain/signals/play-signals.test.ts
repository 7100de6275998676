import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QUIET_PROFILE_MS } from '../../../domain/keyed-fold.ts';
import { DAY_MS, MINUTE_MS } from '../../../domain/time.ts';
import { playSignals, runSignals, standingOf } from '../../support/signal-runs.ts';
import { inLogOrder, recordOf } from '../../support/profile-records.ts';
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
  assert.ok(state!.kept.plays.length <= 8);
  assert.ok(Object.keys(standingOf(outputs)).length > 0);
  assert.ok(outputs.every(({ state: said }) => said === 'raised'));
});

test('a profile of which nothing is left is forgotten', () => {
  const fold = playSignals();
  const pause = recordOf({
    kind: 'play_pause',
    titleId: 'a',
    playId: 'x',
    eventTime: T0,
    positionSeconds: 9,
  });
  const [input] = inLogOrder([pause]);
  const { state, wakeAt } = fold.step(undefined, input!);
  assert.equal(state!.kept.early.length, 1);
  assert.deepEqual(fold.wake!('p', state!, wakeAt!), { state: undefined, outputs: [] });
});

test('a profile of which nothing came for long is forgotten, and begins anew the same with or without a wake', () => {
  const fold = playSignals();
  const old = runSignals(fold, movie('a', 0, { viewed: 5400 }));
  const sealed = fold.wake!('p', old.state!, old.state!.sealsAt);
  assert.deepEqual(sealed.state!.completedTitles, ['a']);
  const quietAt = sealed.state!.lastAt + QUIET_PROFILE_MS;
  assert.equal(sealed.wakeAt, quietAt);
  assert.equal(fold.wake!('p', sealed.state!, quietAt - 1).state?.completedTitles.length, 1);
  assert.deepEqual(fold.wake!('p', sealed.state!, quietAt), { state: undefined, outputs: [] });
  const both = [
    ...movie('a', 0, { viewed: 5400 }),
    ...movie('b', QUIET_PROFILE_MS + 2 * DAY_MS, { viewed: 5400 }),
  ];
  const woken = runSignals(fold, both);
  assert.deepEqual(woken.state!.completedTitles, []);
  assert.deepEqual(woken.state!.lasting, []);
  assert.deepEqual(runSignals(fold, both, { wakes: () => false }), woken);
});
