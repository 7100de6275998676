import type { CleanRecord } from '../../../domain/events/event.ts';
import { HOUR_MS, MINUTE_MS } from '../../../domain/time.ts';
import { recordOf } from '../../support/profile-records.ts';
import { checkCases, ep, movie, playOf, T0 } from './play-cases.ts';

const pause = (id: string, title: string, at: number, viewed: number, delay: number): CleanRecord =>
  recordOf(
    {
      kind: 'play_pause',
      titleId: title,
      playId: id,
      eventTime: T0 + at,
      positionSeconds: viewed,
      viewedSeconds: viewed,
    },
    undefined,
    delay,
  );

checkCases('abandonment', [
  {
    name: 'a film left within five minutes is abandoned',
    records: movie('a', 0, { viewed: 299 }),
    told: ['raised abandonment a 299'],
  },
  { name: 'five minutes are not within', records: movie('a', 0, { viewed: 300 }), told: [] },
  {
    name: 'near its end it is not abandoned',
    records: movie('a', 0, { viewed: 100, from: 5601 }),
    told: [],
  },
  {
    name: 'an episode is not, a title of unknown kind is',
    records: [
      ...ep(1, 0, { viewed: 10 }),
      ...playOf({ title: 'x', at: T0 + HOUR_MS, viewed: 10, enriched: undefined }),
    ],
    told: ['raised abandonment x 10'],
  },
  {
    name: 'coming back in the same sitting withdraws it',
    records: [...movie('a', 0, { viewed: 200 }), ...movie('a', 10 * MINUTE_MS, { viewed: 100, from: 200 })],
    told: ['raised abandonment a 200', 'withdrawn abandonment a'],
  },
  {
    name: 'coming back in another does not',
    records: [...movie('a', 0, { viewed: 200 }), ...movie('a', HOUR_MS, { viewed: 400, from: 200 })],
    told: ['raised abandonment a 200'],
  },
  {
    name: 'a late pause that proves more seconds withdraws it',
    records: [
      ...movie('a', 0, { id: 'p1', viewed: 200, lasts: 10 * MINUTE_MS }),
      pause('p1', 'a', 5 * MINUTE_MS, 301, 3 * HOUR_MS),
    ],
    told: ['raised abandonment a 200', 'withdrawn abandonment a'],
  },
  {
    name: 'a start that comes after its stop raises it all the same',
    records: movie('a', 0, { viewed: 200, startDelay: HOUR_MS }),
    told: ['raised abandonment a 200'],
  },
]);
