/** What is stored of a profile, on the numbers of one table of titles: what rows are ranked for. */
import { isSlotCapped, seenWeight, type ImpressionCaps } from './memory/read.ts';
import { entryCount, MEMORY_SPANS, slotAt, type MemoryState } from './memory/state.ts';
import { sumAt } from './memory/sums.ts';
import {
  addTitle,
  emptyTitleSet,
  type ProfileView,
  type TitleTable,
  type WatchedNumber,
} from './ranking/types.ts';
import { DAY_MS, type EpochMs } from './time.ts';
import { readList, readWatched } from './watching/read.ts';
import type { WatchingState } from './watching/state.ts';
import { titleId } from './ids.ts';

export interface StoredProfile {
  readonly watching?: WatchingState | undefined;
  readonly memory?: MemoryState | undefined;
}

/** Titles watched that are looked at: more neither changes a taste nor is shown. */
const MOST_WATCHED = 400;
/** Ratings from 0 to this say that a title is not to be shown. */
const DISLIKED_RATING = 3;
/** A title seen less often than that is as good as new. */
const LEAST_DISCOUNT = 0.999;
const WEEK = MEMORY_SPANS.findIndex(({ name }) => name === 'week');

/** Titles that the table does not have are passed over; of the episodes of a series the newest stands for it. */
export function profileViewOf(
  table: TitleTable,
  { watching, memory }: StoredProfile,
  now: EpochMs,
  caps: ImpressionCaps,
): ProfileView {
  const watched = watching === undefined ? [] : watchedOf(table, watching, now);
  const disliked = emptyTitleSet(table.count);
  const { titles = [], values = [] } = watching?.ratings ?? {};
  titles.forEach((title, i) => {
    const number = values[i]! <= DISLIKED_RATING ? table.numberOf(titleId(title)) : -1;
    if (number >= 0) addTitle(disliked, number);
  });
  const playedLately = new Set<number>();
  for (const { title, at } of watched) if (at > now - DAY_MS) playedLately.add(title);
  return {
    watched,
    list: watching === undefined ? new Uint32Array() : listOf(table, watching),
    disliked,
    ...seenOf(table, memory, now, caps, playedLately),
  };
}

function watchedOf(table: TitleTable, watching: WatchingState, now: EpochMs): WatchedNumber[] {
  const watched: WatchedNumber[] = [];
  const known = new Set<number>();
  const most = Math.min(watching.titles.length, MOST_WATCHED);
  for (let slot = 0; slot < most; slot++) {
    const root = watching.roots[slot]!;
    const played = titleId(watching.titles[slot]!);
    let title = table.numberOf(played);
    if (title < 0 && root !== '') title = table.numberOf(titleId(root));
    if (title < 0 || known.has(title)) continue;
    known.add(title);
    const { at, share, positionSeconds, status } = readWatched(watching, slot, now);
    watched.push({ title, playedId: played, at, share, positionSeconds, status });
  }
  return watched;
}

function listOf(table: TitleTable, watching: WatchingState): Uint32Array {
  const numbers = new Set<number>();
  for (const { titleId: title } of readList(watching)) {
    const number = table.numberOf(title);
    if (number >= 0) numbers.add(number);
  }
  return Uint32Array.from(numbers);
}

function seenOf(
  table: TitleTable,
  memory: MemoryState | undefined,
  now: EpochMs,
  caps: ImpressionCaps,
  playedLately: ReadonlySet<number>,
): Pick<ProfileView, 'capped' | 'seenWeights'> {
  const capped = emptyTitleSet(table.count);
  const seenWeights = new Map<number, number>();
  if (memory === undefined) return { capped, seenWeights };
  const weeks = new Float64Array(memory.titles.length);
  for (let entry = 0; entry < entryCount(memory); entry++)
    weeks[slotAt(memory, entry)]! += sumAt(memory, entry, WEEK, now);
  memory.titles.forEach((title, slot) => {
    const number = table.numberOf(titleId(title));
    if (number < 0) return;
    const weight = seenWeight(weeks[slot]!, caps);
    if (weight < LEAST_DISCOUNT) seenWeights.set(number, weight);
    if (!playedLately.has(number) && isSlotCapped(memory, slot, now, caps)) addTitle(capped, number);
  });
  return { capped, seenWeights };
}
