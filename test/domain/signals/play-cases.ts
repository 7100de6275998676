/** Plays for the cases of signals: a start, and a stop, each with its own delay in the log. */
import type { CleanRecord, Enriched } from '../../../domain/events/event.ts';
import { recordOf } from '../../support/profile-records.ts';

export const T0 = Date.UTC(2026, 5, 1, 20);

export interface PlayCase {
  readonly id?: string;
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
  const { title, at, viewed, lasts = viewed * 1000, from = 0, to = from + viewed, enriched } = play;
  const id = play.id ?? `${title}@${at}`;
  return [
    recordOf(
      { kind: 'play_start', eventId: id, titleId: title, eventTime: at, positionSeconds: from },
      enriched,
      play.startDelay,
    ),
    recordOf(
      {
        kind: 'play_stop',
        titleId: title,
        playId: id,
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
