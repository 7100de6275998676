/** A keyed lane over a fold that counts, with what it sent. */
import type { CleanRecord } from '../../domain/events/event.ts';
import { country, eventId, profileId, titleId } from '../../domain/ids.ts';
import type { KeyedFold } from '../../domain/keyed-fold.ts';
import { createLmdbKeyedStates } from '../../infra/state/lmdb-keyed-state.ts';
import { createKeyedLane, type KeyedLane, type KeyedOutput } from '../../streaming/keyed/lane.ts';

export interface Count {
  seen: number;
  readonly buckets: Float64Array;
}

export type Sent = KeyedOutput<'user-behavior-features'>;

/** Counts a profile's records, says so each time, and says goodbye a minute of log time after the last. */
export const counting = (
  topics: readonly ('impressions' | 'plays')[],
): KeyedFold<Count, 'user-behavior-features'> => ({
  name: 'counting',
  version: 1,
  topics,
  output: 'user-behavior-features',
  keyOf: ({ event }) => event.profileId,
  step(state, { record }) {
    const count = state ?? { seen: 0, buckets: new Float64Array(2) };
    count.seen += 1;
    count.buckets[1]! += 0.5;
    const said = saying(record.event.profileId, record.rawOffset, record.appendTime, count.seen);
    return { state: count, outputs: [said], wakeAt: record.appendTime + 60_000 };
  },
  wake: (key, { seen }, logTime) => ({
    state: undefined,
    outputs: [saying(key, 1_000_000 + logTime, logTime, -seen)],
  }),
});

const saying = (profile: string, version: number, appendTime: number, value: number) => ({
  upsertKey: profile,
  version,
  appendTime,
  profileId: profile,
  signal: 'count',
  subject: '',
  state: 'raised',
  eventTime: appendTime,
  value,
});

export const record = (rawOffset: number, profile: string, appendTime: number): CleanRecord => ({
  rawOffset,
  appendTime,
  timeStatus: 'ok',
  event: {
    kind: 'impression',
    eventId: eventId(`e${rawOffset}`),
    eventTime: appendTime,
    profileId: profileId(profile),
    country: country('GB'),
    titleId: titleId('t'),
    row: 'r',
    rank: 0,
  },
});

export interface World {
  readonly lane: KeyedLane;
  readonly sent: Sent[];
  fail(times: number): void;
}

export interface Surroundings {
  readonly cachedKeys?: number;
  readonly clock?: () => number;
  readonly versionsPerEpoch?: number;
}

export function world(
  folder: string,
  topics: readonly ('impressions' | 'plays')[] = ['impressions'],
  { cachedKeys = 2, clock, versionsPerEpoch }: Surroundings = {},
): World {
  const fold = counting(topics);
  const states = createLmdbKeyedStates<Count>(folder, fold.version, clock);
  const sent: Sent[] = [];
  let failures = 0;
  const lane = createKeyedLane({
    fold,
    partition: 0,
    states: states.partition(0),
    cachedKeys,
    ...(versionsPerEpoch !== undefined && { versionsPerEpoch }),
    emit(outputs) {
      if (failures-- > 0) return Promise.reject(new Error('no answer'));
      sent.push(...outputs);
      return Promise.resolve();
    },
  });
  return { lane, sent, fail: (times) => void (failures = times) };
}

export const values = (sent: readonly Sent[]): string[] =>
  sent.map(({ key, record: { value } }) => `${key}${value}`);
