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

/** Written out, since objects put together of others take several times as long to make. */
export function pendingPlay(
  { event, enriched, timeStatus }: CleanRecord<PlayStart>,
  { source, discovery }: Answer,
): PendingPlay {
  return {
    titleId: event.titleId,
    rootTitleId: enriched?.rootTitleId ?? event.titleId,
    time: event.eventTime,
    row: event.row ?? null,
    pageId: event.row === undefined ? null : (event.pageId ?? null),
    source,
    discovery,
    playId: playIdOf(event),
    country: event.country,
    rank: event.row === undefined ? null : (event.rank ?? null),
    timeStatus,
  };
}

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
  const upsert: Writable<AttributedPlay> = {
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
    isFinal: isFinal ? 1 : 0,
  };
  if (pageId !== null) upsert.pageId = pageId;
  if (row !== undefined) upsert.row = row;
  if (rank !== undefined) upsert.rank = rank;
  if (source !== null) {
    upsert.impressionId = source.id;
    upsert.impressionTime = source.time;
  }
  if (discovery !== null) {
    if (discovery.pageId !== null) upsert.discoveryPageId = discovery.pageId;
    upsert.discoveryRow = discovery.row;
    upsert.discoveryRank = discovery.rank;
    upsert.discoveryImpressionId = discovery.id;
    upsert.discoveryTime = discovery.time;
  }
  return upsert;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The profile's length keeps ids apart whatever characters they hold. */
const upsertKeyOf = (profileId: string, playId: string): string =>
  `${profileId.length}/${profileId}/${playId}`;

export const SOURCES = { stated: 'stated', row: 'row', none: 'none' } as const;

/** Whether a record takes part, by itself alone: its time is sound and it was logged within the bound. */
export const takesPart = ({ timeStatus, appendTime, event }: CleanRecord, latenessMs: number): boolean =>
  timeStatus === TIME_STATUS.ok && appendTime - event.eventTime <= latenessMs;
