/** What the counts must be, worked out from the raw log by the definition alone, without any of the project's folds. */

export interface RawEntry {
  readonly offset: number;
  readonly timestamp: number;
  readonly text: string;
}

export interface SimulatedEvent {
  readonly kind: string;
  readonly profileId: string;
  readonly eventId: string;
  readonly titleId: string;
  readonly playId?: string;
  readonly viewedSeconds?: number;
  readonly row?: string;
  readonly origin?: string;
}

/** An event of a partition with its append time, which never steps back. */
export interface TimedEvent extends SimulatedEvent {
  readonly appendTime: number;
}

/**
 * title → [plays, qualified plays, impressions, seconds viewed, and the same four capped]; title and row → [impressions,
 * capped impressions]; title and `@` and profile → [play starts], of which only whether there are any is served.
 */
export type Totals = Map<string, number[]>;

/** Windows so short that runs have many of them. */
export const LIMITS = { capCount: 2, capWindowMs: 400, qualifyWindowMs: 700 } as const;

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
export function trueEvents(raw: readonly RawEntry[], windowMs: number): Map<number, TimedEvent> {
  const result = new Map<number, TimedEvent>();
  let time = 0;
  const sightings: { key: string; time: number }[] = [];
  for (const { offset, timestamp, text } of raw) {
    time = Math.max(time, timestamp);
    const event = parse(text);
    if (event === undefined) continue;
    const key = `${event.kind}|${event.profileId}|${event.eventId}`;
    if (!sightings.some((earlier) => earlier.key === key && time - earlier.time <= windowMs))
      result.set(offset, { ...event, appendTime: time });
    sightings.push({ key, time });
  }
  return result;
}

const isProof = ({ kind, viewedSeconds = 0 }: SimulatedEvent): boolean =>
  ['play_pause', 'play_stop'].includes(kind) && viewedSeconds >= 120;

/** How many events before this one, in its tumbling window, are of its profile and title and pass `filter`. */
function earlierInWindow(
  event: TimedEvent,
  before: readonly TimedEvent[],
  filter: (earlier: TimedEvent, index: number) => boolean,
): number {
  const windowOf = (time: number): number => Math.floor(time / LIMITS.capWindowMs);
  return before.filter(
    (earlier, index) =>
      windowOf(earlier.appendTime) === windowOf(event.appendTime) &&
      earlier.profileId === event.profileId &&
      earlier.titleId === event.titleId &&
      filter(earlier, index),
  ).length;
}

/** What each event of a partition counts for, given all of them in order, by the definition and nothing else. */
export function countEach(events: readonly TimedEvent[]): Totals[] {
  const qualifies = events.map(
    (event, i) =>
      isProof(event) &&
      !events
        .slice(0, i)
        .some(
          (earlier) =>
            isProof(earlier) &&
            earlier.profileId === event.profileId &&
            earlier.playId === event.playId &&
            event.appendTime - earlier.appendTime <= LIMITS.qualifyWindowMs,
        ),
  );
  return events.map((event, i) => {
    const { kind, titleId, origin } = event;
    const before = events.slice(0, i);
    const counted: Totals = new Map();
    const isSeen = kind === 'impression' && origin !== 'synthetic';
    const isOfKind = ({ kind: other, origin: from }: TimedEvent): boolean =>
      other === kind && from !== 'synthetic';
    const cap = earlierInWindow(event, before, isOfKind) < LIMITS.capCount ? 1 : 0;
    const qualifiedBefore = earlierInWindow(event, before, (_, j) => qualifies[j]!);
    const qualified = qualifies[i] ? 1 : 0;
    const seconds = kind === 'play_stop' ? Math.floor(event.viewedSeconds ?? 0) : 0;
    const raw = [kind === 'play_start' ? 1 : 0, isSeen ? 1 : 0, seconds] as const;
    counted.set(titleId, [
      ...[raw[0], qualified, raw[1], raw[2]],
      ...[raw[0] * cap, qualifiedBefore < LIMITS.capCount ? qualified : 0, raw[1] * cap, raw[2] * cap],
    ]);
    if (isSeen) counted.set(`${titleId} ${event.row}`, [1, cap]);
    if (kind === 'play_start') counted.set(`${titleId}@${event.profileId}`, [1]);
    return counted;
  });
}

export function addTotals(into: Totals, added: Totals): void {
  for (const [key, values] of added) {
    const sums = into.get(key) ?? values.map(() => 0);
    into.set(
      key,
      sums.map((sum, m) => sum + values[m]!),
    );
  }
}
