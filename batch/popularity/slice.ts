/** Which events of the log are counted, where not all below the cut are. */
import type { CutVector } from '../../domain/manifest.ts';
import type { MeasureLimits } from '../../domain/measures.ts';
import { DAY_MS, FUTURE_LIMIT_MS, HOUR_MS, PAST_LIMIT_MS, type EpochMs } from '../../domain/time.ts';
import { dayOf, type Span } from './spans.ts';

export type Slice =
  | { readonly kind: 'all' }
  /** Events appended on the days [fromDay, toDay). */
  | { readonly kind: 'appended'; readonly fromDay: number; readonly toDay: number }
  /** Events that happened in [fromMs, toMs), whenever they were appended. */
  | { readonly kind: 'happened'; readonly fromMs: EpochMs; readonly toMs: EpochMs }
  /** What a version has not counted: offsets from its cut on, and whole days of append time that it counted otherwise. */
  | {
      readonly kind: 'since';
      readonly cut: CutVector;
      readonly recounted: readonly number[];
      /** No offset past the cut was appended before. */
      readonly appendedFromMs: EpochMs;
    };

export const ALL: Slice = { kind: 'all' };

/** Append times to read from, milliseconds. What is counted looks at the log before it, by caps and proofs. */
export interface SliceBounds {
  readonly capFromMs: EpochMs;
  readonly proofFromMs: EpochMs;
  /** Nothing is read from here on; undefined where the cut alone ends the slice. */
  readonly toMs: EpochMs | undefined;
}

/** Of a slice, or of what it has of some append days. Throws RangeError where a window of caps goes over the end of a day. */
export function boundsOf(
  slice: Slice,
  { capWindowMs, qualifyWindowMs }: MeasureLimits,
  within?: Span,
): SliceBounds {
  if (DAY_MS % capWindowMs !== 0) throw new RangeError('a window of caps is no part of a day');
  const fromMs = Math.max(firstAppended(slice), (within?.fromDay ?? 0) * DAY_MS);
  const capFromMs = Math.floor(fromMs / capWindowMs) * capWindowMs;
  const toMs = Math.min(endOf(slice) ?? Infinity, (within?.toDay ?? Infinity) * DAY_MS);
  return {
    capFromMs,
    proofFromMs: Math.max(0, capFromMs - qualifyWindowMs),
    toMs: toMs === Infinity ? undefined : toMs,
  };
}

/** Whether something may be counted that was appended on a day within the bounds. */
export const mayCount = (slice: Slice, day: number): boolean =>
  slice.kind !== 'since' || slice.recounted.includes(day) || day >= dayOf(slice.appendedFromMs);

function firstAppended(slice: Slice): EpochMs {
  switch (slice.kind) {
    case 'all':
      return 0;
    case 'appended':
      return slice.fromDay * DAY_MS;
    case 'happened':
      return Math.max(0, slice.fromMs - FUTURE_LIMIT_MS);
    case 'since':
      return Math.min(slice.appendedFromMs, ...slice.recounted.map((day) => day * DAY_MS));
  }
}

function endOf(slice: Slice): EpochMs | undefined {
  if (slice.kind === 'appended') return slice.toDay * DAY_MS;
  // An event is appended at most so long after it happened.
  return slice.kind === 'happened' ? slice.toMs + PAST_LIMIT_MS + HOUR_MS : undefined;
}
