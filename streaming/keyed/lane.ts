/**
 * Drives a keyed fold over one partition of its topics: fold a batch, send what comes out, and now and then store state
 * and positions together. Records that a crash makes it fold again lead to the same upserts, which change nothing, or to
 * newer ones. Storing seldom matters: a busy profile's state is then written once for many of its events.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import type { DerivedRecord } from '../../domain/events/derived.ts';
import type { CleanRecord } from '../../domain/events/event.ts';
import type { KeyedFold, KeyedStep, UpsertInput } from '../../domain/keyed-fold.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { CleanTopic, DerivedTopic, FoldedTopic } from '../../domain/topics.ts';
import type { KeyedPartition } from '../../infra/state/keyed-state.ts';
import { createKeyCache, type Slot } from './key-cache.ts';
import { ownedRecord, ownedUpsert, type RecordOwners } from './owned.ts';
import { createReadings, type Reading } from './readings.ts';
import { createTimerQueue, type TimerQueue } from './timer-queue.ts';

export interface LaneRecord {
  readonly offset: number;
  /** Undefined for a record that cannot be decoded: it moves the position and nothing else. */
  readonly record: CleanRecord | undefined;
  /** In place of a clean record, where the topic is a derived one. */
  readonly upsert?: DerivedRecord;
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
  /** Absent where nobody is ever erased. */
  readonly owners?: RecordOwners | undefined;
  /** Resolves when every output is acknowledged. */
  readonly emit: (outputs: readonly KeyedOutput<T>[]) => Promise<void>;
  /** Entries kept in memory; when more than these wait to be stored, they are. */
  readonly cachedKeys: number;
  /** Versions given under one epoch before the next is asked for. */
  readonly versionsPerEpoch?: number;
}

export interface KeyedLane {
  /**
   * Loads positions; answers where to read the topic from, undefined for the log's start, whatever that is: 0 where what
   * the log has lost was known once. Throws STATE_MOVED where `isOver` says that the partition was given to another meanwhile.
   */
  open(topic: FoldedTopic, isOver?: () => boolean): Promise<number | undefined>;
  /**
   * Folds records of one topic, sends what they lead to and answers the next offset. Throws STATE_MOVED when another
   * owner has taken the partition, and after any failure until it is opened again.
   */
  process(topic: FoldedTopic, records: readonly LaneRecord[]): Promise<number>;
  /** Stores what was folded since the last time. Throws STATE_MOVED as `process` does; after other failures it may be tried again. */
  store(): Promise<void>;
  /** Whether another owner is known to have taken the partition since it was opened: by a commit or a checkpoint refused. */
  isTaken(): boolean;
  /** Forgets the key at once, with what checkpoints hold of it. Nothing happens where the lane is not open. */
  forget(key: string): Promise<void>;
  /** Gives the partition up: what was not stored is folded again by the next owner. */
  release(): Promise<void>;
  /** The log lost what lay before this offset. */
  skipTo(topic: FoldedTopic, offset: number): void;
  /** The topic was read to its end when the partition's other topics had been read to where they stand now. */
  idle(topic: FoldedTopic): void;
}

/**
 * How far behind the others a topic without records is taken to be, in log time: all topics of a partition are fed in
 * the raw log's order, so only one batch of the extractor can be under way.
 */
export const IDLE_GRACE_MS = 10 * 60_000;

/**
 * 2^21, with epochs in seconds of the clock: below 2^53 until the year 2106. An owner that has given so many versions
 * takes another epoch, since those that follow are its successor's.
 */
export const VERSIONS_PER_EPOCH = 0x20_0000;

/** Timers woken before whatever else the process does has its turn. */
const WAKES_A_TURN = 2_000;
/** The same of states that are settled, which is dearer. */
const SETTLES_A_TURN = 8;

