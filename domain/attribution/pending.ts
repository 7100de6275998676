/** A play whose source and discovery may still change, and what is published of it. */
import type { CleanRecord, PlayStart } from '../events/event.ts';
import type { DerivedRecord } from '../events/derived.ts';
import { playIdOf } from '../events/play-id.ts';
import { TIME_STATUS, type EpochMs, type TimeStatus } from '../time.ts';
import type { Answer, Question } from './answers.ts';

/** Plain data for msgpack. */
export interface PendingPlay extends Question, Answer {
  readonly playId: string;
  readonly country: string;
  readonly rank: number | null;
  readonly timeStatus: TimeStatus;
}

export type AttributedPlay = DerivedRecord<'attributed-plays'>;

export function pendingPlay(
  { event, enriched, timeStatus }: CleanRecord<PlayStart>,
  answer: Answer,
): PendingPlay {
  return { ...questionOf(event, enriched?.rootTitleId), ...answer, ...originOf(event), timeStatus };
}

const originOf = (event: PlayStart): Pick<PendingPlay, 'playId' | 'country' | 'rank'> => ({
  playId: playIdOf(event),
  country: event.country,
  rank: event.row === undefined ? null : (event.rank ?? null),
});

export const questionOf = (event: PlayStart, rootTitleId: string | undefined): Question => ({
  titleId: event.titleId,
  rootTitleId: rootTitleId ?? event.titleId,
  time: event.eventTime,
  row: event.row ?? null,
  pageId: event.row === undefined ? null : (event.pageId ?? null),
});

/**
 * The upsert that says what is known now. `appendTime` is that of the record that led to it. What the play states holds;
 * what it leaves open of page and rank is taken from its impression. The version is the driver's to give.
 */
export function upsertOf(
  profileId: string,
  play: PendingPlay,
  appendTime: EpochMs,
  isFinal: boolean,
): AttributedPlay {
  const { playId, titleId, country, time, timeStatus, source, discovery } = play;
  const pageId = play.pageId ?? source?.pageId ?? null;
  const row = play.row ?? source?.row;
  const rank = play.rank ?? source?.rank;
  return {
    upsertKey: upsertKeyOf(profileId, playId),
    version: 0,
    appendTime,
    profileId,
    playId,
    titleId,
    country,
    eventTime: time,
    timeStatus,
    source: play.row !== null ? SOURCES.stated : source !== null ? SOURCES.row : SOURCES.none,
    ...(pageId === null ? {} : { pageId }),
    ...(row === undefined ? {} : { row }),
    ...(rank === undefined ? {} : { rank }),
    ...(source === null ? {} : { impressionId: source.id, impressionTime: source.time }),
    ...(discovery === null
      ? {}
      : {
          ...(discovery.pageId === null ? {} : { discoveryPageId: discovery.pageId }),
          discoveryRow: discovery.row,
          discoveryRank: discovery.rank,
          discoveryImpressionId: discovery.id,
          discoveryTime: discovery.time,
        }),
    isFinal: isFinal ? 1 : 0,
  };
}

/** The profile's length keeps ids apart whatever characters they hold. */
const upsertKeyOf = (profileId: string, playId: string): string =>
  `${profileId.length}/${profileId}/${playId}`;

export const SOURCES = { stated: 'stated', row: 'row', none: 'none' } as const;

/** Whether a record takes part, by itself alone: its time is sound and it was logged within the bound. */
export const takesPart = ({ timeStatus, appendTime, event }: CleanRecord, latenessMs: number): boolean =>
  timeStatus === TIME_STATUS.ok && appendTime - event.eventTime <= latenessMs;
