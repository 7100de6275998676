/**
 * Generated viewing sessions for tests of attribution, as the two clean logs that they become: times on a coarse grid so
 * that ties abound, delays within, at and beyond the lateness bound, repeated ids, series, stated rows and pages.
 */
import type { AttributionLimits } from '../../domain/attribution.ts';
import type { CleanRecord, MarqueeEvent } from '../../domain/events/event.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, timeStatusOf } from '../../domain/time.ts';
import { createRandom, type Random } from '../../domain/random.ts';

export const LIMITS: AttributionLimits = {
  windowMs: 2 * HOUR_MS,
  discoveryDays: 2,
  latenessMs: HOUR_MS,
  sightings: 10_000,
  pendingPlays: 10_000,
};

/** The records of one partition; each log in its order, raw offsets as in the raw log that both came from. */
export interface PartitionLogs {
  readonly impressions: readonly CleanRecord[];
  readonly plays: readonly CleanRecord[];
}

const START = 1_790_000_000_000;
const SPAN_MS = 6 * DAY_MS;
const ROOT_OF: Readonly<Record<string, string>> = { e11: 's1', e12: 's1', e21: 's2' };
const TITLES = ['f1', 'f2', 'Ünï', 'e11', 'e12', 'e21', 's1', 's2'];
const ROWS = ['trending', 'top-picks', 'because'];
const PAGES = ['home', 'search'];
/** Beyond the basic plane, near its end and below: their order differs by UTF-16 unit and by code point. */
const ID_MARKS = ['\u{1f3ac}', '\uff5e', 'z', 'a'];
const PLAY_GAPS_MS = [
  0,
  0,
  MINUTE_MS,
  5 * MINUTE_MS,
  LIMITS.windowMs,
  LIMITS.windowMs + 1,
  DAY_MS,
  2 * DAY_MS,
];

interface Sent {
  readonly event: MarqueeEvent;
  readonly appendTime: number;
}

/** Sessions of `profiles` profiles, over six days unless said otherwise, spread over partitions by profile. */
export function generateLogs(
  seed: number,
  sizes: {
    readonly sessions: number;
    readonly profiles: number;
    readonly partitions: number;
    readonly spanMs?: number;
  },
): PartitionLogs[] {
  const random = createRandom(seed);
  const sent: Sent[][] = Array.from({ length: sizes.partitions }, () => []);
  for (let session = 0; session < sizes.sessions; session++) {
    const profile = random.below(sizes.profiles);
    sent[profile % sizes.partitions]!.push(
      ...generateSession(random, `p${profile}`, session, sizes.spanMs ?? SPAN_MS),
    );
  }
  return sent.map((partition) => logsOf(random, partition));
}

function generateSession(random: Random, profileId: string, session: number, spanMs: number): Sent[] {
  const base = START + 5 * MINUTE_MS * random.below(spanMs / (5 * MINUTE_MS));
  const id = (i: number): string => `${pick(random, ID_MARKS)}${session}-${i}`;
  const envelope = { profileId, country: pick(random, ['DE', 'US']) };
  const events: object[] = [];
  const shown: string[] = [];
  const count = 3 + random.below(7);
  for (let i = 0; i < count; i++) {
    const titleId = pick(random, TITLES);
    shown.push(titleId);
    events.push({
      ...envelope,
      kind: 'impression',
      eventId: id(i),
      eventTime: base + MINUTE_MS * random.below(4),
      titleId,
      row: pick(random, ROWS),
      rank: random.below(5),
      ...(random.chance(0.7) ? { pageId: pick(random, PAGES) } : {}),
      ...(random.chance(0.1) ? { origin: random.chance(0.5) ? 'synthetic' : 'explicit' } : {}),
    });
  }
  for (let i = 0; i < 1 + random.below(2); i++) {
    const playId = random.chance(0.03) ? `again-${random.below(3)}` : id(100 + i);
    events.push({
      ...envelope,
      kind: random.chance(0.1) ? 'play_pause' : 'play_start',
      eventId: playId,
      ...(random.chance(0.5) ? { playId } : {}),
      positionSeconds: 0,
      eventTime: base + MINUTE_MS * random.below(4) + pick(random, PLAY_GAPS_MS),
      titleId: random.chance(0.8) ? pick(random, shown) : pick(random, TITLES),
      ...(random.chance(0.5) ? { pageId: pick(random, PAGES) } : {}),
      ...(random.chance(0.3) ? { row: random.chance(0.9) ? pick(random, ROWS) : 'elsewhere' } : {}),
      ...(random.chance(0.3) ? { rank: random.below(5) } : {}),
    });
  }
  return events.flatMap((body) => {
    const event = body as MarqueeEvent;
    const one = { event, appendTime: event.eventTime + delayOf(random) };
    // The same id later than the window for duplicates is a new event.
    if (!random.chance(0.01)) return [one];
    const again = { ...event, ...(event.kind === 'impression' ? { row: pick(random, ROWS), rank: 9 } : {}) };
    return [one, { event: again, appendTime: one.appendTime + random.below(2 * HOUR_MS) }];
  });
}

function delayOf(random: Random): number {
  const dice = random.next();
  if (dice < 0.6) return random.below(2000);
  if (dice < 0.85) return random.below(LIMITS.latenessMs);
  if (dice < 0.9) return LIMITS.latenessMs;
  if (dice < 0.95) return LIMITS.latenessMs + 1;
  if (dice < 0.98) return random.below(10 * HOUR_MS);
  return dice < 0.99 ? 8 * DAY_MS : -random.below(10 * MINUTE_MS);
}

function logsOf(random: Random, sent: readonly Sent[]): PartitionLogs {
  const inOrder = sent.map((one) => ({ one, tie: random.next() }));
  inOrder.sort((a, b) => a.one.appendTime - b.one.appendTime || a.tie - b.tie);
  const impressions: CleanRecord[] = [];
  const plays: CleanRecord[] = [];
  inOrder.forEach(({ one: { event, appendTime } }, rawOffset) => {
    const timeStatus = timeStatusOf(event.eventTime, appendTime);
    const titleId = 'titleId' in event ? event.titleId : '';
    // A catalogue that was missing leaves some titles without their series.
    const isEnriched = rawOffset % 10 !== 0;
    const enriched = isEnriched ? { enriched: { rootTitleId: ROOT_OF[titleId] ?? titleId } } : {};
    const log = event.kind === 'impression' ? impressions : plays;
    log.push({ rawOffset, appendTime, timeStatus, event, ...enriched });
  });
  return { impressions, plays };
}

const pick = <T>(random: Random, from: readonly T[]): T => from[random.below(from.length)]!;
