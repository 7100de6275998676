/**
 * What a profile has been shown: per title and row decayed counts over five spans, when first and last, and how often in
 * the last day. Within the limits the order in which events come is no matter (sums to 1e-9 of their value); past them,
 * what is forgotten is a function of the log.
 *
 * Remembered are explicit impressions (seen in a viewport). Synthetic ones, which a server infers from what it answered,
 * are not: where both exist for one sighting it counts once. Events whose time is marked future or old are left out,
 * since neither their age nor their day is known. Of plays only the newest start per title is kept, for the frequency
 * cap: a title's own, and that of the series it belongs to. A profile of which nothing came for QUIET_PROFILE_MS of log time
 * is forgotten whole.
 */
import type { CleanRecord, Impression, PlayEvent } from './events/event.ts';
import { QUIET_PROFILE_MS, type KeyedFold, type KeyedInput, type KeyedStep } from './keyed-fold.ts';
import { countInDay, hourOf } from './memory/day-count.ts';
import { foldWeakestRow, keepStrongest, newestTime } from './memory/evict.ts';
import {
  addEntry,
  createMemoryState,
  findEntry,
  findRow,
  findSlot,
  openSlot,
  OTHER,
  shortHash,
  type MemoryState,
} from './memory/state.ts';
import { openRow } from './memory/row-names.ts';
import { countSighting } from './memory/sums.ts';
import { TIME_STATUS, type EpochMs } from './time.ts';

export interface MemoryLimits {
  /** Strongest titles kept; a quarter more may be there between two evictions. At most 50,000. */
  readonly titles: number;
  /** Rows kept apart per title; the rest are one. */
  readonly rowsPerTitle: number;
  /** Names of rows per profile, at most 255; past it the weakest row goes into the other rows of its titles. */
  readonly rowNames: number;
  /** Titles played last. */
  readonly plays: number;
}

/** Its name and version, for those who read what it stored. */
export const IMPRESSION_MEMORY = { name: 'impression-memory', version: 5 } as const;

const NONE: readonly never[] = [];

export function createImpressionMemory(limits: MemoryLimits): KeyedFold<MemoryState> {
  return {
    ...IMPRESSION_MEMORY,
    topics: ['impressions', 'plays'],
    output: undefined,
    reads: ['eventTime', 'profileId', 'titleId', 'row', 'origin', 'rootTitleId'],
    keyOf: ({ event }) => event.profileId,
    step: (state, input) => stepMemory(limits, state, input),
    wake: (_profile, state, logTime) => forgetIfQuiet(state, logTime),
  };
}

function stepMemory(
  limits: MemoryLimits,
  state: MemoryState | undefined,
  { record }: KeyedInput,
): KeyedStep<MemoryState> {
  if (record.timeStatus !== TIME_STATUS.ok) return kept(state);
  const { event } = record;
  if (event.kind === 'impression' && event.origin !== 'synthetic') {
    return kept(rememberImpression(openedBy(state, event.eventTime), event, limits));
  }
  if (event.kind === 'play_start') {
    const memory = openedBy(state, event.eventTime);
    rememberPlays(memory, record as CleanRecord<PlayEvent>, limits);
    return kept(memory);
  }
  return kept(state);
}

/** Events set the moment to look once, or twice where they come out of order: they cost no timer. */
function openedBy(before: MemoryState | undefined, time: EpochMs): MemoryState {
  const state = before ?? createMemoryState();
  const lookAt = time + QUIET_PROFILE_MS;
  if (lookAt < state.lookAt) state.lookAt = lookAt;
  return state;
}

const kept = (state: MemoryState | undefined): KeyedStep<MemoryState> =>
  state === undefined ? { state, outputs: NONE } : { state, outputs: NONE, wakeAt: state.lookAt };

function forgetIfQuiet(state: MemoryState, logTime: EpochMs): KeyedStep<MemoryState> {
  const newest = Math.max(newestTime(state), ...state.playedAt);
  state.lookAt = newest + QUIET_PROFILE_MS;
  return kept(state.lookAt <= logTime ? undefined : state);
}

function rememberImpression(state: MemoryState, seen: Impression, limits: MemoryLimits): MemoryState {
  const { titleId, row, eventTime } = seen;
  const hash = shortHash(titleId);
  const known = findSlot(state, titleId, hash);
  if (known < 0) {
    const number = openRow(state, row, limits.rowNames);
    addEntry(state, openSlot(state, titleId, hourOf(eventTime), hash), number, eventTime);
  } else {
    countInRow(state, known, seen, limits);
    countInDay(state, known, eventTime);
  }
  const tooMany = state.titles.length > limits.titles + (limits.titles >> 2);
  return tooMany ? keepStrongest(state, limits.titles) : state;
}

function countInRow(state: MemoryState, slot: number, seen: Impression, limits: MemoryLimits): void {
  const { row, eventTime } = seen;
  const known = findRow(state, row);
  const number = known < 0 ? openRow(state, row, limits.rowNames) : known;
  const entry = findEntry(state, slot, number);
  if (entry >= 0) return countSighting(state, entry, eventTime);
  if (number !== OTHER) foldWeakestRow(state, slot, limits.rowsPerTitle);
  addEntry(state, slot, number, eventTime);
}

function rememberPlays(state: MemoryState, record: CleanRecord<PlayEvent>, limits: MemoryLimits): void {
  const { titleId, eventTime } = record.event;
  const root = record.enriched?.rootTitleId;
  rememberPlay(state, titleId, eventTime, limits.plays);
  if (root !== undefined && root !== titleId) rememberPlay(state, root, eventTime, limits.plays);
}

function rememberPlay(state: MemoryState, title: string, time: EpochMs, limit: number): void {
  const { playedTitles, playedAt } = state;
  const known = playedTitles.indexOf(title);
  if (known >= 0) {
    playedAt[known] = Math.max(playedAt[known]!, time);
    return;
  }
  playedTitles.push(title);
  playedAt.push(time);
  if (playedTitles.length <= limit) return;
  const isOlder = (a: number, b: number): boolean =>
    playedAt[a]! < playedAt[b]! || (playedAt[a] === playedAt[b] && playedTitles[a]! < playedTitles[b]!);
  let oldest = 0;
  for (let i = 1; i < playedAt.length; i++) if (isOlder(i, oldest)) oldest = i;
  playedTitles.splice(oldest, 1);
  playedAt.splice(oldest, 1);
}
