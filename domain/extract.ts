/**
 * The extractor's fold: one raw record in, one outcome out, a pure function of the raw log. A record is a duplicate when
 * the same key (kind, profile, event id) stood in its partition within the window before it, measured in log time, so
 * the decision needs no more than the last window of the log. An id repeated later than the window is a new event.
 */
import type { ErrorCode } from './errors.ts';
import type { CleanRecord, MarqueeEvent } from './events/event.ts';
import { kindSpec } from './events/contract.ts';
import { parseEvent } from './events/validate.ts';
import { renderMessage } from './errors.ts';
import type { CleanTopic } from './topics.ts';
import { timeStatusOf, type EpochMs } from './time.ts';

export interface RawRecord {
  readonly offset: number;
  /** Broker append time. */
  readonly timestamp: EpochMs;
  readonly value: Uint8Array | null;
}

export interface ExtractLimits {
  readonly dedupeWindowMs: number;
  readonly maxEventBytes: number;
}

/** When a key was last seen in this partition, in log time. */
export interface SeenKeys {
  lastSeen(key: string): EpochMs | undefined;
}

export type ExtractOutcome =
  | {
      readonly type: 'clean';
      readonly topic: CleanTopic;
      readonly record: CleanRecord;
      readonly key: string;
      readonly late: boolean;
    }
  | { readonly type: 'duplicate'; readonly key: string; readonly event: MarqueeEvent }
  | {
      readonly type: 'dead';
      readonly code: ErrorCode;
      readonly field?: string;
      readonly shape?: string;
      readonly message: string;
    };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The profile's length keeps ids apart whatever characters they hold. */
export const dedupeKey = ({ kind, profileId, eventId }: MarqueeEvent): string =>
  `${kind}/${profileId.length}/${profileId}/${eventId}`;

/** The log's own time: append time that never steps back. */
export const logTimeAfter = (logTime: EpochMs, record: RawRecord): EpochMs =>
  Math.max(logTime, record.timestamp);

/**
 * Decides one raw record. `logTime` is the log's time at this record. Every outcome with a `key` is a sighting of that
 * key, which the caller remembers at `logTime`.
 */
export function extractStep(
  record: RawRecord,
  logTime: EpochMs,
  seen: SeenKeys,
  limits: ExtractLimits,
): ExtractOutcome {
  const bytes = record.value;
  if (bytes === null) return dead('EVENT_NOT_OBJECT', { shape: 'null' });
  if (bytes.byteLength > limits.maxEventBytes) {
    return dead('EVENT_TOO_LARGE', { bytes: bytes.byteLength, limit: limits.maxEventBytes });
  }
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return dead('EVENT_NOT_JSON', { reason: 'not UTF-8' });
  }
  const validation = parseEvent(text);
  if (!validation.ok) return { type: 'dead', ...validation.fault };
  const { event } = validation;
  const key = dedupeKey(event);
  const last = seen.lastSeen(key);
  if (last !== undefined && logTime - last <= limits.dedupeWindowMs) return { type: 'duplicate', key, event };
  const timeStatus = timeStatusOf(event.eventTime, record.timestamp);
  return {
    type: 'clean',
    topic: kindSpec(event.kind).topic,
    key,
    late: last !== undefined,
    record: { rawOffset: record.offset, appendTime: record.timestamp, timeStatus, event },
  };
}

function dead(code: ErrorCode, details: Record<string, string | number>): ExtractOutcome {
  const { shape } = details;
  return {
    type: 'dead',
    code,
    message: renderMessage(code, details),
    ...(shape === undefined ? {} : { shape: String(shape) }),
  };
}
