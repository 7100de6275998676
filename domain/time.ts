/** Milliseconds since the Unix epoch. */
export type EpochMs = number;
/** Index of a five-minute event-time bucket: floor(ms / 300,000). */
export type Bucket = number;

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
export const BUCKET_MS = 5 * MINUTE_MS;

/** Events further ahead of the log than this are marked `future`. */
export const FUTURE_LIMIT_MS = 5 * MINUTE_MS;
/** Events older than this against the log are marked `old`. */
export const PAST_LIMIT_MS = 7 * DAY_MS;

/** The bucket of every event that belongs in totals but in no window (marked future or old). */
export const OUTSIDE_WINDOWS: Bucket = -1;

export const TIME_STATUS = { ok: 'ok', future: 'future', old: 'old' } as const;
export type TimeStatus = (typeof TIME_STATUS)[keyof typeof TIME_STATUS];

/** Judges an event's time by the log's own time (the raw record's broker append time), never by a clock. */
export function timeStatusOf(eventTime: EpochMs, appendTime: EpochMs): TimeStatus {
  if (eventTime - appendTime > FUTURE_LIMIT_MS) return TIME_STATUS.future;
  if (appendTime - eventTime > PAST_LIMIT_MS) return TIME_STATUS.old;
  return TIME_STATUS.ok;
}

export function bucketOf(eventTime: EpochMs, status: TimeStatus): Bucket {
  return status === TIME_STATUS.ok ? Math.floor(eventTime / BUCKET_MS) : OUTSIDE_WINDOWS;
}

export const bucketStart = (bucket: Bucket): EpochMs => bucket * BUCKET_MS;
