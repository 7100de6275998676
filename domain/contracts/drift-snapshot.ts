/** What a drift profile has counted, as plain data: it may be sent to another process, kept, or merged. */
import type { EventField, EventKind } from '../events/contract.ts';
import type { EpochMs } from '../time.ts';
import type { JsonType } from './json-types.ts';

export interface DriftSnapshot {
  readonly groups: readonly DriftGroup[];
  /** Events of producers, versions and kinds beyond the limit of groups: counted here alone. */
  readonly beyondGroups: number;
}

/** The events of one producer, app version and kind. */
export interface DriftGroup {
  /** Null where the event names none. */
  readonly producer: string | null;
  readonly appVersion: string | null;
  readonly kind: EventKind;
  readonly events: number;
  /** Least and greatest append time. */
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** How many events have each attribute that the event contract leaves optional, zeros too. */
  readonly fields: readonly FieldCount[];
  /** Attributes outside the event contract, in the order of their names by code units. */
  readonly unknown: readonly UnknownAttribute[];
  /** Unknown attributes that were let go for want of room: how often one was present. */
  readonly beyondAttributes: number;
  /** An unknown attribute that is not listed was present at most so often. */
  readonly missedAtMost: number;
  /** Events whose unknown attributes were too long to look at. */
  readonly unreadExtras: number;
}

export interface FieldCount {
  readonly name: EventField;
  readonly present: number;
}

export interface UnknownAttribute {
  /** Cut after so many characters as the limits say. */
  readonly name: string;
  /** Events that have it; null counts as absent. */
  readonly present: number;
  /** Events that have it as null. */
  readonly nulls: number;
  /** At most so many more had it before it was counted, when there was no room; 0 where the count is exact. */
  readonly missed: number;
  readonly types: readonly { readonly type: JsonType; readonly present: number }[];
  /** Least and greatest length of its strings, and of its lists; null where there was none. */
  readonly stringLength: readonly [least: number, most: number] | null;
  readonly listLength: readonly [least: number, most: number] | null;
}
