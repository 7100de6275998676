/** What is read off a memory: decayed counts as of a moment, the frequency cap and the discount of titles seen often. */
import { titleId, type TitleId } from '../ids.ts';
import { DAY_MS, type EpochMs } from '../time.ts';
import { dayCount } from './day-count.ts';
import { slotsByStrength } from './evict.ts';
import {
  entryCount,
  findSlot,
  lastTime,
  MEMORY_SPANS,
  OTHER_ROWS,
  rowAt,
  slotAt,
  SPAN_COUNT,
  type MemorySpan,
  type MemoryState,
} from './state.ts';
import { firstTime, sumAt } from './sums.ts';

export type DecayedCounts = Readonly<Record<MemorySpan, number>>;

interface Sightings {
  readonly counts: DecayedCounts;
  readonly firstSeen: EpochMs;
  readonly lastSeen: EpochMs;
}

/** `row` is null for the rows that were folded together. */
export type RowMemory = Sightings & { readonly row: string | null };

export type TitleMemory = Sightings & {
  readonly titleId: TitleId;
  /** Exact: impressions in the hour of `now` and the 23 before it. */
  readonly lastDay: number;
  /** Newest start of a play, where it is among those remembered. */
  readonly playedAt: EpochMs | undefined;
  readonly rows: readonly RowMemory[];
};

export interface ImpressionCaps {
  /** Impressions within a day from which a title not played in it is capped. */
  readonly perDay: number;
  /** Impressions of the decayed week that halve a title's weight. */
  readonly halvedBy: number;
  /** What a weight never falls below. */
  readonly leastWeight: number;
}

/** All that is remembered, as of `now`, the strongest titles first. */
export function readMemory(state: MemoryState, now: EpochMs): TitleMemory[] {
  const bySlot = state.titles.map((): number[] => []);
  for (let entry = 0; entry < entryCount(state); entry++) bySlot[slotAt(state, entry)]!.push(entry);
  return slotsByStrength(state, now).map((slot) => readSlot(state, slot, bySlot[slot]!, now));
}

function readSlot(state: MemoryState, slot: number, entries: readonly number[], now: EpochMs): TitleMemory {
  const title = titleId(state.titles[slot]!);
  const rows = entries
    .map((entry) => ({ row: state.rows[rowAt(state, entry)]!, ...sightings(state, [entry], now) }))
    .sort((a, b) => (a.row < b.row ? -1 : 1))
    .map(({ row, ...seen }) => ({ row: row === OTHER_ROWS ? null : row, ...seen }));
  return {
    titleId: title,
    ...sightings(state, entries, now),
    lastDay: dayCount(state, slot, now),
    playedAt: lastPlayed(state, title),
    rows,
  };
}

function sightings(state: MemoryState, entries: readonly number[], now: EpochMs): Sightings {
  const sums = new Array<number>(SPAN_COUNT).fill(0);
  let [firstSeen, lastSeen] = [Infinity, -Infinity];
  for (const entry of entries) {
    for (let i = 0; i < SPAN_COUNT; i++) sums[i]! += sumAt(state, entry, i, now);
    firstSeen = Math.min(firstSeen, firstTime(state, entry));
    lastSeen = Math.max(lastSeen, lastTime(state, entry));
  }
  const counts = Object.fromEntries(MEMORY_SPANS.map(({ name }, i) => [name, sums[i]!]));
  return { counts: counts as DecayedCounts, firstSeen, lastSeen };
}

function lastPlayed({ playedTitles, playedAt }: MemoryState, title: string): EpochMs | undefined {
  const at = playedTitles.indexOf(title);
  return at < 0 ? undefined : playedAt[at];
}

/** Whether a title was shown too often within a day without being played in it. */
export function isCapped(
  state: MemoryState,
  title: string,
  now: EpochMs,
  caps: Pick<ImpressionCaps, 'perDay'>,
): boolean {
  const slot = findSlot(state, title);
  return slot >= 0 && isSlotCapped(state, slot, now, caps);
}

/** The same of a title by its slot. */
export function isSlotCapped(
  state: MemoryState,
  slot: number,
  now: EpochMs,
  caps: Pick<ImpressionCaps, 'perDay'>,
): boolean {
  if (dayCount(state, slot, now) < caps.perDay) return false;
  const played = lastPlayed(state, state.titles[slot]!);
  return played === undefined || played <= now - DAY_MS;
}

/** The factor for the score of a title by its decayed count of the week: 1 for none, falling to `leastWeight`. */
export function seenWeight(week: number, caps: Pick<ImpressionCaps, 'halvedBy' | 'leastWeight'>): number {
  return caps.leastWeight + (1 - caps.leastWeight) * 2 ** (-week / caps.halvedBy);
}

/** The decayed count of the week past which a title's factor is below `weight`; infinite where none ever is. */
export const weekOfWeight = (
  weight: number,
  { halvedBy, leastWeight }: Pick<ImpressionCaps, 'halvedBy' | 'leastWeight'>,
): number =>
  weight <= leastWeight ? Infinity : -halvedBy * Math.log2((weight - leastWeight) / (1 - leastWeight));
