/** Plays that reached the end, and titles started again after that. */
import { DAY_MS, type EpochMs } from '../time.ts';
import type { Play } from './play.ts';
import type { Signal } from './signal.ts';

/** How far back a completion makes a start a rewatch. */
const LOOK_BACK_MS = 365 * DAY_MS;
/** Starts within this share of the runtime begin the title anew. */
const BEGINNING_SHARE = 0.1;

/** Newest completion of titles, of plays that are no longer kept one by one. */
export interface Completed {
  completedTitles: string[];
  completedAt: EpochMs[];
}

export function completionOf(play: Play): Signal | undefined {
  const { id, title, reached, runtime, completedAt } = play;
  if (completedAt < 0) return undefined;
  return {
    name: 'completion',
    subject: title,
    occurrence: id,
    eventTime: completedAt,
    value: rounded(Math.min(1, reached / runtime)),
    detail: JSON.stringify({ runtimeSeconds: runtime }),
  };
}

/** Takes all plays kept; what was completed before them stands in `carry`. */
export function rewatchesOf(plays: readonly Play[], carry: Completed): Signal[] {
  if (carry.completedAt.length === 0 && plays.every((play) => play.completedAt < 0)) return [];
  const known = new Map<string, EpochMs[]>();
  const complete = (title: string, time: EpochMs): void => {
    const times = known.get(title);
    if (times === undefined) known.set(title, [time]);
    else times.push(time);
  };
  for (const play of plays) if (play.completedAt >= 0) complete(play.title, play.completedAt);
  const signals: Signal[] = [];
  for (const play of plays) {
    const before = carry.completedTitles.indexOf(play.title);
    const times = [...(known.get(play.title) ?? []), ...(before < 0 ? [] : [carry.completedAt[before]!])];
    const completed = Math.max(-1, ...times.filter((time) => time < play.startedAt));
    if (completed < 0 || !isAnew(play, completed)) continue;
    signals.push({
      name: 'rewatch',
      subject: play.title,
      occurrence: play.id,
      eventTime: play.startedAt,
      value: rounded((play.startedAt - completed) / DAY_MS),
      detail: JSON.stringify({ completedAt: completed }),
    });
  }
  return signals;
}

function isAnew({ startedAt, from, runtime }: Play, completedAt: EpochMs): boolean {
  const since = startedAt - completedAt;
  if (since > LOOK_BACK_MS) return false;
  return since >= DAY_MS || from <= BEGINNING_SHARE * runtime;
}

/** Remembers the completion of a play that is no longer kept; the newest `limit` titles. */
export function carryCompletion(carry: Completed, play: Play, limit: number): void {
  if (play.completedAt < 0) return;
  const { completedTitles, completedAt } = carry;
  const known = completedTitles.indexOf(play.title);
  if (known >= 0) {
    completedAt[known] = Math.max(completedAt[known]!, play.completedAt);
    return;
  }
  completedTitles.push(play.title);
  completedAt.push(play.completedAt);
  if (completedTitles.length <= limit) return;
  let oldest = 0;
  for (let i = 1; i < completedAt.length; i++) {
    const order = completedAt[i]! - completedAt[oldest]!;
    if (order < 0 || (order === 0 && completedTitles[i]! < completedTitles[oldest]!)) oldest = i;
  }
  completedTitles.splice(oldest, 1);
  completedAt.splice(oldest, 1);
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;
