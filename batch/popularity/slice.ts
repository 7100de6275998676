/** Which events of the log are counted, where not all below the cut are. */
import type { CutVector } from '../../domain/manifest.ts';
import type { MeasureLimits } from '../../domain/measures.ts';
import { FUTURE_LIMIT_MS, HOUR_MS, type EpochMs } from '../../domain/time.ts';

export type Slice =
  | { readonly kind: 'all' }
  /** Events appended in [fromMs, toMs), both at starts of windows of caps. */
  | { readonly kind: 'appended'; readonly fromMs: EpochMs; readonly toMs: EpochMs }
  /** What a version has not counted: offsets from its cut on, and whole hours of event time that it counted otherwise. */
  | {
      readonly kind: 'since';
      readonly cut: CutVector;
      readonly hours: readonly number[];
      /** No offset past the cut was appended before. */
      readonly appendedFromMs: EpochMs;
    };

export const ALL: Slice = { kind: 'all' };

/** Append times to read from, milliseconds. What is counted looks at the log before it, by caps and proofs. */
export interface SliceBounds {
  readonly countedFromMs: EpochMs;
  readonly capFromMs: EpochMs;
  readonly proofFromMs: EpochMs;
  /** Nothing is read from here on; undefined where the cut alone ends the slice. */
  readonly toMs: EpochMs | undefined;
}

export function boundsOf(slice: Slice, { capWindowMs, qualifyWindowMs }: MeasureLimits): SliceBounds {
  const countedFromMs = firstAppended(slice);
  const capFromMs = Math.floor(countedFromMs / capWindowMs) * capWindowMs;
  const toMs = slice.kind === 'appended' ? slice.toMs : undefined;
  return { countedFromMs, capFromMs, proofFromMs: Math.max(0, capFromMs - qualifyWindowMs), toMs };
}

function firstAppended(slice: Slice): EpochMs {
  switch (slice.kind) {
    case 'all':
      return 0;
    case 'appended':
      return slice.fromMs;
    case 'since': {
      // An event happens at most so long after it is appended.
      const ofHours = slice.hours.map((hour) => hour * HOUR_MS - FUTURE_LIMIT_MS);
      return Math.max(
        0,
        ofHours.reduce((least, at) => Math.min(least, at), slice.appendedFromMs),
      );
    }
  }
}
