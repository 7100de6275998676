/** A span of many days that is too long to be held at once: some days of it are in memory at a time. */
import type { CountedDays } from './counted-days.ts';
import type { Span } from './spans.ts';

/** Stretches of days that have about so many events each, unless one day has more, and no events of days not wanted. */
export function chaptersOf(
  events: ReadonlyMap<number, number>,
  atOnce: number,
  isWanted: (day: number) => boolean = () => true,
): Span[] {
  const chapters: { fromDay: number; toDay: number; events: number }[] = [];
  let isParted = true;
  for (const [day, count] of [...events].sort(([a], [b]) => a - b)) {
    const last = chapters.at(-1);
    if (!isWanted(day)) {
      isParted = true;
      continue;
    }
    if (last === undefined || isParted || last.events + count > atOnce)
      chapters.push({ fromDay: day, toDay: day + 1, events: count });
    else Object.assign(last, { toDay: day + 1, events: last.events + count });
    isParted = false;
  }
  return chapters.map(({ fromDay, toDay }) => ({ fromDay, toDay }));
}

/** Counts of some days, a chapter in memory at a time; to be asked for in order. */
export function countedByChapters(
  days: readonly number[],
  chapters: readonly Span[],
  read: (chapter: Span) => Promise<CountedDays>,
): CountedDays {
  let held: { readonly chapter: Span; readonly counted: CountedDays } | undefined;
  const release = (): void => {
    held?.counted.release();
    held = undefined;
  };
  return {
    days: [...days].sort((a, b) => a - b),
    async of(day, fromBucket) {
      const chapter = chapters.find(({ fromDay, toDay }) => day >= fromDay && day < toDay);
      if (chapter === undefined) throw new RangeError(`day ${day} is of no chapter`);
      if (held?.chapter !== chapter) {
        release();
        held = { chapter, counted: await read(chapter) };
      }
      return held.counted.of(day, fromBucket);
    },
    release,
  };
}
