/** What judging a drift profile says. Everything in it may be shown: it has names, counts and shapes, never a value. */
import type { EventKind } from '../events/contract.ts';
import type { JsonType } from './json-types.ts';
import type { Interval } from './proportion.ts';

export const DRIFT_VERDICTS = {
  /** Present less often than expected, beyond chance, and nobody declared it. */
  'missing-by-mistake': { isFault: true },
  /** Absent as a contract declares it. */
  'missing-on-purpose': { isFault: false },
  /** Present more often than expected, beyond chance. */
  'more-than-expected': { isFault: true },
  /** An attribute that the contract does not name. It is kept. */
  undeclared: { isFault: true },
  /** Of a type that was not declared, or not seen before. */
  'type-changed': { isFault: true },
  /** A kind of event that the contract does not name. */
  'undeclared-kind': { isFault: true },
  /** An app version that no contract of the producer covers. */
  'undeclared-version': { isFault: true },
} as const;
export type DriftVerdict = keyof typeof DRIFT_VERDICTS;

/** Where an expectation comes from. */
export type ExpectationSource =
  | { readonly from: 'contract'; readonly version: number; readonly covers: boolean }
  /** No contract: what the producer's app version before this one did. */
  | { readonly from: 'learned'; readonly appVersion: string }
  | { readonly from: 'nothing' };

/** The app version whose counts serve as expectation, if there is one. */
export function learnedFrom(previous: { readonly appVersion: string | null } | undefined): ExpectationSource {
  const appVersion = previous?.appVersion ?? null;
  return appVersion === null ? { from: 'nothing' } : { from: 'learned', appVersion };
}

export interface DriftFinding {
  readonly verdict: DriftVerdict;
  readonly producer: string | null;
  readonly appVersion: string | null;
  readonly kind: EventKind;
  /** Null where the verdict is about the kind or the app version. */
  readonly attribute: string | null;
  readonly source: ExpectationSource;
  readonly events: number;
  readonly present: number;
  /** In [0, 1]; a lower bound where `missed` is not 0. */
  readonly share: number;
  readonly missed: number;
  /** Wilson interval of the share. */
  readonly interval: Interval;
  /** The shares that would have been as expected, tolerance included. */
  readonly expected: Interval | null;
  /** Of an attribute outside the event contract: types by count, and a shape like `string of 3 to 12`. */
  readonly types: readonly { readonly type: JsonType; readonly present: number }[] | null;
  readonly shape: string | null;
  /** One sentence for people. */
  readonly reason: string;
}

export interface JudgedGroup {
  readonly producer: string | null;
  readonly appVersion: string | null;
  readonly kind: EventKind;
  readonly events: number;
  readonly source: ExpectationSource;
  /** False where there are too few events to judge shares by. */
  readonly enough: boolean;
  /** Of unknown attributes: how often one was let go for want of room, and events whose were too long to look at. */
  readonly beyondAttributes: number;
  readonly unreadExtras: number;
}

export interface DriftReport {
  readonly findings: readonly DriftFinding[];
  readonly groups: readonly JudgedGroup[];
  readonly beyondGroups: number;
}

export const isFault = ({ verdict }: DriftFinding): boolean => DRIFT_VERDICTS[verdict].isFault;
