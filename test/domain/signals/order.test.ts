/** Whatever order timely events come in, and whenever sealed ones are forgotten, the same signals hold in the end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, timeStatusOf } from '../../../domain/time.ts';
import { holding, idOf } from '../../../domain/signals/signal.ts';
import { recordOf } from '../../support/profile-records.ts';
import {
  playSignals,
  runSignals,
  searchSignals,
  standingOf,
  type SignalFold,
} from '../../support/signal-runs.ts';
import { episode, film, playOf, T0, type PlayCase } from './play-cases.ts';

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

/** Times cluster, so that sittings, runs and equal times come about. */
const moment = fc.oneof(
  { weight: 6, arbitrary: fc.nat(40).map((n) => T0 + n * 5 * MINUTE_MS) },
  { weight: 2, arbitrary: fc.nat(9).map((n) => T0 + n * DAY_MS) },
  { weight: 2, arbitrary: fc.nat(20 * HOUR_MS).map((n) => T0 + n) },
);

/** At eight in the evening (T0) mostly horror, so that genres shift. */
const play: fc.Arbitrary<PlayCase> = fc
  .record({
    title: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    at: moment,
    viewed: fc.constantFrom(10, 130, 290, 310, 1000, 5400, 6000),
    from: fc.constantFrom(0, 0, 0, 3000, 5500),
    lasts: fc.constantFrom(MINUTE_MS, 5 * MINUTE_MS, 20 * MINUTE_MS, 2 * HOUR_MS),
    kind: fc.constantFrom('film', 'film', 'episode', 'unknown'),
    chance: fc.nat(9),
  })
  .map(({ kind, chance, ...one }) => {
    const isEvening = Math.floor((one.at - T0) / HOUR_MS) % 24 === 0;
    const genres = isEvening !== (chance === 0) ? 'Horror' : chance % 2 === 0 ? 'Drama|Crime' : 'News';
    const known = kind === 'film' ? film(one.title, 6000, genres) : episode('s', 600, genres);
    return { ...one, enriched: kind === 'unknown' ? undefined : known };
  });

/** Events of plays, some lost, some plays stopped twice, with more in between. */
const events = fc.array(fc.tuple(play, fc.nat(9), fc.nat(3)), { maxLength: 32, size: 'max' }).map((plays) =>
  plays.flatMap(([one, chance, extra], i): CleanRecord[] => {
    const id = `play-${i}`;
    const [start, stop] = playOf({ ...one, id }) as [CleanRecord, CleanRecord];
    const between = Array.from({ length: extra }, (_, n) =>
      recordOf({
        kind: n === 2 ? 'play_stop' : 'play_pause',
        titleId: one.title,
        playId: id,
        eventTime: one.at + (n + 1) * 7 * MINUTE_MS,
        positionSeconds: (n + 1) * 400,
        viewedSeconds: (n + 1) * 150,
        durationSeconds: 2000,
      }),
    );
    return chance === 0 ? [stop, ...between] : chance === 1 ? [start] : [start, stop, ...between];
  }),
);

const searched = fc
  .array(fc.tuple(fc.constantFrom('dune', ' DUNE ', 'x', 'ﬁlm', 'film'), moment), { maxLength: 40 })
  .map((searches) =>
    searches.map(([query, eventTime], i) => recordOf({ kind: 'search', eventId: `s${i}`, query, eventTime })),
  );

/** The same events, each delayed by up to the bound. */
function delayed(records: readonly CleanRecord[], delays: readonly number[]): CleanRecord[] {
  return records.map((record, i) => {
    const appendTime = record.event.eventTime + (delays[i % Math.max(1, delays.length)] ?? 0);
    return { ...record, appendTime, timeStatus: timeStatusOf(record.event.eventTime, appendTime) };
  });
}

const delays = (most: number) =>
  fc.array(fc.oneof(fc.nat(most), fc.constantFrom(0, most, most - 1)), { minLength: 1, maxLength: 50 });

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
  holdInAnyOrder(folds, events, LATENESS_MS);
});

test('signals of plays: when sealed plays are forgotten changes no upsert', () => {
  forgetsSilently(folds, events, LATENESS_MS * 2);
});

test('signals of plays: the state holds what the topic says, until it expires', () => {
  fc.assert(
    fc.property(events, delays(LATENESS_MS), fc.nat(40 * DAY_MS), (records, late, later) => {
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
  for (const records of fc.sample(fc.tuple(events, delays(LATENESS_MS)), { numRuns: 500, seed: 7 }))
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
    fc.property(events, delays(2 * LATENESS_MS), searched, (plays, late, searches) => {
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
