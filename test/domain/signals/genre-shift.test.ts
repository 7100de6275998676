import type { CleanRecord } from '../../../domain/events/event.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../domain/time.ts';
import { checkCases, film, movie } from './play-cases.ts';

/** Plays of ten minutes: every day at 8 UTC news, at 20 UTC horror; only the first `horror` days for the latter. */
const habits = (days: number, horror: number, more: object = {}): CleanRecord[] =>
  Array.from({ length: days }, (_, day) => [
    ...[0, 1].flatMap((n) =>
      movie(`news${day}-${n}`, day * DAY_MS - 12 * HOUR_MS + n * 20 * MINUTE_MS, {
        enriched: film('n', 6000, 'News'),
        viewed: 600,
      }),
    ),
    ...(day < horror
      ? movie(`horror${day}`, day * DAY_MS, { enriched: film('h', 6000, 'Horror'), viewed: 600, ...more })
      : []),
  ]).flat();

checkCases('genre-shift', [
  {
    name: 'an hour of another genre than usual is a shift, once there is evidence',
    records: habits(5, 5),
    // 5 of 5 against 5 of 15 at large.
    told: ['raised genre-shift hour:20 2'],
  },
  { name: 'four plays are no evidence', records: habits(9, 4), told: [] },
  {
    name: 'the same genre at all hours is none',
    records: habits(9, 9).map((record) => ({ ...record, enriched: { ...record.enriched, genres: 'News' } })),
    told: [],
  },
  {
    name: 'a late play counts as if it had been on time',
    records: habits(5, 4).concat(
      movie('late', 4 * DAY_MS, {
        enriched: film('h', 6000, 'Horror'),
        viewed: 600,
        startDelay: 20 * HOUR_MS,
        stopDelay: 20 * HOUR_MS,
      }),
    ),
    told: ['raised genre-shift hour:20 2'],
  },
  {
    name: 'a late play of the usual genre in that hour can withdraw it',
    records: habits(5, 5).concat(
      movie('other', 4 * DAY_MS + 15 * MINUTE_MS, {
        enriched: film('x', 6000, 'News'),
        viewed: 600,
        startDelay: 10 * HOUR_MS,
        stopDelay: 10 * HOUR_MS,
      }),
    ),
    told: ['raised genre-shift hour:20 2', 'withdrawn genre-shift hour:20'],
  },
]);
