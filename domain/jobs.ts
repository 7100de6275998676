/** What long-running work says of itself while it runs, and keeps when it goes on under another run. */

/** Answer to the query `progress`. */
export interface JobProgress {
  /** What is being done, in a word or two: `preparing`, `training`, `done`. */
  readonly phase: string;
  /** What it is done to: a model, a view; null where there is only one thing. */
  readonly subject: string | null;
  /** Share done of the whole, 0 to 1; never falls. */
  readonly share: number;
  /** ISO instants. The end is null while there is nothing to estimate it by. */
  readonly startedAt: string;
  readonly estimatedEnd: string | null;
  readonly paused: boolean;
}

/** What a job takes along when its history is begun anew. */
export interface JobState {
  readonly startedMs: number;
  readonly phase: string;
  readonly subject: string | null;
  readonly share: number;
  readonly paused: boolean;
}

/** A share below this says nothing of the end. */
const LEAST_SHARE = 0.02;

/** The end, if the rest goes on as what is done did; null while too little is done, or nothing moves. */
function estimateEnd({ startedMs, share, paused }: JobState, nowMs: number): string | null {
  if (paused || share < LEAST_SHARE) return null;
  const tookMs = Math.max(0, nowMs - startedMs);
  return new Date(startedMs + tookMs / Math.min(1, share)).toISOString();
}

export function progressOf(state: JobState, nowMs: number): JobProgress {
  const { startedMs, ...rest } = state;
  return {
    ...rest,
    startedAt: new Date(startedMs).toISOString(),
    estimatedEnd: estimateEnd(state, nowMs),
  };
}
