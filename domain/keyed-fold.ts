/**
 * A rule over clean topics whose state belongs to a key, the profile: attribution, impression memory, signals. The live
 * stage, a replay, tests and benchmarks drive the same fold. All topics of one partition number are folded together, in
 * any interleaving; within a topic, records come in the order of the log.
 */
import type { EnrichedField, EventField } from './events/contract.ts';
import type { DerivedRecord } from './events/derived.ts';
import type { CleanRecord } from './events/event.ts';
import type { CleanTopic, DerivedTopic } from './topics.ts';
import { DAY_MS, type EpochMs } from './time.ts';

/**
 * Folds that remember for long forget a profile of which nothing came for so long, in log time. A sighting of that age
 * weighs a third in the year's count and next to nothing in those of a month and less; every signal has expired.
 */
export const QUIET_PROFILE_MS = 400 * DAY_MS;

export interface KeyedInput {
  readonly topic: CleanTopic;
  readonly partition: number;
  readonly offset: number;
  readonly record: CleanRecord;
}

/** A record of a derived topic. Of equal upsert keys the highest version says what holds, and records may come again. */
export interface UpsertInput {
  readonly topic: DerivedTopic;
  readonly partition: number;
  readonly offset: number;
  readonly record: DerivedRecord;
}

/** What a fold reads besides clean topics: keyed by profile, with the partitions of those. */
export interface UpsertReading<S, T extends DerivedTopic = DerivedTopic> {
  readonly topics: readonly DerivedTopic[];
  keyOf(record: DerivedRecord): string;
  /** As `KeyedFold.step`. */
  step(state: S | undefined, input: UpsertInput): KeyedStep<S, T>;
}

export interface KeyedStep<S, T extends DerivedTopic = DerivedTopic> {
  /** Undefined forgets the key. */
  readonly state: S | undefined;
  /**
   * Of a fold over one topic, with a version that is a function of the log, such as the raw offset. The outputs of a fold
   * over several topics get their version from whoever drives it.
   */
  readonly outputs: readonly DerivedRecord<T>[];
  /** Log time at which to call `wake` for this key, in place of any set before; absent for none. */
  readonly wakeAt?: EpochMs;
  /** Nothing is to be stored: state and timer are what they were. */
  readonly isUnchanged?: boolean;
  /** Whether `settle` is to be called before the state is stored. */
  readonly isUnsettled?: boolean;
}

export interface KeyedFold<S, T extends DerivedTopic = DerivedTopic> {
  /** Lower case letters and hyphens: part of folder and consumer group. */
  readonly name: string;
  /** Raised with every change of what the same log gives; state of another version is built anew from the log. */
  readonly version: number;
  readonly topics: readonly CleanTopic[];
  /** Where outputs go; undefined for a fold that only keeps state. */
  readonly output: T | undefined;
  /** The fields that `keyOf` and `step` read besides the kind: a driver may leave out all others. All when absent. */
  readonly reads?: readonly (EventField | EnrichedField)[];
  keyOf(record: CleanRecord): string;
  /** May change and return the state it was given; the caller does not look at it again. */
  step(state: S | undefined, input: KeyedInput): KeyedStep<S, T>;
  readonly upserts?: UpsertReading<S, T>;
  /**
   * Does what is dear, once for however many steps a batch has for the key, and always before its state is stored. What it
   * leaves must follow from the state alone, so that it is the same however the log was cut into batches.
   */
  settle?(key: string, state: S): KeyedStep<S, T>;
  /**
   * Log time is the least over the fold's topics in the partition, and never steps back. A new `wakeAt` must be later
   * than it.
   */
  wake?(key: string, state: S, logTime: EpochMs): KeyedStep<S, T>;
}
