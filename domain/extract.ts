/**
 * The extractor's fold: one raw record in, one outcome out, a pure function of the raw log. A record is a duplicate when
 * the same key (kind, profile, event id) stood in its partition within the window before it, measured in log time, so
 * the decision needs no more than the last window of the log. An id repeated later than the window is a new event.
 *
 * It has two halves, so that answers can be fetched in between: `decide` says what is new, from the log alone; `finish`
 * adds what side inputs know. What they know never changes what is a duplicate, nor any order.
 */
import { enrich } from './enrich.ts';
import { EVERYBODY, type EventOwners } from './erasure/book.ts';
import { strippedEvent } from './erasure/strip.ts';
import { isSurrogate } from './erasure/tombstone.ts';
import type { ErrorCode } from './errors.ts';
import type { CleanRecord, MarqueeEvent } from './events/event.ts';
import { kindSpec } from './events/contract.ts';
import { parseEvent } from './events/validate.ts';
import { renderMessage } from './errors.ts';
import type { Redriven } from './redrive.ts';
import { NOTHING_KNOWN, type SideInputs } from './side-inputs.ts';
import type { CleanTopic } from './topics.ts';
import { timeStatusOf, type EpochMs } from './time.ts';

export interface RawRecord {
  readonly offset: number;
  /** Broker append time. */
  readonly timestamp: EpochMs;
  readonly value: Uint8Array | null;
  /** Where it was sent again for a dead letter. */
  readonly redriven?: Redriven | undefined;
}

export interface ExtractLimits {
  readonly dedupeWindowMs: number;
  readonly maxEventBytes: number;
}

/** When a key was last seen in this partition, in log time. */
export interface SeenKeys {
  lastSeen(key: string): EpochMs | undefined;
  /** Whether an event redriven for the raw record at this offset was accepted before; never forgotten. */
  isSettled(rawOffset: number): boolean;
}

/** What is new, to be finished. */
export interface Fresh {
  readonly type: 'fresh';
  readonly key: string;
  readonly event: MarqueeEvent;
  /** Seen before, but longer ago than the window. */
  readonly late: boolean;
}

export interface Duplicate {
  readonly type: 'duplicate';
  readonly key: string;
  readonly event: MarqueeEvent;
}

/** Redriven once more after its letter was settled: no sighting, nothing to write. */
export interface Settled {
  readonly type: 'settled';
  readonly key?: undefined;
}

export interface Clean {
  readonly type: 'clean';
  readonly topic: CleanTopic;
  readonly record: CleanRecord;
  readonly key: string;
  readonly late: boolean;
}

export interface Dead {
  readonly type: 'dead';
  readonly code: ErrorCode;
  readonly field?: string;
  readonly shape?: string;
  readonly message: string;
  /** Where it is an event: it was sighted like any other. */
  readonly key?: string;
}

export type ExtractOutcome = Clean | Duplicate | Dead | Settled;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The profile's length keeps ids apart whatever characters they hold. */
const dedupeKey = ({ kind, profileId, eventId }: MarqueeEvent): string =>
  `${kind}/${profileId.length}/${profileId}/${eventId}`;

/** The log's own time: append time that never steps back. */
export const logTimeAfter = (logTime: EpochMs, record: RawRecord): EpochMs =>
  Math.max(logTime, record.timestamp);

/**
 * Decides one raw record. `logTime` is the log's time at this record. Every outcome with a `key` is a sighting of that
 * key, which the caller remembers at `logTime`; any of a redriven record but `dead` settles its letter.
 */
export function extractStep(
  record: RawRecord,
  logTime: EpochMs,
  seen: SeenKeys,
  limits: ExtractLimits,
  inputs: SideInputs = NOTHING_KNOWN,
): ExtractOutcome {
  const decided = decide(record, logTime, seen, limits);
  return decided.type === 'fresh' ? finish(record, logTime, decided, inputs) : decided;
}

/**
 * The half that is a function of the raw log, and of who was erased from it, alone. A decision with a `key` is a sighting
 * of that key. An event that an erasure reaches is its surrogate's; sent again after that, it is still the same event.
 */
export function decide(
  record: RawRecord,
  logTime: EpochMs,
  seen: SeenKeys,
  limits: ExtractLimits,
  owners: EventOwners = EVERYBODY,
): Fresh | Duplicate | Dead | Settled {
  const { value: bytes, redriven } = record;
  if (redriven !== undefined && seen.isSettled(redriven.from)) return { type: 'settled' };
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
  const { event, key, others } = owned(validation.event, record, logTime - limits.dedupeWindowMs, owners);
  const last = redriven?.sighted === true ? undefined : lastOf(key, others, seen);
  if (last !== undefined && logTime - last <= limits.dedupeWindowMs) return { type: 'duplicate', key, event };
  return { type: 'fresh', key, event, late: last !== undefined };
}

interface Owned {
  readonly event: MarqueeEvent;
  readonly key: string;
  /** Keys under which the same event may have been sighted. */
  readonly others: readonly string[];
}

const NO_KEYS: readonly string[] = [];

/** An event that was redriven is of the time of the record that it stands for. */
function owned(
  event: MarqueeEvent,
  { offset, redriven }: RawRecord,
  since: EpochMs,
  owners: EventOwners,
): Owned {
  const { profileId } = event;
  const owner = owners.ownerOf(profileId, redriven?.from ?? offset);
  const aliases = owners.aliasesOf(profileId, since);
  if (owner === profileId && aliases.length === 0 && !isSurrogate(profileId))
    return { event, key: dedupeKey(event), others: NO_KEYS };
  const isErased = owner !== profileId || isSurrogate(profileId);
  const others = [profileId, ...aliases].filter((one) => one !== owner);
  return {
    event: isErased ? strippedEvent(event, owner) : event,
    key: dedupeKey({ ...event, profileId: owner }),
    others: others.map((other) => dedupeKey({ ...event, profileId: other })),
  };
}

function lastOf(key: string, others: readonly string[], seen: SeenKeys): EpochMs | undefined {
  let last = seen.lastSeen(key);
  for (const other of others) {
    const time = seen.lastSeen(other);
    if (time !== undefined && time > (last ?? -Infinity)) last = time;
  }
  return last;
}

/**
 * The clean record of what is new, its time judged by the log's time, which never steps back though the broker's clock
 * may. EVENT_CONTRADICTS where the event disagrees with itself or its region and nothing known settles it.
 */
export function finish(
  record: RawRecord,
  logTime: EpochMs,
  { key, event, late }: Fresh,
  inputs: SideInputs,
): Clean | Dead {
  const found = enrich(event, inputs);
  if ('expected' in found) {
    const { field, shape, expected } = found;
    return { ...dead('EVENT_CONTRADICTS', { field, shape, expected }), field, key };
  }
  return {
    type: 'clean',
    topic: kindSpec(event.kind).topic,
    key,
    late,
    record: {
      rawOffset: record.offset,
      appendTime: logTime,
      timeStatus: timeStatusOf(event.eventTime, logTime),
      event: found.event,
      enriched:
        record.redriven === undefined
          ? found.enriched
          : { ...found.enriched, redrivenFrom: record.redriven.from },
    },
  };
}

function dead(code: ErrorCode, details: Record<string, string | number>): Dead {
  const { shape } = details;
  return {
    type: 'dead',
    code,
    message: renderMessage(code, details),
    ...(shape === undefined ? {} : { shape: String(shape) }),
  };
}
