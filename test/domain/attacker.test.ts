/** One profile that plays a title a thousand times must not move the trending row further than an honest one could. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { country, profileId, titleId } from '../../domain/ids.ts';
import { CAP_COUNT, CAP_WINDOW_MS, type CountedRecord } from '../../domain/measures.ts';
import { mergeBuckets, NO_COUNTS } from '../../domain/merge.ts';
import { createSpeedFold, startAt } from '../../domain/speed-fold.ts';
import { createSpeedTotals } from '../../domain/speed-totals.ts';
import { BUCKET_MS, HOUR_MS, timeStatusOf, type EpochMs } from '../../domain/time.ts';
import { rankTrending, trendWindows } from '../../domain/trending.ts';

const BLOCK_SIZE = 64;
/** A whole window of append time, and half an hour of it gone by: everything happens in the other half. */
const NOW = 497_000 * CAP_WINDOW_MS + CAP_WINDOW_MS - 1;
const LOG_BEGIN = NOW - 30 * 60_000;
const RULES = { minPlays: 3, smoothing: 0.375 };
const ATTACKER = 'attacker';

interface Play {
  readonly title: string;
  readonly profile: string;
  readonly eventTime: EpochMs;
}

/** The trending row of the last hour over a log of these plays, as serving works it out of published blocks. */
function trendingOf(plays: readonly Play[]) {
  const fold = createSpeedFold(
    { topic: 'plays', partition: 0, blockSize: BLOCK_SIZE, slots: 4 },
    startAt(0, -1),
  );
  const totals = createSpeedTotals({ partitions: 1, blockSize: BLOCK_SIZE });
  const publish = (): void => {
    for (const record of fold.flush(1, false)) totals.apply('plays', 0, record);
  };
  plays.forEach(({ title, profile, eventTime }, offset) => {
    if (fold.isFull()) {
      publish();
      fold.advance();
    }
    const appendTime = LOG_BEGIN + offset;
    const record: CountedRecord = {
      rawOffset: offset,
      appendTime,
      timeStatus: timeStatusOf(eventTime, appendTime),
      kind: 'play_start',
      eventTime,
      profileId: profileId(profile),
      country: country('SE'),
      titleId: titleId(title),
    };
    fold.step(offset, record);
  });
  publish();
  const windows = trendWindows(HOUR_MS, NOW);
  const [current, previous] = [windows.current, windows.previous].map((range) =>
    mergeBuckets([NO_COUNTS, totals], range),
  );
  return rankTrending(current!, previous!, windows, RULES).map(({ titleId: title, cappedPlays, score }) => ({
    title,
    cappedPlays,
    score,
  }));
}

const honestOf = (title: string, count: number): Play[] =>
  Array.from({ length: count }, (_, i) => ({
    title,
    profile: `${title}-${i}`,
    eventTime: LOG_BEGIN - (i % 20) * BUCKET_MS,
  }));

/** Puts the attack's plays between the honest ones, in their order. */
function interleave(honest: readonly Play[], attack: readonly Play[], places: readonly number[]): Play[] {
  const at = attack.map((_, i) => places[i % places.length]! % (honest.length + 1)).sort((a, b) => a - b);
  const all: Play[] = [];
  let next = 0;
  honest.forEach((play, i) => {
    while (next < attack.length && at[next]! <= i) all.push(attack[next++]!);
    all.push(play);
  });
  return [...all, ...attack.slice(next)];
}

/** Any time that the log takes for true, the next minutes and the last week included. */
const forgedTime = fc.integer({ min: LOG_BEGIN - 3 * HOUR_MS, max: LOG_BEGIN + 4 * 60_000 });
const attackOf = (title: fc.Arbitrary<string>): fc.Arbitrary<Play[]> =>
  fc
    .tuple(title, fc.array(forgedTime, { minLength: 1000, maxLength: 1000 }))
    .map(([of, times]) => times.map((eventTime) => ({ title: of, profile: ATTACKER, eventTime })));
const TITLES = ['a', 'b', 'c', 'd', 'e'] as const;
const counts = fc.array(fc.nat(40), { minLength: TITLES.length, maxLength: TITLES.length });
const places = fc.array(fc.nat(200), { minLength: 1, maxLength: 50 });

test('the trending row is the one with the attacker cut to the first events within the cap', () => {
  fc.assert(
    fc.property(counts, attackOf(fc.constantFrom(...TITLES)), places, (plays, attack, where) => {
      const honest = TITLES.flatMap((title, i) => honestOf(title, plays[i]!));
      const attacked = interleave(honest, attack, where);
      let taken = 0;
      const cut = attacked.filter(({ profile }) => profile !== ATTACKER || ++taken <= CAP_COUNT);
      assert.deepEqual(trendingOf(attacked), trendingOf(cut));
    }),
    { numRuns: 60 },
  );
});

test('where the gaps between titles exceed the cap, a thousand plays of one profile change no place in the row', () => {
  const gaps = fc.array(fc.integer({ min: CAP_COUNT + 1, max: 15 }), {
    minLength: TITLES.length,
    maxLength: TITLES.length,
  });
  // Of now, where they count most: plays said to be of the hour before would rather hold a title back.
  const attack = fc
    .constantFrom(...TITLES)
    .map((title) => Array.from({ length: 1000 }, () => ({ title, profile: ATTACKER, eventTime: LOG_BEGIN })));
  fc.assert(
    fc.property(gaps, attack, places, (between, attackers, where) => {
      let plays = RULES.minPlays;
      const honest = TITLES.flatMap((title, i) =>
        honestOf(title, (plays += between[i]!)).map((play) => ({ ...play, eventTime: LOG_BEGIN })),
      );
      const order = (row: readonly { title: string }[]): string[] => row.map(({ title }) => title);
      const before = order(trendingOf(honest));
      assert.equal(before.length, TITLES.length);
      assert.deepEqual(order(trendingOf(interleave(honest, attackers, where))), before);
    }),
    { numRuns: 60 },
  );
});
