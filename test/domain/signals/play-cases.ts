/** The table of cases of signals, and plays for them: a start and a stop, each with its own delay in the log. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CleanRecord, Enriched } from '../../../domain/events/event.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import type { SignalName } from '../../../domain/signals/registry.ts';
import { recordOf } from '../../support/profile-records.ts';
import { playSignals, runSignals, toldBy } from '../../support/signal-runs.ts';

export const T0 = Date.UTC(2026, 5, 1, 20);

export interface PlayCase {
  readonly id?: string;
  /** What the start states and the stop names; absent: the start states none, and the stop names its event id. */
  readonly playId?: string;
  readonly title: string;
  /** Milliseconds. */
  readonly at: number;
  readonly viewed: number;
  /** How long after the start it was stopped, milliseconds; as long as was viewed unless said. */
  readonly lasts?: number;
  readonly from?: number;
  readonly to?: number;
  readonly enriched?: Enriched | undefined;
  readonly startDelay?: number;
  readonly stopDelay?: number;
}

export function playOf(play: PlayCase): CleanRecord[] {
  const { title, at, viewed, lasts = viewed * 1000, from = 0, to = from + viewed, enriched, playId } = play;
  const id = play.id ?? `${title}@${at}`;
  return [
    recordOf(
      {
        ...{ kind: 'play_start', eventId: id, titleId: title, eventTime: at, positionSeconds: from },
        ...(playId === undefined ? {} : { playId }),
      },
      enriched,
      play.startDelay,
    ),
    recordOf(
      {
        kind: 'play_stop',
        titleId: title,
        playId: playId ?? id,
        eventTime: at + lasts,
        positionSeconds: to,
        viewedSeconds: viewed,
      },
      enriched,
      play.stopDelay,
    ),
  ];
}

export const film = (title: string, runtimeSeconds = 6000, genres = 'Drama'): Enriched => ({
  rootTitleId: title,
  knownKind: 'film',
  runtimeSeconds,
  genres,
});

export const episode = (series: string, runtimeSeconds = 1200, genres = 'Comedy'): Enriched => ({
  rootTitleId: series,
  knownKind: 'episode',
  runtimeSeconds,
  genres,
});

/** Five minutes of an episode of the series `s`, a quarter of it, `at` after T0. */
export const ep = (n: number, at: number, more: object = {}): CleanRecord[] =>
  playOf({ title: `e${n}`, at: T0 + at, viewed: 300, enriched: episode('s'), ...more });

/** Half an hour of a drama of 100 minutes, `at` after T0. */
export const movie = (title: string, at: number, more: object = {}): CleanRecord[] =>
  playOf({ title, at: T0 + at, viewed: 1800, enriched: film(title), ...more });

/** A stop of the play `p1` of the film `a` after an hour, which comes six hours late. */
export const lateStop = (): CleanRecord =>
  recordOf(
    {
      kind: 'play_stop',
      titleId: 'a',
      playId: 'p1',
      eventTime: T0 + HOUR_MS,
      positionSeconds: 3600,
      viewedSeconds: 3600,
    },
    film('a'),
    6 * HOUR_MS,
  );

export interface SignalCase {
  readonly name: string;
  readonly records: readonly CleanRecord[];
  /** What is put out of the signal, in order. */
  readonly told: readonly string[];
}

export function checkCases(signal: SignalName, cases: readonly SignalCase[]): void {
  for (const { name, records, told } of cases) {
    test(`${signal}: ${name}`, () => {
      const { outputs } = runSignals(playSignals(), records);
      assert.deepEqual(toldBy(outputs.filter((one) => one.signal === signal)), told);
    });
  }
}
