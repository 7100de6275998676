/** What the counts must be, worked out from the raw log by the definition alone, without any of the project's folds. */

export interface RawEntry {
  readonly offset: number;
  readonly timestamp: number;
  readonly text: string;
}

interface SimulatedEvent {
  readonly kind: string;
  readonly profileId: string;
  readonly eventId: string;
  readonly titleId: string;
  readonly viewedSeconds?: number;
}

/** title → [plays, qualified plays, impressions, seconds viewed] */
export type Totals = Map<string, [number, number, number, number]>;

function parse(text: string): SimulatedEvent | undefined {
  try {
    const value = JSON.parse(text) as SimulatedEvent;
    return typeof value.titleId === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

export const topicOf = (kind: string): 'plays' | 'impressions' =>
  kind === 'impression' ? 'impressions' : 'plays';

/** Raw offset → event, for the events of one raw partition that count: valid, and not seen within the window before. */
export function trueEvents(raw: readonly RawEntry[], windowMs: number): Map<number, SimulatedEvent> {
  const result = new Map<number, SimulatedEvent>();
  let time = 0;
  const sightings: { key: string; time: number }[] = [];
  for (const { offset, timestamp, text } of raw) {
    time = Math.max(time, timestamp);
    const event = parse(text);
    if (event === undefined) continue;
    const key = `${event.kind}|${event.profileId}|${event.eventId}`;
    if (!sightings.some((earlier) => earlier.key === key && time - earlier.time <= windowMs))
      result.set(offset, event);
    sightings.push({ key, time });
  }
  return result;
}

export function addTruth(totals: Totals, event: SimulatedEvent): void {
  let row = totals.get(event.titleId);
  if (row === undefined) totals.set(event.titleId, (row = [0, 0, 0, 0]));
  if (event.kind === 'play_start') row[0] += 1;
  if (event.kind === 'impression') row[2] += 1;
  if (event.kind === 'play_stop') {
    const viewed = event.viewedSeconds ?? 0;
    if (viewed >= 120) row[1] += 1;
    row[3] += Math.floor(viewed);
  }
}
