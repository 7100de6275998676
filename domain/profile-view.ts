/** What is stored of a profile, on the numbers of one table of titles: what rows are ranked for. */
import { cutUint32 } from './cut-arrays.ts';
import { dayCount } from './memory/day-count.ts';
import { isSlotCapped, seenWeight, weekOfWeight, type ImpressionCaps } from './memory/read.ts';
import { entryCount, MEMORY_SPANS, shortHash, slotAt, type MemoryState } from './memory/state.ts';
import { sumAt } from './memory/sums.ts';
import {
  addTitle,
  type ProfileView,
  titleSetWords,
  type SeenWeights,
  type ShownCounts,
  type TitleSet,
  type TitleTable,
  type WatchedNumber,
} from './ranking/types.ts';
import { DAY_MS, type EpochMs } from './time.ts';
import { readWatched } from './watching/read.ts';
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
const NO_RATINGS = { titles: [], values: [] } as const;
const WEEK = MEMORY_SPANS.findIndex(({ name }) => name === 'week');

/** Titles that the table does not have are passed over; of the episodes of a series the newest stands for it. */
export function profileViewOf(
  table: TitleTable,
  { watching, memory }: StoredProfile,
  now: EpochMs,
  caps: ImpressionCaps,
): ProfileView {
  const watched = watching === undefined ? [] : watchedOf(table, watching, now);
  const disliked = nothingOf(table);
  const { titles, values } = watching?.ratings ?? NO_RATINGS;
  for (let i = 0; i < titles.length; i++) {
    const number = values[i]! <= DISLIKED_RATING ? numberIn(table, titles[i]!) : -1;
    if (number >= 0) addTitle(disliked, number);
  }
  const playedLately = new Set<number>();
  for (const { title, at } of watched) if (at > now - DAY_MS) playedLately.add(title);
  return {
    watched,
    list: watching === undefined ? new Uint32Array() : listOf(table, watching),
    disliked,
    ...seenOf(table, memory, now, caps, playedLately),
  };
}

const nothingOf = ({ count }: TitleTable): TitleSet => cutUint32(titleSetWords(count));

/** Stored titles are new texts each time: a map would have to take in every one of them. */
function numberIn(table: TitleTable, title: string, hash = shortHash(title)): number {
  const id = titleId(title);
  const number = table.numberOfHashed?.(id, hash) ?? -1;
  return number < 0 ? table.numberOf(id) : number;
}

function watchedOf(table: TitleTable, watching: WatchingState, now: EpochMs): WatchedNumber[] {
  const watched: WatchedNumber[] = [];
  const known = new Set<number>();
  const most = Math.min(watching.titles.length, MOST_WATCHED);
  for (let slot = 0; slot < most; slot++) {
    const root = watching.roots[slot]!;
    const played = titleId(watching.titles[slot]!);
    let title = numberIn(table, played);
    if (title < 0 && root !== '') title = numberIn(table, root);
    if (title < 0 || known.has(title)) continue;
    known.add(title);
    const { at, share, positionSeconds, status } = readWatched(watching, slot, now);
    watched.push({ title, playedId: played, at, share, positionSeconds, status });
  }
  return watched;
}

function listOf(table: TitleTable, { list: { titles, values } }: WatchingState): Uint32Array {
  const numbers = new Set<number>();
  for (let at = 0; at < titles.length; at++) {
    const number = values[at] === 1 ? numberIn(table, titles[at]!) : -1;
    if (number >= 0) numbers.add(number);
  }
  const list = cutUint32(numbers.size);
  let place = 0;
  for (const number of numbers) list[place++] = number;
  return list;
}

/** By slot; used again by the next profile. */
let weeks = new Float64Array(1024);

/** Loops over columns here and above: this is done for every page. */
function seenOf(
  table: TitleTable,
  memory: MemoryState | undefined,
  now: EpochMs,
  caps: ImpressionCaps,
  playedLately: ReadonlySet<number>,
): Pick<ProfileView, 'capped' | 'seenWeights' | 'shownOf'> {
  const capped = nothingOf(table);
  const numbers: number[] = [];
  const weights: number[] = [];
  const seenWeights: SeenWeights = {
    forEach(visit) {
      for (let at = 0; at < numbers.length; at++) visit(weights[at]!, numbers[at]!);
    },
  };
  if (memory === undefined) return { capped, seenWeights };
  const { titles, titleHashes } = memory;
  if (weeks.length < titles.length) weeks = new Float64Array(2 * titles.length);
  weeks.fill(0, 0, titles.length);
  const entries = entryCount(memory);
  for (let entry = 0; entry < entries; entry++)
    weeks[slotAt(memory, entry)]! += sumAt(memory, entry, WEEK, now);
  const leastWeek = weekOfWeight(LEAST_DISCOUNT, caps);
  for (let slot = 0; slot < titles.length; slot++) {
    const isNoticed = weeks[slot]! > leastWeek;
    const isCapped = isSlotCapped(memory, slot, now, caps);
    // A memory reaches back a year: most of its titles are as good as new, and need no number.
    if (!isCapped && !isNoticed) continue;
    const number = numberIn(table, titles[slot]!, titleHashes[slot]);
    if (number < 0) continue;
    if (isNoticed) {
      numbers.push(number);
      weights.push(seenWeight(weeks[slot]!, caps));
    }
    if (isCapped && !playedLately.has(number)) addTitle(capped, number);
  }
  return { capped, seenWeights, shownOf: shownIn(table, memory, now) };
}

/** Counts by title number, added up when somebody asks for the first time; those of a series are those of what it has. */
function shownIn(table: TitleTable, memory: MemoryState, now: EpochMs): (title: number) => ShownCounts {
  const none: ShownCounts = { lastDay: 0, week: 0 };
  let counts: Map<number, ShownCounts> | undefined;
  const count = (): Map<number, ShownCounts> => {
    const found = new Map<number, ShownCounts>();
    const add = (slot: number, lastDay: number, week: number): void => {
      const number = numberIn(table, memory.titles[slot]!, memory.titleHashes[slot]);
      const before = found.get(number) ?? none;
      found.set(number, { lastDay: before.lastDay + lastDay, week: before.week + week });
    };
    for (let slot = 0; slot < memory.titles.length; slot++) add(slot, dayCount(memory, slot, now), 0);
    for (let entry = 0; entry < entryCount(memory); entry++)
      add(slotAt(memory, entry), 0, sumAt(memory, entry, WEEK, now));
    return found;
  };
  return (title) => (counts ??= count()).get(title) ?? none;
}
