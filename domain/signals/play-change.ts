/**
 * What an event changed: one play, and with it the signals of its sittings (before and after), its own and those of plays
 * of its title. No other play can be in a sitting with it, and no other sitting comes to anything else.
 */
import type { CleanRecord, PlayEvent } from '../events/event.ts';
import { playIdOf } from '../events/play-id.ts';
import { abandonmentsOf, LEFT_WITHIN_SECONDS } from './abandonment.ts';
import { bingesOf, type BingePlay } from './binge.ts';
import { completionOf, rewatchesOf, type Completed } from './completion.ts';
import {
  indexOfPlay,
  isAnyCompleted,
  isOneSitting,
  isQualifiedAt,
  openPlay,
  placePlay,
  sittingAround,
  type KeptPlays,
} from './kept-plays.ts';
import { addPlayEvent, readPlay, type Play, type PlayState } from './play.ts';
import type { Signal } from './signal.ts';
import { byStart, sittingsOf } from './sittings.ts';

export interface PlayChange {
  readonly play: PlayState;
  /** What it came to before the event, and after; undefined without a start. */
  readonly was: Play | undefined;
  readonly is: Play | undefined;
  /** Where the others of the sittings that it was in and is in stand among all plays but this one; the end is exclusive. */
  readonly others: readonly [first: number, last: number];
  /** Whether those others are in one sitting with it, and were in one without it or with it where it stands. */
  readonly isInPlace: boolean;
}

export interface PlayLengths {
  readonly sittingGapMs: number;
  readonly playGapMs: number;
  readonly playEvents: number;
}

/** Adds an event to its play. */
export function takeEvent(
  kept: KeptPlays,
  record: CleanRecord<PlayEvent>,
  { sittingGapMs, playGapMs, playEvents }: PlayLengths,
): PlayChange {
  const play = openPlay(kept, playIdOf(record.event));
  const before = indexOfPlay(kept, play);
  const was = readPlay(play, playGapMs);
  const wasAmong = before < 0 ? undefined : sittingAround(kept, before, sittingGapMs);
  addPlayEvent(play, record, playEvents);
  const is = readPlay(play, playGapMs);
  if (is === undefined) return { play, was, is, others: [0, 0], isInPlace: true };
  placePlay(kept, play, before, is);
  const at = indexOfPlay(kept, play);
  const [from, until] = sittingAround(kept, at, sittingGapMs);
  const others: [number, number] = [from, until - 1];
  if (wasAmong === undefined) {
    const isOne = others[0] === others[1] || (from < at && isOneSitting(kept, from, until, at, sittingGapMs));
    return { play, was, is, others, isInPlace: isOne };
  }
  // Among all plays but this one, the others of the former sitting stand where they stood.
  const former = [wasAmong[0], wasAmong[1] - 1] as const;
  const isSame = former[0] === from && former[1] === until - 1;
  // What a start says never changes but with its time.
  const isInPlace = isSame && was!.startedAt === is.startedAt;
  if (former[0] === former[1]) return { play, was, is, others, isInPlace };
  if (others[0] === others[1]) return { play, was, is, others: former, isInPlace };
  return {
    ...{ play, was, is, isInPlace },
    others: [Math.min(others[0], former[0]), Math.max(others[1], former[1])],
  };
}

/** The others, in order of start. */
function readOthers({ plays }: KeptPlays, { play: but, others }: PlayChange, playGapMs: number): Play[] {
  const read: Play[] = [];
  for (let at = others[0]; read.length < others[1] - others[0]; at++) {
    if (plays[at] !== but) read.push(readPlay(plays[at]!, playGapMs)!);
  }
  return read;
}

/** All signals of plays, by start, but the shifts of genre. */
export function allSignals(plays: readonly Play[], carry: Completed, sittingGapMs: number): Signal[] {
  const signals = sittingSignals(plays, sittingGapMs);
  for (const play of plays) {
    const completion = completionOf(play);
    if (completion !== undefined) signals.push(completion);
  }
  signals.push(...rewatchesOf(plays, carry));
  return signals;
}

function sittingSignals(plays: readonly Play[], sittingGapMs: number): Signal[] {
  const signals: Signal[] = [];
  for (const sitting of sittingsOf(plays, sittingGapMs)) {
    signals.push(...bingesOf(sitting.plays), ...abandonmentsOf(sitting.plays));
  }
  return signals;
}

