/**
 * Drives a keyed fold over one partition of its topics: fold a batch, send what comes out, and now and then store state
 * and positions together. Records that a crash makes it fold again lead to the same upserts, which change nothing, or to
 * newer ones. Storing seldom matters: a busy profile's state is then written once for many of its events.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import type { DerivedRecord } from '../../domain/events/derived.ts';
import type { CleanRecord } from '../../domain/events/event.ts';
import type { KeyedFold, KeyedStep } from '../../domain/keyed-fold.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { CleanTopic, DerivedTopic } from '../../domain/topics.ts';
import type { KeyedEntry, KeyedPartition, LogPosition } from '../../infra/state/keyed-state.ts';
import { createTimerQueue, type TimerQueue } from './timer-queue.ts';

export interface LaneRecord {
  readonly offset: number;
  /** Undefined for a record that cannot be decoded: it moves the position and nothing else. */
  readonly record: CleanRecord | undefined;
}

/** An output with the key of the profile it is about, which decides its partition. */
export interface KeyedOutput<T extends DerivedTopic> {
  readonly key: string;
  readonly record: DerivedRecord<T>;
}

export interface KeyedLaneDeps<S, T extends DerivedTopic> {
  readonly fold: KeyedFold<S, T>;
  readonly partition: number;
  readonly states: KeyedPartition<S>;
  /** Resolves when every output is acknowledged. */
  readonly emit: (outputs: readonly KeyedOutput<T>[]) => Promise<void>;
  /** Entries kept in memory; when more than these wait to be stored, they are. */
  readonly cachedKeys: number;
}

export interface KeyedLane {
  /** Loads positions; answers where to read the topic from, undefined for the log's start. */
  open(topic: CleanTopic): Promise<number | undefined>;
  /**
   * Folds records of one topic, sends what they lead to and answers the next offset. Throws STATE_MOVED when another
   * owner has taken the partition, and after any failure until it is opened again.
   */
  process(topic: CleanTopic, records: readonly LaneRecord[]): Promise<number>;
  /** Stores what was folded since the last time. Throws STATE_MOVED as `process` does; after other failures it may be tried again. */
  store(): Promise<void>;
  /** The log lost what lay before this offset. */
  skipTo(topic: CleanTopic, offset: number): void;
  /** The topic was read to its end when the partition's other topics had been read to where they stand now. */
  idle(topic: CleanTopic): void;
}

/**
 * How far behind the others a topic without records is taken to be, in log time: all topics of a partition are fed in
 * the raw log's order, so only one batch of the extractor can be under way.
 */
export const IDLE_GRACE_MS = 10 * 60_000;

/**
 * 2^21, with epochs in seconds of the clock: below 2^53 until the year 2106. An owner that sends more in a second runs
 * over into the next ones, which is harmless unless it keeps that up.
 */
const VERSIONS_PER_EPOCH = 0x20_0000;

/** Timers woken before whatever else the process does has its turn. */
const WAKES_A_TURN = 2_000;

const NOTHING_READ: LogPosition = { next: 0, rawHigh: -1, logTime: 0 };

