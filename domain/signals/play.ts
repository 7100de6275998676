/**
 * One play, as the set of its events: what is read off it is a function of that set, so the order in which events come
 * is no matter. A play begins with its start and ends with its first stop, or where nothing came for `playGapMs`; events
 * outside say nothing.
 */
import type { CleanRecord, PlayEvent } from '../events/event.ts';
import { isQualified } from '../measures.ts';
import type { EpochMs } from '../time.ts';

/** Share of the runtime from which a play is complete. */
export const COMPLETE_SHARE = 0.9;

/** Numbers per event after the start: time, 1 for a stop, position, seconds viewed, runtime; 0 where not said. */
const POINT = 5;
const IS_STOP = 1;
const POSITION = 2;
const VIEWED = 3;
const RUNTIME = 4;

export interface PlayState {
  readonly id: string;
  /** Time of the start; -1 while it has not come. The fields down to `from` are the start's. */
  startedAt: EpochMs;
  title: string;
  /** Empty where unknown, as `genres` and `root`. */
  kind: string;
  genres: string;
  root: string;
  /** 0 where unknown, seconds. */
  runtime: number;
  /** Position it started at, seconds. */
  from: number;
  /** POINT numbers per event, in order of time. */
  points: number[];
}

/** What a play with a start comes to. Times that are not (yet) there are -1. */
export interface Play extends Omit<PlayState, 'points'> {
  readonly endedAt: EpochMs;
  readonly stoppedAt: EpochMs;
  /** Events after this time cannot change it. */
  readonly closesAt: EpochMs;
  /** Seconds. */
  readonly viewed: number;
  readonly furthest: number;
  /** Seconds of the runtime that count as seen; see the signal `completion`. */
  readonly reached: number;
  readonly completedAt: EpochMs;
  readonly isQualified: boolean;
}

export const createPlayState = (id: string): PlayState => ({
  id,
  startedAt: -1,
  title: '',
  kind: '',
  genres: '',
  root: '',
  runtime: 0,
  from: 0,
  points: [],
});

/** Adds an event to its play; at most `maxPoints` are kept apart. */
export function addPlayEvent(play: PlayState, record: CleanRecord<PlayEvent>, maxPoints: number): void {
  const { event } = record;
  if (event.kind === 'play_start') {
    if (play.startedAt < 0 || event.eventTime < play.startedAt) begin(play, record);
    return;
  }
  const { eventTime, positionSeconds, viewedSeconds = 0, durationSeconds = 0 } = event;
  const isStop = event.kind === 'play_stop' ? 1 : 0;
  insertPoint(play.points, [eventTime, isStop, positionSeconds, viewedSeconds, durationSeconds]);
  if (play.points.length > maxPoints * POINT) mergePoints(play);
}

function begin(play: PlayState, { event, enriched = {} }: CleanRecord<PlayEvent>): void {
  if (event.kind !== 'play_start') return;
  play.startedAt = event.eventTime;
  play.title = event.titleId;
  play.kind = enriched.knownKind ?? event.titleKind ?? '';
  play.genres = enriched.genres ?? '';
  play.root = enriched.rootTitleId ?? '';
  play.runtime = enriched.runtimeSeconds ?? event.durationSeconds ?? 0;
  play.from = event.positionSeconds ?? 0;
}

/** Keeps points in order of time, then of their other numbers, so that equal sets are equal lists. */
function insertPoint(points: number[], point: readonly number[]): void {
  let at = points.length;
  while (at > 0 && isBefore(point, points, at - POINT)) at -= POINT;
  points.splice(at, 0, ...point);
}

function isBefore(point: readonly number[], points: readonly number[], base: number): boolean {
  for (let i = 0; i < POINT; i++) {
    if (point[i] !== points[base + i]) return point[i]! < points[base + i]!;
  }
  return false;
}

/** Folds the point that leaves the smallest gap into the one after it, which stands for all that it said. */
function mergePoints({ points, startedAt }: PlayState): void {
  let [best, least] = [0, Infinity];
  for (let base = 0; base + POINT < points.length; base += POINT) {
    if (points[base + IS_STOP] === 1) continue;
    // The first event may be all that is near a start still to come.
    const before = base > 0 ? points[base - POINT]! : startedAt < 0 ? -Infinity : startedAt;
    const gap = points[base + POINT]! - before;
    if (gap < least) [best, least] = [base, gap];
  }
  for (const i of [POSITION, VIEWED, RUNTIME]) {
    points[best + POINT + i] = Math.max(points[best + i]!, points[best + POINT + i]!);
  }
  points.splice(best, POINT);
}

/** What the events of a play come to; undefined while its start has not come. */
export function readPlay(state: PlayState, playGapMs: number): Play | undefined {
  const { id, startedAt, title, kind, genres, root, from, points } = state;
  if (startedAt < 0) return undefined;
  let { runtime } = state;
  const isKnown = runtime > 0;
  let [endedAt, stoppedAt, completedAt] = [startedAt, -1, -1];
  let [viewed, furthest, reached] = [0, from, 0];
  for (let base = 0; base < points.length && stoppedAt < 0; base += POINT) {
    const time = points[base]!;
    if (time < startedAt) continue;
    if (time - endedAt > playGapMs) break;
    endedAt = time;
    viewed = Math.max(viewed, points[base + VIEWED]!);
    furthest = Math.max(furthest, points[base + POSITION]!);
    if (!isKnown) runtime = Math.max(runtime, points[base + RUNTIME]!);
    reached = Math.min(furthest, from + viewed);
    if (completedAt < 0 && runtime > 0 && reached >= COMPLETE_SHARE * runtime) completedAt = time;
    if (points[base + IS_STOP] === 1) stoppedAt = time;
  }
  const closesAt = stoppedAt < 0 ? endedAt + playGapMs : stoppedAt;
  const qualified = isQualified(viewed, runtime === 0 ? undefined : runtime);
  // One literal, since every event reads all plays that are kept.
  // prettier-ignore
  return {
    id, startedAt, title, kind, genres, root, runtime, from,
    endedAt, stoppedAt, closesAt, viewed, furthest, reached, completedAt, isQualified: qualified,
  };
}

/** The time of a play's last event; -1 for none. */
export function lastPoint({ points }: PlayState): EpochMs {
  return points.length === 0 ? -1 : points[points.length - POINT]!;
}
