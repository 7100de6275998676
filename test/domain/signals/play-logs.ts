/** Generated logs of one profile's plays: late, lost, stopped twice, at equal times. */
import fc from 'fast-check';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, timeStatusOf } from '../../../domain/time.ts';
import { recordOf } from '../../support/profile-records.ts';
import { episode, film, playOf, T0, type PlayCase } from './play-cases.ts';

/** Times cluster, so that sittings, runs and equal times come about. */
export const moment = fc.oneof(
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
export const playEvents = fc
  .array(fc.tuple(play, fc.nat(9), fc.nat(3)), { maxLength: 32, size: 'max' })
  .map((plays) =>
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

/** The same events, each delayed by up to the bound. */
export function delayed(records: readonly CleanRecord[], delays: readonly number[]): CleanRecord[] {
  return records.map((record, i) => {
    const appendTime = record.event.eventTime + (delays[i % Math.max(1, delays.length)] ?? 0);
    return { ...record, appendTime, timeStatus: timeStatusOf(record.event.eventTime, appendTime) };
  });
}

export const delays = (most: number) =>
  fc.array(fc.oneof(fc.nat(most), fc.constantFrom(0, most, most - 1)), { minLength: 1, maxLength: 50 });
