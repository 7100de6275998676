/**
 * Who is late: views whose schedule promised a version, and subscribers that do not follow. One step takes what was seen and what
 * was known before, and gives what is known now and what is to be told. Each lateness is told once, under the same id by every try.
 */
import type { Region } from '../ids.ts';
import type { EpochMs } from '../time.ts';
import type { ViewName, ViewVersion } from '../views.ts';
import { draftNotice, type Notice } from './notice.ts';

/** A schedule's word that a view gets a version, or is found to need none, every so often. */
export interface ViewPromise {
  readonly view: ViewName;
  readonly everyMs: number;
}

/** One view as it is. */
export interface SeenView {
  readonly view: ViewName;
  /** What subscribers should serve; null before the first version. */
  readonly served: ViewVersion | null;
  /** When the newest version was announced, or a run last found that nothing had changed; null for never. */
  readonly freshAt: EpochMs | null;
  /** Names of those who serve another version; undefined while nobody can say. */
  readonly behind: readonly string[] | undefined;
}

/** What one look leaves for the next, by view. */
export type WatchState = Readonly<Record<string, WatchedView>>;

export interface WatchedView {
  /** Since when it is looked at: before that nothing was promised. */
  readonly since: EpochMs;
  /** The instant at which it was due, told already; null while it is on time. */
  readonly toldDue: EpochMs | null;
  /** Since when each subscriber has been seen behind the version to be served, by name. */
  readonly behindSince: Readonly<Record<string, EpochMs>>;
  /** The version those are behind of. */
  readonly behindOf: ViewVersion | null;
  /** Those of them who were told of. */
  readonly toldBehind: readonly string[];
}

export interface WatchRules {
  /** Of an interval: how much later than due a version may come. */
  readonly overdueGrace: number;
  /** No version is called overdue sooner after it was due. */
  readonly leastGraceMs: number;
  /** A subscriber that is behind for so long is a laggard. */
  readonly laggardAfterMs: number;
}

/** How things stand, for metrics. */
export interface ViewLateness {
  readonly view: ViewName;
  /** Milliseconds since the version was due that has not come; 0 while it is on time. */
  readonly overdueMs: number;
  readonly laggards: readonly string[];
}

export interface WatchStep {
  readonly state: WatchState;
  readonly notices: readonly Notice[];
  readonly lateness: readonly ViewLateness[];
}

export interface WatchInput {
  readonly region: Region;
  readonly now: EpochMs;
  readonly rules: WatchRules;
  readonly promises: readonly ViewPromise[];
  readonly seen: readonly SeenView[];
}

const NEW: Omit<WatchedView, 'since'> = { toldDue: null, behindSince: {}, behindOf: null, toldBehind: [] };
const MOST_SUBSCRIBERS = 1000;

export function watch(before: WatchState, input: WatchInput): WatchStep {
  const steps = input.seen.map((seen) =>
    watchOne(before[seen.view] ?? { since: input.now, ...NEW }, seen, input),
  );
  return {
    state: Object.fromEntries(steps.map(({ lateness, watched }) => [lateness.view, watched])),
    notices: steps.flatMap(({ notices }) => notices),
    lateness: steps.map(({ lateness }) => lateness),
  };
}

interface Step {
  readonly watched: WatchedView;
  readonly notices: readonly Notice[];
  readonly lateness: ViewLateness;
}

function watchOne(known: WatchedView, seen: SeenView, input: WatchInput): Step {
  const { region, now, rules, promises } = input;
  const at = new Date(now).toISOString();
  const { view, served } = seen;
  const due = dueAt(known, seen, promises, rules);
  const isOverdue = due !== null && now >= due;
  const notices: Notice[] = [];
  if (isOverdue && known.toldDue !== due) {
    const said = { version: served, due: new Date(due).toISOString(), unique: Math.floor(due / 1000) };
    notices.push({ ...draftNotice({ kind: 'overdue', region, view, ...said }), at });
  }
  const lag = lagOf(known, seen, now);
  const late = Object.entries(lag.behindSince).filter(([, since]) => now - since >= rules.laggardAfterMs);
  const laggards = seen.behind === undefined ? lag.toldBehind : late.map(([name]) => name).sort();
  const news = laggards.filter((name) => !lag.toldBehind.includes(name));
  if (news.length > 0) {
    const first = Math.min(...news.map((name) => lag.behindSince[name] ?? now));
    const said = { served, subscribers: news, unique: `${served}-${Math.floor(first / 1000)}` };
    notices.push({ ...draftNotice({ kind: 'laggards', region, view, ...said }), at });
  }
  return {
    watched: {
      since: known.since,
      toldDue: isOverdue ? due : null,
      ...lag,
      toldBehind: [...lag.toldBehind, ...news],
    },
    notices,
    lateness: { view, overdueMs: isOverdue ? now - due : 0, laggards },
  };
}

/** The instant from which a view is overdue; null where nothing was promised of it. */
function dueAt(
  { since }: WatchedView,
  { view, freshAt }: SeenView,
  promises: readonly ViewPromise[],
  { overdueGrace, leastGraceMs }: WatchRules,
): EpochMs | null {
  const promised = promises.filter((one) => one.view === view).map(({ everyMs }) => everyMs);
  if (promised.length === 0) return null;
  const everyMs = Math.min(...promised);
  return Math.max(since, freshAt ?? 0) + everyMs + Math.max(leastGraceMs, everyMs * overdueGrace);
}

/** Who is behind, since when; begun anew with another version to be served, left as it is while nobody can say. */
function lagOf(
  known: WatchedView,
  { served, behind }: SeenView,
  now: EpochMs,
): Pick<WatchedView, 'behindSince' | 'behindOf' | 'toldBehind'> {
  if (behind === undefined) {
    const { behindSince, behindOf, toldBehind } = known;
    return behindOf === served
      ? { behindSince, behindOf, toldBehind }
      : { behindSince: {}, behindOf: served, toldBehind: [] };
  }
  const isSame = known.behindOf === served;
  const sinceOf = (name: string): EpochMs => (isSame ? (known.behindSince[name] ?? now) : now);
  const names = behind.slice(0, MOST_SUBSCRIBERS);
  return {
    behindSince: Object.fromEntries(names.map((name) => [name, sinceOf(name)])),
    behindOf: served,
    toldBehind: isSame ? known.toldBehind.filter((name) => names.includes(name)) : [],
  };
}
