/** What of the view `popularity` is kept by five-minute bucket. */
import { BUCKET_MS, HOUR_MS, type EpochMs } from './time.ts';

/** How far back recent buckets are asked for: the longest window, the one before it and an hour to spare. */
const RECENT_MS = 49 * HOUR_MS;

/** First five-minute bucket that is recent at a time. */
export const recentFrom = (at: EpochMs): number => Math.floor((at - RECENT_MS) / BUCKET_MS);
