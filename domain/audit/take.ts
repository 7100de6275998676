/**
 * Takes records into the audit's state, in the order of their partition; partitions in any interleaving. A record at or
 * before its partition's position, or whose raw offset was taken before, changes nothing.
 */
import type { CleanRecord } from '../events/event.ts';
import type { DerivedRecord } from '../events/derived.ts';
import type { CleanTopic } from '../topics.ts';
import type { EpochMs } from '../time.ts';
import { NO_PRODUCER, type AuditLimits } from './limits.ts';
import { createSequenceTrack, noteSequence } from './sequence.ts';
import type { AuditState, ReadPosition } from './state.ts';
import { countPartition, tallyClean, tallyLetter, type DeadLetter } from './tally.ts';
import { createWindow, type WindowTally } from './window.ts';

export interface RecordPlace {
  readonly partition: number;
  readonly offset: number;
}

const startOf = (time: EpochMs, windowMs: number): EpochMs => Math.floor(time / windowMs) * windowMs;

export function positionOf(state: AuditState, topic: string, partition: number): ReadPosition {
  const key = `${topic}/${partition}`;
  let position = state.positions.get(key);
  if (position === undefined) {
    state.positions.set(key, (position = { next: 0, rawHigh: -1, logTime: 0, provenAt: 0 }));
  }
  return position;
}

/** Moves past a record; false where it was taken before. */
function moveTo(position: ReadPosition, offset: number, rawOffset: number | undefined): boolean {
  if (offset < position.next) return false;
  position.next = offset + 1;
  if (rawOffset === undefined) return true;
  if (rawOffset <= position.rawHigh) return false;
  position.rawHigh = rawOffset;
  return true;
}

/** The window of a time, or undefined where it is not kept (any more). */
function windowAt(state: AuditState, time: EpochMs, limits: AuditLimits): WindowTally | undefined {
  const start = startOf(time, limits.windowMs);
  let window = state.windows.get(start);
  if (window === undefined) {
    if (start < state.begin) return undefined;
    if (start < state.closedTo - limits.keptWindows * limits.windowMs) {
      state.late++;
      return undefined;
    }
    state.windows.set(start, (window = createWindow(start)));
  }
  state.untold.add(start);
  state.unstored.add(start);
  return window;
}

export function takeClean(
  state: AuditState,
  topic: CleanTopic,
  { partition, offset }: RecordPlace,
  record: CleanRecord,
  limits: AuditLimits,
): void {
  const position = positionOf(state, topic, partition);
  if (!moveTo(position, offset, record.rawOffset)) return;
  position.logTime = Math.max(position.logTime, record.appendTime);
  const { producer, producerSeq } = record.event;
  noteProducerSequence(state, producer, producerSeq, record.appendTime, limits);
  const window = windowAt(state, record.appendTime, limits);
  if (window === undefined) return;
  tallyClean(window, topic, partition, record, limits);
  state.drift.add(record);
}

/** `rawOffset` is undefined for a letter about another log than the raw one. */
export function takeLetter(
  state: AuditState,
  { partition, offset }: RecordPlace,
  rawOffset: number | undefined,
  letter: DeadLetter,
  limits: AuditLimits,
): void {
  const position = positionOf(state, 'dead-letters', partition);
  if (!moveTo(position, offset, rawOffset)) return;
  position.logTime = Math.max(position.logTime, letter.appendTime);
  noteProducerSequence(state, letter.producer, letter.producerSeq, letter.appendTime, limits);
  const window = windowAt(state, letter.appendTime, limits);
  if (window === undefined) return;
  tallyLetter(window, partition, letter, limits);
}

/**
 * Also of a record whose window is given up: a number that comes late is not lost. What comes late makes numbers below it
 * missed only from now on.
 */
function noteProducerSequence(
  state: AuditState,
  producer: string | undefined,
  seq: number | undefined,
  time: EpochMs,
  limits: AuditLimits,
): void {
  if (producer === undefined || producer === NO_PRODUCER || seq === undefined) return;
  const at = Math.max(time, state.horizon);
  const known = state.sequences.get(producer);
  if (known === undefined && state.sequences.size >= limits.maxProducers) return;
  const track = known ?? createSequenceTrack(seq, at);
  if (known === undefined) state.sequences.set(producer, track);
  // Not all that was appended before the beginning is read: what is missing up to there is not lost.
  if (time < state.begin) track.first = Math.max(track.first, seq + 1);
  else if (known !== undefined) noteSequence(track, seq, at);
}

/**
 * A play is counted in the window of its first answer; a later answer changes that window's count while it is kept. Final
 * answers confirm and are never the first that is counted.
 */
export function takeAttributedPlay(
  state: AuditState,
  { partition, offset }: RecordPlace,
  record: DerivedRecord<'attributed-plays'>,
  limits: AuditLimits,
): void {
  const position = positionOf(state, 'attributed-plays', partition);
  if (!moveTo(position, offset, undefined)) return;
  position.logTime = Math.max(position.logTime, record.appendTime);
  const counted = state.plays.get(record.upsertKey);
  if (counted === undefined && record.isFinal !== 0) return;
  const window =
    counted === undefined ? windowAt(state, position.logTime, limits) : windowAt(state, counted, limits);
  if (window === undefined) return;
  const before = window.plays.get(record.upsertKey);
  if (before !== undefined && before.version >= record.version) return;
  if (before === undefined && state.plays.size >= limits.maxPlays) return;
  const { version, source, country, row = '', discoveryRow = '' } = record;
  window.plays.set(record.upsertKey, { version, source, country, row, discoveryRow });
  state.plays.set(record.upsertKey, window.start);
  window.total++;
  if (before === undefined) countPartition(window, 'attributed-plays', partition);
}

/** Moves past a record that could not be read or says nothing. */
export function passOver(state: AuditState, topic: string, { partition, offset }: RecordPlace): void {
  moveTo(positionOf(state, topic, partition), offset, undefined);
}
