/** What readings of a log's ends and a group's positions say of load: rates, lag, and whether a group can keep up. */
import type { EpochMs } from './time.ts';

/** One partition as one consumer group sees it. */
export interface PartitionReading {
  /** The same in every reading: group, topic and partition. */
  readonly name: string;
  readonly group: string;
  /** The member of the group that reads it, undefined while nobody does. */
  readonly owner: string | undefined;
  /** The offset after the last record. */
  readonly end: number;
  /** The offset that the group reads next; the log's start where it has committed none. */
  readonly position: number;
}

/** How a kind of process stood at one moment. */
export interface Reading {
  /** A clock that is never set back, where there is one; see `step` for what becomes of one that is. */
  readonly time: EpochMs;
  readonly partitions: readonly PartitionReading[];
  /** Partitions of the topic that has the most: more processes than that would idle. */
  readonly widest: number;
  /** Members of the group. */
  readonly processes: number;
}

export interface PartitionLoad {
  /** Records appended a second. */
  readonly arrivalRate: number;
  /** Records that wait beyond those that came within the allowance. */
  readonly backlog: number;
}

export interface Load {
  readonly partitions: readonly PartitionLoad[];
  readonly arrivalRate: number;
  /** Records read a second by all processes together. */
  readonly foldRate: number;
  /** Records that are not read yet. */
  readonly lag: number;
  readonly backlog: number;
}

/**
 * The load between two readings, the older first. `allowanceMs` is how much of the arrivals may always be under way: a
 * group says only now and then how far it is.
 */
export function loadBetween(from: Reading, to: Reading, allowanceMs: number): Load {
  const seconds = (to.time - from.time) / 1000;
  const before = new Map(from.partitions.map((one) => [one.name, one]));
  const partitions: PartitionLoad[] = [];
  const sum = { arrivalRate: 0, foldRate: 0, lag: 0, backlog: 0 };
  for (const { name, end, position } of to.partitions) {
    const old = before.get(name);
    const arrivalRate = old === undefined || seconds <= 0 ? 0 : (end - old.end) / seconds;
    const lag = Math.max(0, end - position);
    const backlog = Math.max(0, lag - (arrivalRate * allowanceMs) / 1000);
    partitions.push({ arrivalRate, backlog });
    sum.arrivalRate += arrivalRate;
    sum.foldRate += old === undefined || seconds <= 0 ? 0 : Math.max(0, position - old.position) / seconds;
    sum.lag += lag;
    sum.backlog += backlog;
  }
  return { partitions, ...sum };
}

/** Whether two readings are of the same partitions, and no log has become shorter between them. */
export function isContinued(from: Reading, to: Reading): boolean {
  if (from.partitions.length !== to.partitions.length) return false;
  const ends = new Map(from.partitions.map(({ name, end }) => [name, end]));
  return to.partitions.every(({ name, end }) => end >= (ends.get(name) ?? Infinity));
}