/** The signals that the change may have changed, but the shifts of genre: as they were and as they are. */
export function changedSignals(
  kept: KeptPlays,
  change: PlayChange,
  carry: Completed,
  { sittingGapMs, playGapMs }: PlayLengths,
): { readonly before: Signal[]; readonly after: Signal[] } {
  const { was, is } = change;
  const before: Signal[] = [];
  const after: Signal[] = [];
  if (change.isInPlace) tellInPlace(kept, change, playGapMs, before, after);
  else {
    const others = readOthers(kept, change, playGapMs);
    before.push(...sittingSignals(withPlay(others, was), sittingGapMs));
    after.push(...sittingSignals(withPlay(others, is), sittingGapMs));
  }
  if (!isSameEnd(was, is)) {
    const [ended, ends] = [was && completionOf(was), is && completionOf(is)];
    if (ended !== undefined) before.push(ended);
    if (ends !== undefined) after.push(ends);
  }
  const isAnyEnded = carry.completedAt.length > 0 || (was?.completedAt ?? -1) >= 0 || isAnyCompleted(kept);
  if (isAnyEnded && !isSameBeginning(was, is)) {
    for (const title of new Set([was, is].flatMap((play) => play?.title ?? []))) {
      const same = playsOf(kept, title, change.play, playGapMs);
      before.push(...rewatchesOf(withPlay(same, was?.title === title ? was : undefined), carry));
      after.push(...rewatchesOf(withPlay(same, is?.title === title ? is : undefined), carry));
    }
  }
  return { before, after };
}

/** A play among the others of its sitting can only change what is told of its title, its series and its genres. */
function tellInPlace(
  kept: KeptPlays,
  change: PlayChange,
  playGapMs: number,
  before: Signal[],
  after: Signal[],
): void {
  const { play, was, is, others } = change;
  if (is === undefined) return;
  const [first, last] = others;
  if (!isSameLeaving(was, is)) {
    const same: Play[] = [];
    for (let at = first; at <= last; at++) {
      const other = kept.plays[at]!;
      if (other !== play && other.title === is.title) same.push(readPlay(other, playGapMs)!);
    }
    before.push(...abandonmentsOf(withPlay(same, was)));
    after.push(...abandonmentsOf(withPlay(same, is)));
  }
  if (last - first < 2 || (was?.isQualified ?? false) === is.isQualified) return;
  const around: BingePlay[] = [];
  for (let at = first; at <= last; at++) {
    const { id, title, root, kind, genres, startedAt } = kept.plays[at]!;
    const isQualified = isQualifiedAt(kept, at);
    if (kept.plays[at] !== play) around.push({ id, title, root, kind, genres, startedAt, isQualified });
  }
  before.push(...bingesOf(withPlay<BingePlay>(around, was), is));
  after.push(...bingesOf(withPlay<BingePlay>(around, is), is));
}

const withPlay = <P extends BingePlay>(others: readonly P[], play: P | undefined): readonly P[] =>
  play === undefined ? others : others.length === 0 ? [play] : [...others, play].sort(byStart);

/** Whether an abandonment says the same. */
const isSameLeaving = (a: Play | undefined, b: Play): boolean =>
  a !== undefined &&
  (isStaying(a) && isStaying(b)
    ? true
    : a.stoppedAt === b.stoppedAt &&
      a.viewed === b.viewed &&
      a.furthest === b.furthest &&
      a.runtime === b.runtime &&
      a.startedAt === b.startedAt);

/** However it ends, its title was not left in this sitting. */
const isStaying = ({ viewed }: Play): boolean => viewed >= LEFT_WITHIN_SECONDS;

function playsOf({ plays }: KeptPlays, title: string, but: PlayState, playGapMs: number): Play[] {
  return plays.flatMap((play) =>
    play !== but && play.title === title ? (readPlay(play, playGapMs) ?? []) : [],
  );
}

/** Whether a completion says the same. */
const isSameEnd = (a: Play | undefined, b: Play | undefined): boolean =>
  a?.completedAt === b?.completedAt &&
  a?.reached === b?.reached &&
  a?.runtime === b?.runtime &&
  a?.title === b?.title;

/** Whether the play is a rewatch, and makes others one, as it was and did. */
const isSameBeginning = (a: Play | undefined, b: Play | undefined): boolean =>
  a?.startedAt === b?.startedAt &&
  a?.completedAt === b?.completedAt &&
  a?.from === b?.from &&
  a?.runtime === b?.runtime &&
  a?.title === b?.title;
