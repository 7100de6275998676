import { DAY_MS, HOUR_MS } from '../../../domain/time.ts';
import { checkCases, lateStop, movie } from './play-cases.ts';

checkCases('completion', [
  {
    name: 'nine tenths of the runtime complete a title',
    records: movie('a', 0, { viewed: 5400 }),
    told: ['raised completion a 0.9'],
  },
  {
    name: 'a start that states a play id is of one play with the stop that names it',
    records: movie('a', 0, { id: 'E', playId: 'session-7', viewed: 5400 }),
    told: ['raised completion a 0.9'],
  },
  { name: 'less does not', records: movie('a', 0, { viewed: 5399 }), told: [] },
  {
    name: 'a play that goes on where another was left counts what was before',
    records: [...movie('a', 0, { viewed: 3000 }), ...movie('a', DAY_MS, { viewed: 2900, from: 3000 })],
    told: ['raised completion a 0.983'],
  },
  {
    name: 'skipping to the end completes nothing',
    records: movie('a', 0, { viewed: 600, to: 6000 }),
    told: [],
  },
  {
    name: 'seeing the first half twice completes nothing',
    records: movie('a', 0, { viewed: 6000, to: 3000 }),
    told: [],
  },
  {
    name: 'without a runtime nothing is complete',
    records: movie('a', 0, { viewed: 6000, enriched: { knownKind: 'film' } }),
    told: [],
  },
  {
    name: 'a late start gives the play its beginning',
    records: movie('a', 0, { viewed: 2900, from: 3000, startDelay: 3 * HOUR_MS }),
    told: ['raised completion a 0.983'],
  },
  {
    name: 'a late stop before the other ends the play there, and withdraws it',
    records: [...movie('a', 0, { id: 'p1', viewed: 5800 }), lateStop()],
    told: ['raised completion a 0.967', 'withdrawn completion a'],
  },
  {
    name: 'a stop without its start says nothing',
    records: movie('a', 0, { viewed: 5800 }).slice(1),
    told: [],
  },
]);

checkCases('rewatch', [
  {
    name: 'a completed title begun again is watched again',
    records: [...movie('a', 0, { viewed: 5800 }), ...movie('a', 2 * HOUR_MS, { viewed: 60 })],
    told: ['raised rewatch a 0.016'],
  },
  {
    name: 'seeing its last tenth on the same day is not',
    records: [...movie('a', 0, { viewed: 5500 }), ...movie('a', 2 * HOUR_MS, { viewed: 500, from: 5500 })],
    told: [],
  },
  {
    name: 'a day later it is, wherever it goes on',
    records: [
      ...movie('a', 0, { viewed: 5400 }),
      ...movie('a', 5400_000 + DAY_MS, { viewed: 60, from: 3000 }),
    ],
    told: ['raised rewatch a 1'],
  },
  {
    name: 'months later, when the play itself is forgotten, too',
    records: [...movie('a', 0, { viewed: 5400 }), ...movie('a', 5400_000 + 90 * DAY_MS, { viewed: 60 })],
    told: ['raised rewatch a 90'],
  },
  {
    name: 'a title that was not completed is not watched again',
    records: [...movie('a', 0, { viewed: 5000 }), ...movie('a', 2 * DAY_MS, { viewed: 6000 })],
    told: [],
  },
  {
    name: 'a late stop that completes the first play raises it',
    records: [
      ...movie('a', 0, { viewed: 5800, stopDelay: 10 * HOUR_MS }),
      ...movie('a', 3 * HOUR_MS, { viewed: 60 }),
    ],
    told: ['raised rewatch a 0.058'],
  },
  {
    name: 'a late stop that takes the completion back withdraws it',
    records: [
      ...movie('a', 0, { id: 'p1', viewed: 5800 }),
      ...movie('a', 3 * HOUR_MS, { viewed: 60 }),
      lateStop(),
    ],
    told: ['raised rewatch a 0.058', 'withdrawn rewatch a'],
  },
]);