export function createKeyedLane<S, T extends DerivedTopic>(deps: KeyedLaneDeps<S, T>): KeyedLane {
  const { fold, partition, states } = deps;
  let epoch = 0;
  let emitted = 0;
  const positions = new Map<CleanTopic, LogPosition>();
  /** Log time that an idle topic has reached by the others. */
  const idleTimes = new Map<CleanTopic, EpochMs>();
  const cache = new Map<string, KeyedEntry<S> | undefined>();
  let changed = new Map<string, KeyedEntry<S> | undefined>();
  let outputs: KeyedOutput<T>[] = [];
  let timers: TimerQueue = createTimerQueue(states);
  let last: Promise<unknown> = Promise.resolve();
  let isOpen = false;
  /** Whether positions are ahead of what is stored. */
  let isUnstored = false;
  let wokenInTurn = 0;

  const inTurn = <R>(work: () => Promise<R>): Promise<R> => {
    const result = last.then(work, work);
    last = result.catch(() => undefined);
    return result;
  };

  const load = async (): Promise<void> => {
    const found = await states.open();
    epoch = found.epoch;
    emitted = 0;
    positions.clear();
    for (const topic of fold.topics) {
      const position = found.positions[topic];
      if (position !== undefined) positions.set(topic, position);
    }
    cache.clear();
    changed = new Map();
    outputs = [];
    idleTimes.clear();
    timers = createTimerQueue(states);
    isUnstored = false;
    isOpen = true;
  };

  const entryOf = (key: string): KeyedEntry<S> | undefined => {
    if (changed.has(key)) return changed.get(key);
    return cache.has(key) ? cache.get(key) : states.get(key);
  };

  /**
   * What one topic leads to carries a version of its own. What several lead to depends on how they were interleaved, so
   * the newest owner's word must be the last.
   */
  const stamped = (record: DerivedRecord<T>): DerivedRecord<T> =>
    fold.topics.length === 1 ? record : { ...record, version: epoch * VERSIONS_PER_EPOCH + ++emitted };

  const take = (key: string, before: KeyedEntry<S> | undefined, step: KeyedStep<S, T>): void => {
    const { state, wakeAt } = step;
    changed.set(
      key,
      state === undefined ? undefined : { state, ...(wakeAt === undefined ? {} : { wakeAt }) },
    );
    if (state !== undefined && wakeAt !== undefined && wakeAt !== before?.wakeAt) {
      timers.set({ time: wakeAt, key });
    }
    for (const record of step.outputs) outputs.push({ key, record: stamped(record) });
  };

  /** False when there may be more to wake, in another turn. */
  const wakeSome = (time: EpochMs): boolean => {
    if (fold.wake === undefined) return true;
    for (let due = timers.next(time); due !== undefined; due = timers.next(time)) {
      const entry = entryOf(due.key);
      // Set anew or forgotten since.
      if (entry?.wakeAt !== due.time) continue;
      take(due.key, entry, fold.wake(due.key, entry.state, time));
      if (++wokenInTurn >= WAKES_A_TURN) return false;
    }
    return true;
  };

  /** Log time once `topic` has reached `reached`. */
  const logTime = (topic: CleanTopic, reached: EpochMs): EpochMs => {
    let least = Infinity;
    for (const one of fold.topics) {
      const read = Math.max(positions.get(one)?.logTime ?? 0, one === topic ? reached : 0);
      least = Math.min(least, Math.max(read, idleTimes.get(one) ?? 0));
    }
    return least;
  };

  /** The record, where it is one to be folded; else passes over it. */
  const freshOf = (topic: CleanTopic, { offset, record }: LaneRecord): CleanRecord | undefined => {
    const at = positions.get(topic) ?? NOTHING_READ;
    if (offset < at.next) return undefined;
    if (record !== undefined && record.rawOffset > at.rawHigh) return record;
    positions.set(topic, { ...at, next: offset + 1 });
    return undefined;
  };

  const foldOne = (topic: CleanTopic, offset: number, record: CleanRecord): void => {
    const { rawOffset, appendTime } = record;
    const reached = Math.max(positions.get(topic)?.logTime ?? 0, appendTime);
    positions.set(topic, { next: offset + 1, rawHigh: rawOffset, logTime: reached });
    const key = fold.keyOf(record);
    const before = entryOf(key);
    take(key, before, fold.step(before?.state, { topic, partition, offset, record }));
  };

  const send = async (): Promise<void> => {
    if (outputs.length > 0) await deps.emit(outputs);
    outputs = [];
  };

  const store = async (): Promise<void> => {
    if (!isUnstored) return;
    await states.commit({ epoch, positions: Object.fromEntries(positions), entries: changed });
    isUnstored = false;
    for (const [key, entry] of changed) {
      cache.delete(key);
      cache.set(key, entry);
    }
    for (const key of cache.keys()) {
      if (cache.size <= deps.cachedKeys) break;
      cache.delete(key);
    }
    timers.stored();
    changed = new Map();
  };

  /** In the midst of waking: positions are before the record that woke them, so after a restart it wakes the others. */
  const rest = async (): Promise<void> => {
    wokenInTurn = 0;
    await nextTurn();
    if (changed.size <= deps.cachedKeys) return;
    await send();
    isUnstored = true;
    await store();
  };

  /** What was folded in memory is given up: it may go beyond what was sent, or belong to another by now. */
  const closing = (error: unknown): unknown => {
    isOpen = false;
    return error;
  };

  return {
    open: (topic) =>
      inTurn(async () => {
        if (!isOpen) await load();
        return positions.get(topic)?.next;
      }),
    process: (topic, records) =>
      inTurn(async () => {
        if (!isOpen)
          throw new MarqueeError('STATE_MOVED', { topic, partition, actual: 'closed', expected: 'open' });
        const before = positions.get(topic)?.next ?? 0;
        try {
          for (const one of records) {
            const record = freshOf(topic, one);
            if (record === undefined) continue;
            // Before the record itself, so that what timers lead to does not depend on how the log was cut into batches.
            const time = logTime(topic, record.appendTime);
            while (!wakeSome(time)) await rest();
            foldOne(topic, one.offset, record);
          }
          await send();
          const next = positions.get(topic)?.next ?? 0;
          isUnstored ||= next !== before;
          if (changed.size > deps.cachedKeys) await store();
          return next;
        } catch (error) {
          throw closing(error);
        }
      }),
    store: () =>
      inTurn(async () => {
        if (!isOpen) return;
        await store().catch((error: unknown) => {
          throw isMarqueeError(error, 'STATE_MOVED') ? closing(error) : error;
        });
      }),
    skipTo(topic, offset) {
      const at = positions.get(topic) ?? NOTHING_READ;
      positions.set(topic, { ...at, next: Math.max(at.next, offset) });
    },
    idle(topic) {
      const others = fold.topics.filter((one) => one !== topic);
      const reached = Math.min(...others.map((one) => positions.get(one)?.logTime ?? 0));
      if (Number.isFinite(reached)) idleTimes.set(topic, reached - IDLE_GRACE_MS);
    },
  };
}
