/** Drives a keyed fold over two logs of a partition in any interleaving, with wakes at any moment from when they are due. */
import type { DerivedRecord } from '../../domain/events/derived.ts';
import type { CleanRecord } from '../../domain/events/event.ts';
import type { KeyedFold, KeyedStep } from '../../domain/keyed-fold.ts';
import type { CleanTopic, DerivedTopic } from '../../domain/topics.ts';
import type { Random } from '../../domain/random.ts';

export interface Driven<S, T extends DerivedTopic> {
  /** All outputs in the order they came, numbered as versions. */
  readonly outputs: readonly DerivedRecord<T>[];
  readonly states: ReadonlyMap<string, S>;
}

export interface DriveOptions {
  readonly random: Random;
  /** Log time that both logs reach at the end. */
  readonly until: number;
  /** Passes states through storage between steps. */
  readonly store?: <S>(state: S) => S;
}

export function driveFold<S, T extends DerivedTopic>(
  fold: KeyedFold<S, T>,
  logs: Partial<Record<CleanTopic, readonly CleanRecord[]>>,
  { random, until, store = (state) => state }: DriveOptions,
): Driven<S, T> {
  const states = new Map<string, S>();
  const timers = new Map<string, number>();
  const outputs: DerivedRecord<T>[] = [];
  const read = new Map(fold.topics.map((topic) => [topic, { next: 0, logTime: 0 }]));
  const logTime = (): number => {
    let least = Infinity;
    for (const at of read.values()) least = Math.min(least, at.logTime);
    return least;
  };
  let version = 0;

  const take = (key: string, { state, wakeAt, outputs: made }: KeyedStep<S, T>): void => {
    if (state === undefined) states.delete(key);
    else states.set(key, random.chance(0.1) ? store(state) : state);
    // A key that is overdue stays so until it is woken.
    const wasDue = (timers.get(key) ?? Infinity) <= logTime();
    if (wakeAt !== undefined && wakeAt <= logTime() && !wasDue) {
      throw new Error(`${key} is to be woken at ${wakeAt}, when it is ${logTime()}`);
    }
    if (state === undefined || wakeAt === undefined) timers.delete(key);
    else timers.set(key, wakeAt);
    for (const output of made) outputs.push({ ...output, version: ++version });
  };
  const wakeSome = (share: number): void => {
    for (const [key, time] of timers) {
      if (time > logTime() || !random.chance(share)) continue;
      timers.delete(key);
      take(key, fold.wake!(key, states.get(key)!, logTime()));
    }
  };

  let current = fold.topics[0]!;
  const isLeft = (topic: CleanTopic): boolean => read.get(topic)!.next < (logs[topic]?.length ?? 0);
  while (fold.topics.some(isLeft)) {
    // Runs of any length: now record by record, now one log far ahead of the other.
    if (!isLeft(current) || random.chance(random.chance(0.5) ? 0.5 : 0.01)) {
      const open = fold.topics.filter(isLeft);
      current = open[random.below(open.length)]!;
    }
    const at = read.get(current)!;
    const record = logs[current]![at.next]!;
    read.set(current, { next: at.next + 1, logTime: record.appendTime });
    if (random.chance(0.02)) wakeSome(0.5);
    const key = fold.keyOf(record);
    const input = { topic: current, partition: 0, offset: at.next, record };
    take(key, fold.step(states.get(key), input));
  }
  for (const topic of fold.topics) read.set(topic, { next: Infinity, logTime: until });
  while (Array.from(timers.values()).some((time) => time <= until)) wakeSome(1);
  return { outputs, states };
}
