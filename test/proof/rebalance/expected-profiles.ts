/** What a fold with state per profile must have said and must remember: the fold driven in memory over the known log. */
import type { DerivedRecord } from '../../../domain/events/derived.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import type { KeyedFold, KeyedStep } from '../../../domain/keyed-fold.ts';
import type { EpochMs } from '../../../domain/time.ts';
import type { CleanTopic } from '../../../domain/topics.ts';
import { createTimerQueue, type TimerQueue } from '../../../streaming/keyed/timer-queue.ts';

export interface ExpectedFold<S> {
  readonly fold: KeyedFold<S>;
  /** The next record of a clean topic-partition; one sent again changes nothing. */
  take(topic: CleanTopic, partition: number, offset: number, record: CleanRecord): void;
  /** The last word of each key. */
  readonly upserts: Upserts;
  readonly states: ReadonlyMap<string, S>;
}

/** By `upsertKey`, of each the highest version. */
export type Upserts = Map<string, DerivedRecord>;

export function keepNewest(upserts: Upserts, record: DerivedRecord): void {
  const known = upserts.get(record.upsertKey);
  if (known === undefined || known.version <= record.version) upserts.set(record.upsertKey, record);
}

interface Lane {
  readonly rawHigh: Map<CleanTopic, number>;
  readonly times: Map<CleanTopic, EpochMs>;
  readonly timers: TimerQueue;
}

/** Timers are kept in memory alone. */
const NOTHING_STORED = { timers: () => [], nextTimer: () => Infinity };

export function createExpectedFold<S>(fold: KeyedFold<S>): ExpectedFold<S> {
  const states = new Map<string, S>();
  const wakes = new Map<string, EpochMs>();
  const upserts: Upserts = new Map();
  const lanes = new Map<number, Lane>();
  let emitted = 0;

  const laneOf = (partition: number): Lane => {
    const known = lanes.get(partition);
    if (known !== undefined) return known;
    const lane = { rawHigh: new Map(), times: new Map(), timers: createTimerQueue(NOTHING_STORED) };
    lanes.set(partition, lane);
    return lane;
  };

  const apply = (lane: Lane, key: string, { state, wakeAt, outputs }: KeyedStep<S>): void => {
    if (state === undefined) states.delete(key);
    else states.set(key, state);
    if (state === undefined || wakeAt === undefined) wakes.delete(key);
    else if (wakes.get(key) !== wakeAt) {
      wakes.set(key, wakeAt);
      lane.timers.set({ time: wakeAt, key });
    }
    for (const output of outputs)
      keepNewest(upserts, fold.topics.length === 1 ? output : { ...output, version: ++emitted });
  };

  const wakeUntil = (lane: Lane, time: EpochMs): void => {
    for (let due = lane.timers.next(time); due !== undefined; due = lane.timers.next(time)) {
      if (wakes.get(due.key) !== due.time) continue;
      apply(lane, due.key, fold.wake!(due.key, states.get(due.key)!, time));
    }
  };

  return {
    fold,
    upserts,
    states,
    take(topic, partition, offset, record) {
      if (!fold.topics.includes(topic)) return;
      const lane = laneOf(partition);
      if (record.rawOffset <= (lane.rawHigh.get(topic) ?? -1)) return;
      lane.rawHigh.set(topic, record.rawOffset);
      lane.times.set(topic, record.appendTime);
      wakeUntil(lane, Math.min(...fold.topics.map((one) => lane.times.get(one) ?? 0)));
      const key = fold.keyOf(record);
      apply(lane, key, fold.step(states.get(key), { topic, partition, offset, record }));
    },
  };
}
