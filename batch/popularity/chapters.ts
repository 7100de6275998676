/** A span of many days that is too long to be held at once: some days of it are in memory at a time. */
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { LoggedEvents } from './logged-events.ts';
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

/** Events of some days, a chapter in memory at a time; to be asked for a day at a time, in order. */
export function eventsByChapters(
  days: readonly number[],
  chapters: readonly Span[],
  read: (chapter: Span, connection: DuckDbConnection) => Promise<LoggedEvents>,
): LoggedEvents {
  let held: { readonly chapter: Span; readonly events: LoggedEvents } | undefined;
  return {
    days: [...days].sort((a, b) => a - b),
    async of(span, connection) {
      const chapter = chapters.find(({ fromDay, toDay }) => span.fromDay >= fromDay && span.toDay <= toDay);
      if (chapter === undefined)
        throw new RangeError(`days ${span.fromDay} to ${span.toDay} are not of one chapter`);
      if (held?.chapter !== chapter) {
        held = undefined;
        held = { chapter, events: await read(chapter, connection) };
      }
      return held.events.of(span, connection);
    },
  };
}
