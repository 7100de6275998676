/**
 * The plays of a profile that are kept one by one, in order of their start, with what their sittings and other plays need
 * of them as columns: so an event reads only the plays of the sittings that it touches.
 */
import type { EpochMs } from '../time.ts';
import { createPlayState, lastPoint, type Play, type PlayState } from './play.ts';

/** Plain data for msgpack. */
export interface KeptPlays {
  /** Events whose play has no start yet, in order of arrival. */
  early: PlayState[];
  /** Those with a start, by start; of equal ones the smaller id first. */
  plays: PlayState[];
  /** SPAN numbers for each of `plays`. */
  spans: number[];
}

const SPAN = 5;
const START = 0;
const END = 1;
const CLOSE = 2;
const COMPLETED = 3;
const QUALIFIED = 4;
const NOT_THERE = -1;

export const createKeptPlays = (): KeptPlays => ({ early: [], plays: [], spans: [] });

export const keptCount = ({ early, plays }: KeptPlays): number => early.length + plays.length;
export const isQualifiedAt = ({ spans }: KeptPlays, at: number): boolean =>
  spans[at * SPAN + QUALIFIED] === 1;

/** Whether any of them reached its end. */
export function isAnyCompleted({ spans }: KeptPlays): boolean {
  for (let at = COMPLETED; at < spans.length; at += SPAN) if (spans[at]! >= 0) return true;
  return false;
}

/** The play of an id, opened if there is none. Events are most often of the plays that began last. */
export function openPlay({ early, plays }: KeptPlays, id: string): PlayState {
  for (let at = plays.length - 1; at >= 0; at--) if (plays[at]!.id === id) return plays[at]!;
  const known = early.find((play) => play.id === id);
  if (known !== undefined) return known;
  const play = createPlayState(id);
  early.push(play);
  return play;
}

/** Where a play stands among `plays`; -1 while its start has not come. */
export function indexOfPlay({ plays }: KeptPlays, play: PlayState): number {
  return play.startedAt < 0 ? NOT_THERE : plays.lastIndexOf(play);
}

/** Puts a play where its start belongs; `before` is where it stood, `told` what it comes to now. */
export function placePlay(kept: KeptPlays, play: PlayState, before: number, told: Play | undefined): void {
  if (told === undefined) return;
  const { early, plays, spans } = kept;
  const { startedAt, id, endedAt, closesAt, completedAt, isQualified } = told;
  let at = before;
  if (before < 0 || spans[before * SPAN + START] !== startedAt) {
    if (before < 0) early.splice(early.indexOf(play), 1);
    else removeAt(kept, before);
    at = plays.length;
    while (at > 0 && isAfter(plays[at - 1]!, startedAt, id)) at--;
    plays.splice(at, 0, play);
    spans.splice(at * SPAN, 0, 0, 0, 0, 0, 0);
  }
  const base = at * SPAN;
  spans[base + START] = startedAt;
  spans[base + END] = endedAt;
  spans[base + CLOSE] = closesAt;
  spans[base + COMPLETED] = completedAt;
  spans[base + QUALIFIED] = isQualified ? 1 : 0;
}

const isAfter = (play: PlayState, startedAt: EpochMs, id: string): boolean =>
  play.startedAt > startedAt || (play.startedAt === startedAt && play.id > id);

function removeAt({ plays, spans }: KeptPlays, at: number): void {
  plays.splice(at, 1);
  spans.splice(at * SPAN, SPAN);
}

/** Takes out the first so many plays. */
export function removeFirst({ plays, spans }: KeptPlays, count: number): PlayState[] {
  spans.splice(0, count * SPAN);
  return plays.splice(0, count);
}

/** From where to where (exclusive) the sitting of a play reaches. */
export function sittingAround({ spans }: KeptPlays, at: number, gapMs: number): readonly [number, number] {
  let from = 0;
  let endedAt = -Infinity;
  for (let i = 0; i * SPAN < spans.length; i++) {
    if (spans[i * SPAN + START]! - endedAt > gapMs) {
      if (i > at) return [from, i];
      from = i;
    }
    endedAt = Math.max(endedAt, spans[i * SPAN + END]!);
  }
  return [from, spans.length / SPAN];
}

/** Whether plays from one place to another (exclusive) are one sitting without the one between them. */
export function isOneSitting(
  { spans }: KeptPlays,
  from: number,
  until: number,
  but: number,
  gapMs: number,
): boolean {
  let endedAt = spans[from * SPAN + END]!;
  for (let i = from + 1; i < until; i++) {
    if (i === but) continue;
    if (spans[i * SPAN + START]! - endedAt > gapMs) return false;
    endedAt = Math.max(endedAt, spans[i * SPAN + END]!);
  }
  return true;
}

/** When the first sitting closes, and how many plays it has; as `sittingsOf`. */
function firstSitting(spans: readonly number[], first: number, gapMs: number) {
  let [endedAt, closesAt] = [spans[first * SPAN + END]!, spans[first * SPAN + CLOSE]!];
  let at = first + 1;
  for (; at * SPAN < spans.length && spans[at * SPAN + START]! - endedAt <= gapMs; at++) {
    endedAt = Math.max(endedAt, spans[at * SPAN + END]!);
    closesAt = Math.max(closesAt, spans[at * SPAN + CLOSE]!);
  }
  return { until: at, closesAt: Math.max(closesAt, endedAt + gapMs) };
}

/** How many plays stand before the first sitting that events from `sealed` on can change. */
export function sealedCount({ spans }: KeptPlays, sealed: EpochMs, gapMs: number): number {
  let count = 0;
  while (count * SPAN < spans.length) {
    const { until, closesAt } = firstSitting(spans, count, gapMs);
    if (closesAt >= sealed) break;
    count = until;
  }
  return count;
}

/** The last moment at which an event can change the first sitting, or reach events without a start. */
export function firstClose({ early, spans }: KeptPlays, gapMs: number): EpochMs {
  let first = spans.length === 0 ? Infinity : firstSitting(spans, 0, gapMs).closesAt;
  for (const play of early) first = Math.min(first, lastPoint(play));
  return first;
}
