import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../domain/time.ts';
import { recordOf } from '../../support/profile-records.ts';
import { checkCases, ep, episode, movie, T0 } from './play-cases.ts';

checkCases('binge', [
  {
    name: 'the third distinct episode of a series in a sitting is a binge',
    records: [...ep(1, 0), ...ep(2, 6 * MINUTE_MS), ...ep(3, 12 * MINUTE_MS), ...ep(4, 18 * MINUTE_MS)],
    told: ['raised binge series:s 3', 'raised binge series:s 4'],
  },
  {
    name: 'the same episode three times is none',
    records: [...ep(1, 0), ...ep(1, 6 * MINUTE_MS), ...ep(1, 12 * MINUTE_MS)],
    told: [],
  },
  {
    name: 'three films of one genre are a binge of the genre',
    records: [...movie('a', 0), ...movie('b', 40 * MINUTE_MS), ...movie('c', 80 * MINUTE_MS)],
    told: ['raised binge genre:Drama 3'],
  },
  {
    name: 'three episodes of one series are no binge of its genre, and nothing without enrichment is one',
    records: [
      ...[1, 2, 3].flatMap((n) => ep(n, n * 6 * MINUTE_MS, { enriched: undefined })),
      ...[1, 2].flatMap((n) => ep(n, n * 6 * MINUTE_MS + 2 * HOUR_MS)),
    ],
    told: [],
  },
  {
    name: 'more than the gap between two plays parts sittings',
    records: [...ep(1, 0), ...ep(2, 6 * MINUTE_MS), ...ep(3, 42 * MINUTE_MS)],
    told: [],
  },
  {
    name: 'exactly the gap does not',
    records: [...ep(1, 0), ...ep(2, 6 * MINUTE_MS), ...ep(3, 41 * MINUTE_MS)],
    told: ['raised binge series:s 3'],
  },
  {
    name: 'plays that do not qualify are not counted',
    records: [...ep(1, 0), ...ep(2, 6 * MINUTE_MS), ...ep(3, 12 * MINUTE_MS, { viewed: 119 })],
    told: [],
  },
  {
    name: 'a late play fills the gap between two sittings',
    records: [
      ...ep(1, 0),
      ...ep(3, 40 * MINUTE_MS),
      ...ep(2, 20 * MINUTE_MS, { startDelay: 5 * HOUR_MS, stopDelay: 5 * HOUR_MS }),
    ],
    told: ['raised binge series:s 3'],
  },
  {
    name: 'a late play that joins two sittings withdraws the binge of the second for one of the first',
    records: [
      ...ep(1, 0),
      ...[3, 4, 5].flatMap((n) => ep(n, (40 + 6 * n) * MINUTE_MS)),
      ...ep(2, 30 * MINUTE_MS, { startDelay: 5 * HOUR_MS, stopDelay: 5 * HOUR_MS }),
    ],
    told: [
      'raised binge series:s 3',
      // The start alone joins them, the stop makes it the fifth episode.
      'raised binge series:s 4',
      'withdrawn binge series:s',
      'raised binge series:s 5',
    ],
  },
  {
    name: 'a late stop that shortens a play splits a sitting, and withdraws its binge',
    records: [
      ...ep(1, 0),
      ...ep(2, 6 * MINUTE_MS, { id: 'two', lasts: 40 * MINUTE_MS }),
      ...ep(3, 50 * MINUTE_MS),
      recordOf(
        {
          kind: 'play_stop',
          titleId: 'e2',
          playId: 'two',
          eventTime: T0 + 12 * MINUTE_MS,
          positionSeconds: 300,
          viewedSeconds: 300,
        },
        episode('s'),
        5 * HOUR_MS,
      ),
    ],
    told: ['raised binge series:s 3', 'withdrawn binge series:s'],
  },
  {
    name: 'what comes later than the bound changes nothing',
    records: [
      ...ep(1, 0),
      ...ep(3, 40 * MINUTE_MS),
      ...ep(2, 20 * MINUTE_MS, { startDelay: DAY_MS + 1, stopDelay: DAY_MS + 1 }),
    ],
    told: [],
  },
]);
