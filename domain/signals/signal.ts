/** A signal that holds, and the upserts by which the topic learns what has changed. */
import type { CleanRecord } from '../events/event.ts';
import type { DerivedRecord } from '../events/derived.ts';
import { TIME_STATUS, type EpochMs } from '../time.ts';
import { SIGNALS, type SignalName } from './registry.ts';

export type SignalRecord = DerivedRecord<'user-behavior-features'>;

export interface Signal {
  readonly name: SignalName;
  /** What it is told of once: two signals of one name and occurrence are the same one. */
  readonly occurrence: string;
  readonly subject: string;
  /** When it came to hold. */
  readonly eventTime: EpochMs;
  readonly value: number;
  /** JSON. */
  readonly detail: string;
}

/** Whether an event came within the lateness bound, judged by its own record alone. Later ones change no signal. */
export const isTimely = ({ event, appendTime, timeStatus }: CleanRecord, latenessMs: number): boolean =>
  timeStatus === TIME_STATUS.ok && appendTime - event.eventTime <= latenessMs;

/**
 * What a record changed between two sets of signals that hold. The version is the record's raw offset: it rises within a
 * profile, so nothing has to be remembered of signals long gone.
 */
export function upsertsBetween(
  before: readonly Signal[],
  after: readonly Signal[],
  record: CleanRecord,
): SignalRecord[] {
  if (before.length + after.length === 0) return [];
  const gone = new Map(before.map((signal) => [idOf(signal), signal]));
  const upserts: SignalRecord[] = [];
  for (const signal of after) {
    const id = idOf(signal);
    const known = gone.get(id);
    gone.delete(id);
    if (known === undefined || !isSame(known, signal)) upserts.push(upsert(signal, 'raised', record));
  }
  for (const signal of gone.values()) upserts.push(upsert(signal, 'withdrawn', record));
  return upserts;
}

export const idOf = ({ name, occurrence }: Signal): string => `${name}/${occurrence}`;

const isSame = (a: Signal, b: Signal): boolean =>
  a.eventTime === b.eventTime && a.value === b.value && a.subject === b.subject && a.detail === b.detail;

/** Those that have not expired, the newest first. */
export function holding(signals: readonly Signal[], now: EpochMs): Signal[] {
  return signals
    .filter((signal) => expiryOf(signal) > now)
    .sort((a, b) => b.eventTime - a.eventTime || (idOf(a) < idOf(b) ? -1 : 1));
}

export const expiryOf = ({ name, eventTime }: Signal): EpochMs => eventTime + SIGNALS[name].lifetimeMs;

function upsert(signal: Signal, state: 'raised' | 'withdrawn', record: CleanRecord): SignalRecord {
  const { profileId } = record.event;
  const { name, subject, eventTime, value, detail } = signal;
  return {
    // The profile's length keeps ids apart whatever characters they hold.
    upsertKey: `${profileId.length}/${profileId}/${idOf(signal)}`,
    version: record.rawOffset,
    appendTime: record.appendTime,
    profileId,
    signal: name,
    subject,
    state,
    eventTime,
    expiresAt: expiryOf(signal),
    ...(state === 'raised' ? { value, detail } : {}),
  };
}
