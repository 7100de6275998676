/** A log that is counted by several workers: each counts some whole spans of append days. */
import type { ComputePlan } from '../../domain/publishing.ts';
import type { EpochMs } from '../../domain/time.ts';
import { DAY_MS, HOUR_MS } from '../../domain/time.ts';
import { COUNTED_TOPICS } from '../../domain/topics.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import type { AppendWindow } from '../../infra/lake/row-files.ts';
import { generationNumber } from './log-slice.ts';
import { spansOf, type Span } from './spans.ts';

export interface PieceLimits {
  /** A piece has about so many events, unless one span has more. */
  readonly eventsPerPiece: number;
  readonly maxPieces: number;
}

/** Events that are read at a time, unless one day has more; three times as many are under way where one worker counts the whole log. */
export const EVENTS_AT_ONCE = 2_000_000;

/** Events that the log may hold below the cut, by its offsets; those of earlier generations are not told, and may be any. */
export const eventsBelow = ({ cut, generation }: Pick<ComputePlan, 'cut' | 'generation'>): number =>
  generationNumber({ generation }) > 1
    ? Infinity
    : Object.values(cut)
        .flat()
        .reduce((sum, offset) => sum + offset, 0);

/**
 * Days of append time on which the plan's tables have rows, with how many; a few of them may lie past the cut. Within a
 * window where one is given, to the hour, or nearly.
 */
export async function appendDays(
  lake: Pick<DuckDbLake, 'read' | 'rowsSql' | 'rowsByHour'>,
  plan: ComputePlan,
  { fromMs, toMs }: AppendWindow = { fromMs: 0 },
): Promise<Map<number, number>> {
  const days = new Map<number, number>();
  for (const topic of COUNTED_TOPICS) {
    const input = plan.inputs.find(({ table }) => table === topic);
    if (input === undefined) continue;
    const byHour = await lake.rowsByHour(topic, input.snapshotId);
    for (const [hour, events] of byHour ?? []) {
      if ((hour + 1) * HOUR_MS <= fromMs || hour * HOUR_MS >= (toMs ?? Infinity)) continue;
      const day = Math.floor((hour * HOUR_MS) / DAY_MS);
      days.set(day, (days.get(day) ?? 0) + events);
    }
    if (byHour !== undefined) continue;
    const rows = await lake.rowsSql(topic, input.snapshotId, { fromMs, toMs });
    const before = toMs === undefined ? '' : ` AND append_time < epoch_ms(${toMs})`;
    const { rowCount, columns } = await lake.read((connection) =>
      connection.query(`SELECT CAST(epoch_ms(append_time) // ${DAY_MS} AS INTEGER) AS day, count(*) AS events
        FROM ${rows} WHERE append_time >= epoch_ms(${fromMs})${before} GROUP BY day`),
    );
    for (let row = 0; row < rowCount; row++) {
      const day = Number(columns['day']!.values[row]);
      days.set(day, (days.get(day) ?? 0) + Number(columns['events']!.values[row]));
    }
  }
  return days;
}

/** Cuts the days into pieces that follow each other, none of which parts a span. */
export function piecesOf(
  days: ReadonlyMap<number, number>,
  asOf: EpochMs,
  { eventsPerPiece, maxPieces }: PieceLimits,
): Span[] {
  const total = [...days.values()].reduce((sum, events) => sum + events, 0);
  const wanted = Math.max(eventsPerPiece, Math.ceil(total / maxPieces));
  const pieces: { fromDay: number; toDay: number; events: number }[] = [];
  for (const { fromDay, toDay } of spansOf(days.keys(), asOf)) {
    let events = 0;
    for (const [day, of] of days) if (day >= fromDay && day < toDay) events += of;
    const last = pieces.at(-1);
    if (last === undefined || last.events + events > wanted) pieces.push({ fromDay, toDay, events });
    else Object.assign(last, { toDay, events: last.events + events });
  }
  // Spans that just do not fit together can make twice as many.
  while (pieces.length > maxPieces) {
    const { toDay, events } = pieces.pop()!;
    const last = pieces.at(-1)!;
    Object.assign(last, { toDay, events: last.events + events });
  }
  return pieces.map(({ fromDay, toDay }) => ({ fromDay, toDay }));
}