export function createKeyedLane<S, T extends DerivedTopic>(deps: KeyedLaneDeps<S, T>): KeyedLane {
  const { fold, partition, states, owners, versionsPerEpoch = VERSIONS_PER_EPOCH } = deps;
  const readings = createReadings([...fold.topics, ...(fold.upserts?.topics ?? [])], IDLE_GRACE_MS);
  const cache = createKeyCache(states, deps.cachedKeys);
  let epoch = 0;
  let emitted = 0;
  let outputs: KeyedOutput<T>[] = [];
  let timers: TimerQueue = createTimerQueue(states);
  let last: Promise<unknown> = Promise.resolve();
  let isOpen = false;
  let isTaken = false;
  let isOlder = false;
  /** Whether positions are ahead of what is stored. */
  let isUnstored = false;
  let wokenInTurn = 0;
  const unsettled = new Set<Slot<S>>();

  const inTurn = <R>(work: () => Promise<R>): Promise<R> => {
    const result = last.then(work, work);
    last = result.catch(() => undefined);
    return result;
  };

  const load = async (isOver?: () => boolean): Promise<void> => {
    const found = await states.open({ isOver });
    ({ epoch, isOlder = false } = found);
    emitted = 0;
    readings.load(found.positions);
    cache.clear();
    unsettled.clear();
    outputs = [];
    timers = createTimerQueue(states);
    isUnstored = false;
    isTaken = false;
    isOpen = true;
  };

  const take = (slot: Slot<S>, step: KeyedStep<S, T>): void => {
    if (step.isUnchanged === true) return;
    const { state, wakeAt, outputs: made } = step;
    const { key, wakeAt: before } = slot;
    if (step.isUnsettled === true) unsettled.add(slot);
    cache.change(slot, state, wakeAt);
    if (state !== undefined && wakeAt !== undefined && wakeAt !== before) timers.set({ time: wakeAt, key });
    for (const record of made) outputs.push({ key, record });
  };

  /** False when there may be more to wake, in another turn. */
  const wakeSome = (time: EpochMs): boolean => {
    if (fold.wake === undefined) return true;
    for (let due = timers.next(time); due !== undefined; due = timers.next(time)) {
      const slot = cache.slotOf(due.key);
      // Set anew or forgotten since.
      if (slot.state === undefined || slot.wakeAt !== due.time) continue;
      take(slot, fold.wake(due.key, slot.state, time));
      if (++wokenInTurn >= WAKES_A_TURN) return false;
    }
    return true;
  };

  const settle = async (): Promise<void> => {
    let settled = 0;
    for (const slot of unsettled) {
      unsettled.delete(slot);
      if (slot.state !== undefined && fold.settle !== undefined)
        take(slot, fold.settle(slot.key, slot.state));
      if (++settled % SETTLES_A_TURN === 0) await nextTurn();
    }
  };

  /**
   * What one topic leads to carries a version of its own. What several lead to depends on how they were interleaved, so
   * the newest owner's word must be the last: versions are counted up from its epoch.
   */
  const send = async (): Promise<void> => {
    while (outputs.length > 0) {
      let sent = outputs;
      if (fold.topics.length > 1) {
        if (emitted >= versionsPerEpoch) {
          epoch = await states.renew(epoch);
          emitted = 0;
        }
        sent = outputs.slice(0, versionsPerEpoch - emitted).map(({ key, record }) => ({
          key,
          record: { ...record, version: epoch * VERSIONS_PER_EPOCH + emitted++ },
        }));
      }
      await deps.emit(sent);
      outputs = outputs.slice(sent.length);
    }
  };

  const store = async (): Promise<void> => {
    if (!isUnstored) return;
    await states.commit({ epoch, positions: readings.positions(), entries: cache.changed() });
    isUnstored = false;
    cache.stored();
    timers.stored();
  };

  /** In the midst of waking: positions are before the record that woke them, so after a restart it wakes the others. */
  const rest = async (): Promise<void> => {
    wokenInTurn = 0;
    await nextTurn();
    if (!cache.isFull()) return;
    await settle();
    await send();
    isUnstored = true;
    await store();
  };

  const foldUpsert = async (reading: Reading, input: UpsertInput): Promise<void> => {
    const { offset } = input;
    const record = owners === undefined ? input.record : ownedUpsert(input.record, owners);
    const time = readings.logTime(reading, record.appendTime);
    while (!wakeSome(time)) await rest();
    reading.next = offset + 1;
    reading.logTime = Math.max(reading.logTime, record.appendTime);
    if (fold.upserts === undefined) return;
    const slot = cache.slotOf(fold.upserts.keyOf(record));
    take(slot, fold.upserts.step(slot.state, { ...input, record }));
  };

  const foldAll = async (topic: FoldedTopic, records: readonly LaneRecord[]): Promise<void> => {
    const reading = readings.of(topic);
    for (const { offset, record: found, upsert } of records) {
      if (offset < reading.next) continue;
      if (upsert !== undefined) {
        await foldUpsert(reading, { topic: topic as DerivedTopic, partition, offset, record: upsert });
        continue;
      }
      const record = found === undefined || owners === undefined ? found : ownedRecord(found, owners);
      if (record === undefined || record.rawOffset <= reading.rawHigh) {
        reading.next = offset + 1;
        continue;
      }
      // Before the record itself, so that what timers lead to does not depend on how the log was cut into batches.
      const time = readings.logTime(reading, record.appendTime);
      while (!wakeSome(time)) await rest();
      reading.next = offset + 1;
      reading.rawHigh = record.rawOffset;
      reading.logTime = Math.max(reading.logTime, record.appendTime);
      const slot = cache.slotOf(fold.keyOf(record));
      take(slot, fold.step(slot.state, { topic: topic as CleanTopic, partition, offset, record }));
    }
  };

  /** What was folded in memory is given up: it may go beyond what was sent, or belong to another by now. */
  const closing = (error: unknown): unknown => {
    isOpen = false;
    isTaken ||= isMarqueeError(error, 'STATE_MOVED');
    return error;
  };

  return {
    open: (topic, isOver) =>
      inTurn(async () => {
        if (!isOpen) await load(isOver);
        return readings.isRead(topic) || isOlder ? readings.of(topic).next : undefined;
      }),
    process: (topic, records) =>
      inTurn(async () => {
        if (!isOpen)
          throw new MarqueeError('STATE_MOVED', { topic, partition, actual: 'closed', expected: 'open' });
        const before = readings.of(topic).next;
        try {
          await foldAll(topic, records);
          await settle();
          await send();
          const { next } = readings.of(topic);
          isUnstored ||= next !== before;
          if (cache.isFull()) await store();
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
    isTaken: () => isTaken || (isOpen && states.isTaken?.() === true),
    forget: (key) =>
      inTurn(async () => {
        if (!isOpen) return;
        const slot = cache.slotOf(key);
        if (slot.state !== undefined) {
          unsettled.delete(slot);
          states.rebase?.();
          cache.change(slot, undefined, undefined);
          isUnstored = true;
        }
        // Also of a key that is gone already: it is still on disk where it could not be stored the last time.
        await store();
      }),
    release: () =>
      inTurn(async () => {
        isOpen = false;
        await states.release();
      }),
    skipTo(topic, offset) {
      const reading = readings.of(topic);
      reading.next = Math.max(reading.next, offset);
    },
    idle: (topic) => readings.idle(topic),
  };
}
