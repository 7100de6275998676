/**
 * Up to when the logs are known, and what ends with that: windows close, producers' hours are learned, lost sequence
 * numbers are decided.
 */
import type { EpochMs } from '../time.ts';
import { createPulse, pulseWindow } from './absence.ts';
import type { AuditLimits } from './limits.ts';
import { decideSequence, takeFound } from './sequence.ts';
import type { AuditState } from './state.ts';
import { heardIn } from './tally.ts';
import { createWindow, type WindowTally } from './window.ts';

/**
 * Every record appended before is taken: in each partition read, the log's time there, or the time up to which extract
 * had decided the raw log when the broker had nothing more, less `settleMs`. Never steps back; a broker that does not
 * answer, or an extractor that is behind, keeps it where it is.
 */
export function horizonOf(state: AuditState, expected: readonly string[], limits: AuditLimits): EpochMs {
  let horizon = Infinity;
  for (const at of expected) {
    const position = state.positions.get(at);
    const known = Math.max(position?.logTime ?? 0, (position?.provenAt ?? 0) - limits.settleMs);
    if (known < horizon) horizon = known;
  }
  return Number.isFinite(horizon) ? Math.max(horizon, state.horizon) : state.horizon;
}

/** Closes every window that ends by the horizon, and forgets those that were told of and are too old to be kept. */
export function closeWindows(state: AuditState, horizon: EpochMs, limits: AuditLimits): void {
  const { windowMs, keptWindows } = limits;
  // A clock that is far ahead of the log must not make the audit walk through years.
  const oldest = horizon - limits.absence.forgetMs;
  if (state.closedTo < oldest) state.closedTo = Math.floor(oldest / windowMs) * windowMs;
  state.horizon = Math.max(state.horizon, horizon);
  const before = state.closedTo;
  while (state.closedTo + windowMs <= horizon) {
    closeWindow(state, state.closedTo, limits);
    state.closedTo += windowMs;
  }
  if (state.closedTo > before) closeSequences(state, horizon, limits);
  if (horizon - state.driftFrom >= limits.driftMs) {
    state.drift.clear();
    state.driftFrom = horizon;
  }
  for (const [start, window] of state.windows) {
    if (start < state.closedTo - keptWindows * windowMs && !state.untold.has(start)) forget(state, window);
  }
}

/** What was found of the sequences is counted in the newest closed window; what came after all, in none any more. */
function closeSequences(state: AuditState, horizon: EpochMs, limits: AuditLimits): void {
  const start = state.closedTo - limits.windowMs;
  for (const [producer, track] of state.sequences) {
    decideSequence(track, horizon, limits.sequenceGraceMs);
    const { lost, repeated, recovered } = takeFound(track);
    takeBack(state, producer, recovered);
    if (lost === 0 && repeated === 0) continue;
    const window = state.windows.get(start) ?? createWindow(start);
    state.windows.set(start, window);
    const tally = window.sequences.get(producer) ?? { lost: 0, repeated: 0 };
    window.sequences.set(producer, { lost: tally.lost + lost, repeated: tally.repeated + repeated });
    window.total += lost + repeated;
    state.untold.add(start);
    state.unstored.add(start);
  }
}

/** The newest of a producer's lost numbers are taken back first. */
function takeBack(state: AuditState, producer: string, recovered: number): void {
  if (recovered === 0) return;
  let left = recovered;
  for (const window of [...state.windows.values()].sort((a, b) => b.start - a.start)) {
    const tally = window.sequences.get(producer);
    const here = Math.min(left, tally?.lost ?? 0);
    if (tally === undefined || here === 0) continue;
    left -= here;
    tally.lost -= here;
    // The window's version only grows.
    window.total += here;
    state.untold.add(window.start);
    state.unstored.add(window.start);
  }
}

function closeWindow(
  state: AuditState,
  start: EpochMs,
  { windowMs, maxProducers, absence }: AuditLimits,
): void {
  const window = state.windows.get(start);
  const heard = window === undefined ? new Map<string, never>() : heardIn(window);
  for (const [producer, counts] of heard) {
    if (state.pulses.has(producer) || state.pulses.size >= maxProducers) continue;
    state.pulses.set(producer, createPulse(counts.first));
  }
  for (const [producer, pulse] of state.pulses) {
    pulseWindow(pulse, { start, windowMs }, heard.get(producer));
    if (start - pulse.lastSeen > absence.forgetMs) {
      state.pulses.delete(producer);
      state.sequences.delete(producer);
    }
  }
}

function forget(state: AuditState, window: WindowTally): void {
  state.windows.delete(window.start);
  state.unstored.delete(window.start);
  for (const key of window.plays.keys()) state.plays.delete(key);
}
