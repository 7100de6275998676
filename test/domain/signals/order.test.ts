/** Whatever order timely events come in, and whenever sealed ones are forgotten, the same signals hold in the end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { DAY_MS, HOUR_MS } from '../../../domain/time.ts';
import { holding, idOf } from '../../../domain/signals/signal.ts';
import { recordOf } from '../../support/profile-records.ts';
import {
  playSignals,
  runSignals,
  searchSignals,
  standingOf,
  type SignalFold,
} from '../../support/signal-runs.ts';
import { T0 } from './play-cases.ts';
import { delayed, delays, moment, playEvents } from './play-logs.ts';

/** Small limits, so that a few plays meet all of them but the bounds. */
const LATENESS_MS = 3 * HOUR_MS;
const folds = () =>
  playSignals({
    latenessMs: LATENESS_MS,
    playGapMs: HOUR_MS,
    completedTitles: 50,
    recentPlays: 12,
    shiftEvidence: 3,
    shiftLift: 1.3,
  });

const searched = fc
  .array(fc.tuple(fc.constantFrom('dune', ' DUNE ', 'x', 'ﬁlm', 'film'), moment), { maxLength: 40 })
  .map((searches) =>
    searches.map(([query, eventTime], i) => recordOf({ kind: 'search', eventId: `s${i}`, query, eventTime })),
  );

function holdInAnyOrder<S>(make: () => SignalFold<S>, log: fc.Arbitrary<CleanRecord[]>, most: number): void {
  fc.assert(
    fc.property(log, delays(most), fc.array(fc.boolean(), { minLength: 1 }), (records, late, wakes) => {
      const inOrder = runSignals(make(), records);
      const shuffled = runSignals(make(), delayed(records, late), { wakes: (i) => wakes[i % wakes.length]! });
      assert.deepEqual(standingOf(shuffled.outputs), standingOf(inOrder.outputs));
    }),
    { numRuns: 400 },
  );
}

function forgetsSilently<S>(make: () => SignalFold<S>, log: fc.Arbitrary<CleanRecord[]>, most: number): void {
  fc.assert(
    fc.property(log, delays(most), fc.array(fc.boolean(), { minLength: 1 }), (records, late, wakes) => {
      const shuffled = delayed(records, late);
      const always = runSignals(make(), shuffled);
      const some = runSignals(make(), shuffled, { wakes: (i) => wakes[i % wakes.length]! });
      const never = runSignals(make(), shuffled, { wakes: () => false });
      assert.deepEqual(some.outputs, always.outputs);
      assert.deepEqual(never.outputs, always.outputs);
    }),
    { numRuns: 150 },
  );
}

test('signals of plays: any order within the lateness bound ends with the same signals', () => {
  holdInAnyOrder(folds, playEvents, LATENESS_MS);
});

test('signals of plays: when sealed plays are forgotten changes no upsert', () => {
  forgetsSilently(folds, playEvents, LATENESS_MS * 2);
});

test('signals of plays: the state holds what the topic says, until it expires', () => {
  fc.assert(
    fc.property(playEvents, delays(LATENESS_MS), fc.nat(40 * DAY_MS), (records, late, later) => {
      const log = delayed(records, late);
      const { outputs, state } = runSignals(folds(), log);
      const now = Math.max(T0, ...log.map(({ appendTime }) => appendTime)) + later;
      const told = Object.values(standingOf(outputs)) as { expiresAt: number; upsertKey: string }[];
      const held = state === undefined ? [] : holding([...state.standing, ...state.lasting], now);
      assert.deepEqual(
        held.map((signal) => `1/p/${idOf(signal)}`).sort(),
        told
          .filter(({ expiresAt }) => expiresAt > now)
          .map(({ upsertKey }) => upsertKey)
          .sort(),
      );
    }),
    { numRuns: 150 },
  );
});

test('signals of searches: any order within the lateness bound ends with the same signals', () => {
  holdInAnyOrder(searchSignals, searched, DAY_MS);
});

test('signals of searches: when sealed searches are forgotten changes no upsert', () => {
  forgetsSilently(searchSignals, searched, 2 * DAY_MS);
});

test('the events of these properties raise and withdraw every signal', () => {
  const seen = new Set<string>();
  for (const records of fc.sample(fc.tuple(playEvents, delays(LATENESS_MS)), { numRuns: 500, seed: 7 }))
    for (const { state, signal } of runSignals(folds(), delayed(...records)).outputs)
      seen.add(`${state} ${signal}`);
  for (const records of fc.sample(fc.tuple(searched, delays(DAY_MS)), { numRuns: 200, seed: 7 }))
    for (const { state, signal } of runSignals(searchSignals(), delayed(...records)).outputs)
      seen.add(`${state} ${signal}`);
  assert.deepEqual([...seen].sort(), [
    ...['abandonment', 'binge', 'completion', 'genre-shift', 'repeated-search', 'rewatch'].map(
      (signal) => `raised ${signal}`,
    ),
    ...['abandonment', 'binge', 'completion', 'genre-shift', 'repeated-search', 'rewatch'].map(
      (signal) => `withdrawn ${signal}`,
    ),
  ]);
});

test('a state written and read back goes on as if it had not been', () => {
  const store = <S>(state: S): S => JSON.parse(JSON.stringify(state)) as S;
  fc.assert(
    fc.property(playEvents, delays(2 * LATENESS_MS), searched, (plays, late, searches) => {
      const log = delayed(plays, late);
      assert.deepEqual(runSignals(folds(), log, { store }), runSignals(folds(), log));
      assert.deepEqual(
        runSignals(searchSignals(), searches, { store }),
        runSignals(searchSignals(), searches),
      );
    }),
    { numRuns: 100 },
  );
});
