/** The signals of behaviour, as a table: what each means, what its value counts and how long it says something. */
import { DAY_MS } from '../time.ts';

export interface SignalSpec {
  /** The clean topic it is worked out from. */
  readonly topic: 'plays' | 'searches';
  readonly definition: string;
  /** What the field `subject` names. */
  readonly subject: string;
  /** What the field `value` counts, with its unit. */
  readonly value: string;
  /** `expiresAt` is the signal's event time plus this. */
  readonly lifetimeMs: number;
  /** What an event within the lateness bound can still change. */
  readonly late: string;
}

export const SIGNALS = {
  binge: {
    topic: 'plays',
    definition:
      'Three distinct episodes of one series, or titles of one genre from three distinct series or films, in one sitting. Only qualified plays count (2 minutes or a quarter of the runtime).',
    subject: '`series:` and its id, or `genre:` and its name',
    value: 'distinct episodes, or series and films',
    lifetimeMs: DAY_MS,
    late: 'A late play can join two sittings into one that has three (raised), and makes the earlier of them the one it is told of (the other is withdrawn).',
  },
  abandonment: {
    topic: 'plays',
    definition:
      'A film was left: its plays within one sitting sum up to less than 5 minutes viewed, the last of them was stopped, and none came within 5 minutes of its end. A title of unknown kind counts as a film.',
    subject: 'the title id',
    value: 'seconds viewed in the sitting',
    lifetimeMs: 30 * DAY_MS,
    late: 'A late play of the same film in the same sitting, or a late pause that proves more seconds, withdraws it.',
  },
  'repeated-search': {
    topic: 'searches',
    definition:
      'The same query twice, with at most an hour between one and the next. Queries are the same when they are after Unicode NFKC, lower case, folding of white space and cutting to 256 characters.',
    subject: 'the query, so normalised',
    value: 'searches in the run',
    lifetimeMs: DAY_MS,
    late: 'A late search can make a run of two (raised), lengthen one, or join two runs (the later one is withdrawn).',
  },
  completion: {
    topic: 'plays',
    definition:
      'A play reached 90 % of the runtime: the furthest playhead position, but no further than the position it began at plus the seconds really viewed, so that skipping to the end completes nothing and a resumed play counts what went before.',
    subject: 'the title id',
    value: 'share of the runtime that was reached, at most 1',
    lifetimeMs: 365 * DAY_MS,
    late: 'A late start gives the play its beginning (raised); a late stop before the others ends the play there (withdrawn).',
  },
  rewatch: {
    topic: 'plays',
    definition:
      'A completed title was started again: a day or more after it was completed, or before that within the first tenth of its runtime.',
    subject: 'the title id',
    value: 'days from the completion to the new start',
    lifetimeMs: 30 * DAY_MS,
    late: 'A late event that completes the earlier play raises it; one that takes the completion back withdraws it.',
  },
  'genre-shift': {
    topic: 'plays',
    definition:
      "In an hour of the day (UTC) the profile's recent qualified plays are of a genre at least twice as often (`SIGNALS_SHIFT_LIFT`) as its plays of all hours: lift = ((k + m p) / (n + m)) / p, where of n recent plays in that hour k are of the genre, p is the genre's share of all plays ever, and m = 5. At least 5 of them (`SIGNALS_SHIFT_EVIDENCE`) are of the genre; the genre with the largest lift, of equal ones the first by name.",
    subject: '`hour:` and the hour of the day, 0 to 23, UTC',
    value: 'the lift, rounded to a tenth',
    lifetimeMs: 28 * DAY_MS,
    late: 'It is a function of the set of plays: a late play counts as if it had been on time, and can raise, change or withdraw it.',
  },
} as const satisfies Record<string, SignalSpec>;

export type SignalName = keyof typeof SIGNALS;
export const SIGNAL_NAMES = Object.keys(SIGNALS) as readonly SignalName[];
