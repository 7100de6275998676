/** Reads what is known of a profile's watching. */
import { titleId, type TitleId } from '../ids.ts';
import type { WatchStatus } from '../ranking/types.ts';
import { LEFT_WITHIN_SECONDS } from '../signals/abandonment.ts';
import { COMPLETE_SHARE } from '../signals/play.ts';
import { HOUR_MS, type EpochMs } from '../time.ts';
import {
  AT,
  DEEPEST,
  ENDED,
  FINISHED,
  MARKS,
  POSITION,
  POSITION_AT,
  RUNTIME,
  STARTED,
  type WatchingState,
} from './state.ts';
import type { Words } from './words.ts';

/** A play of which nothing came for so long is taken to have stopped. */
export const OPEN_FOR_MS = 4 * HOUR_MS;

export interface WatchedTitle {
  readonly titleId: TitleId;
  /** Its series; itself where it has none. */
  readonly rootTitleId: TitleId;
  /** Newest event. */
  readonly at: EpochMs;
  /** Newest start; where none came, the newest event. */
  readonly startedAt: EpochMs;
  /** Where to go on, seconds; null where no event said a position. */
  readonly positionSeconds: number | null;
  readonly runtimeSeconds: number | null;
  /** Position as a share of the runtime, 0 to 1. */
  readonly share: number | null;
  /**
   * `open`: it plays, as far as is known. `finished`: the newest play reached COMPLETE_SHARE of the runtime. `abandoned`:
   * it stopped and never went past LEFT_WITHIN_SECONDS. `stopped`: any other.
   */
  readonly status: WatchStatus;
  /** When it was last seen to its end, in this play or one before. */
  readonly finishedAt: EpochMs | null;
}

export interface ListedTitle {
  readonly titleId: TitleId;
  readonly addedAt: EpochMs;
}

export interface RatedTitle {
  readonly titleId: TitleId;
  readonly at: EpochMs;
  /** 0 to 10. */
  readonly rating: number;
}

/** Each newest first. */
export interface Watching {
  readonly watched: readonly WatchedTitle[];
  readonly list: readonly ListedTitle[];
  readonly ratings: readonly RatedTitle[];
}

/** As of `now`, which says alone whether a play that did not stop is still open. */
export function readWatching(state: WatchingState, now: EpochMs): Watching {
  return {
    watched: state.titles.map((_, slot) => readWatched(state, slot, now)),
    list: readList(state),
    ratings: readWords(state.ratings).map(([title, at, rating]) => ({ titleId: title, at, rating })),
  };
}

export const readList = ({ list }: WatchingState): ListedTitle[] =>
  readWords(list)
    .filter(([, , value]) => value === 1)
    .map(([title, addedAt]) => ({ titleId: title, addedAt }));

/** One title, by its place from 0 for the newest. */
export function readWatched(
  { titles, roots, marks }: WatchingState,
  slot: number,
  now: EpochMs,
): WatchedTitle {
  const base = slot * MARKS;
  const [at, finishedAt] = [marks[base + AT]!, marks[base + FINISHED]!];
  const startedAt = marks[base + STARTED]! < 0 ? at : marks[base + STARTED]!;
  const runtime = marks[base + RUNTIME]!;
  const isTold = marks[base + POSITION_AT]! >= startedAt;
  const position = positionAt(marks, base, isTold, finishedAt);
  const share = position === null || runtime <= 0 ? null : Math.min(1, position / runtime);
  const isFinished =
    (finishedAt >= 0 && finishedAt >= startedAt) || (isTold && share !== null && share >= COMPLETE_SHARE);
  const isOver = marks[base + ENDED] === 1 || now - at > OPEN_FOR_MS;
  return {
    titleId: titleId(titles[slot]!),
    rootTitleId: titleId(roots[slot] === '' ? titles[slot]! : roots[slot]!),
    at,
    startedAt,
    positionSeconds: position,
    runtimeSeconds: runtime > 0 ? runtime : null,
    share,
    status: isFinished ? 'finished' : isOver ? leftAs(marks[base + DEEPEST]!) : 'open',
    finishedAt: finishedAt >= 0 ? finishedAt : null,
  };
}

const leftAs = (deepest: number): WatchStatus => (deepest < LEFT_WITHIN_SECONDS ? 'abandoned' : 'stopped');

/** A play that started after the end was reached, and said no position yet, begins anew. */
function positionAt(
  marks: readonly number[],
  base: number,
  isTold: boolean,
  finishedAt: EpochMs,
): number | null {
  if (marks[base + POSITION_AT]! < 0) return null;
  if (!isTold && finishedAt >= 0 && finishedAt >= marks[base + POSITION_AT]!) return 0;
  return marks[base + POSITION]!;
}

const readWords = ({ titles, times, values }: Words): (readonly [TitleId, EpochMs, number])[] =>
  titles.map((title, i) => [titleId(title), times[i]!, values[i]!]);
