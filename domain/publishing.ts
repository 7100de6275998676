/** What is passed between the steps of publishing a version: plain data that goes through workflows, the API and the CLI. */
import type { Generation } from './ids.ts';
import type { CutVector, TableInput } from './manifest.ts';
import type { ViewName, ViewVersion } from './views.ts';

/** What a version is computed from. The same plan gives the same parts. */
export interface ComputePlan {
  /** Tables that had rows, with the snapshot to read. */
  readonly inputs: readonly TableInput[];
  /** First offset of each partition that is not counted. */
  readonly cut: CutVector;
  readonly blockSize: number;
  readonly generation: Generation;
}

/**
 * How a version is counted: from the whole log, or by laying what is new over the current version. Both come to the same
 * bytes; `reason` says why it is the one or the other.
 */
export type RefreshMode =
  | { readonly kind: 'full'; readonly reason: string }
  | {
      readonly kind: 'incremental';
      readonly reason: string;
      /** No event past the current version's cut was appended before, milliseconds since the epoch. */
      readonly appendedFromMs: number;
      /** Days of append time (since the epoch) that are counted anew, since commits other than appends touched them. */
      readonly days: readonly number[];
    };

/** Why a version was not announced: the rule's name and a sentence for the operator. */
export interface Refusal {
  readonly rule: string;
  readonly reason: string;
}

/** The rule of a version that lost the race against another that was announced meanwhile. */
export const PARENT_MOVED = 'parent-moved';

/** The rule of a version of which trying it out could not tell anything. It says nothing of the version. */
export const CANARY_UNDECIDED = 'canary-undecided';

/** What became of an attempt to publish. */
export type PublishOutcome =
  | {
      readonly outcome: 'announced';
      readonly view: ViewName;
      readonly version: ViewVersion;
      readonly parent: ViewVersion | null;
      /** By part. */
      readonly rowCounts: Readonly<Record<string, number>>;
      /** False when the announcement could not be sent: subscribers find the version at their next poll. */
      readonly notified: boolean;
    }
  | ({ readonly outcome: 'rejected'; readonly view: ViewName; readonly version: ViewVersion } & Refusal)
  /** There is nothing to publish that `version` does not say already, or for another `reason`; null before the first. */
  | {
      readonly outcome: 'unchanged';
      readonly view: ViewName;
      readonly version: ViewVersion | null;
      readonly reason?: string;
    };

/** A refresh that takes longer is ended; many times what one should take. */
export const REFRESH_TIMEOUT_MS = 2 * 3_600_000;
