/**
 * Where each play came from (source) and where its title was first seen (discovery): a fold over `impressions` and
 * `plays` of a profile. What counts is defined in attribution/answers.ts; that SQL over the lake says the same is tested
 * (batch/sql/attributed-plays.sql).
 *
 * A record takes part if its time is sound and it was logged within `latenessMs` of it: decided by the record alone, so
 * the final answer is the same however the two logs are interleaved. A play that does not take part is published at once
 * with what it states itself. Synthetic impressions take no part. Every change is an upsert; the last one, `isFinal`,
 * comes when both logs have passed the play's time by the bound.
 */
import { answerFrom, offer, type AnswerLimits } from './attribution/answers.ts';
import {
  pendingPlay,
  questionOf,
  takesPart,
  upsertOf,
  type AttributedPlay,
  type PendingPlay,
} from './attribution/pending.ts';
import {
  addSighting,
  countOf,
  createSightings,
  MAX_SIGHTINGS,
  sightingOf,
  timeAt,
  type Sightings,
} from './attribution/sightings.ts';
import { keepNewest, tidy } from './attribution/tidy.ts';
import type { CleanRecord, Impression, PlayStart } from './events/event.ts';
import { hashText } from './hash.ts';
import { playIdOf } from './events/play-id.ts';
import type { KeyedFold, KeyedInput, KeyedStep } from './keyed-fold.ts';
import { DAY_MS, HOUR_MS, type EpochMs } from './time.ts';

export interface AttributionLimits extends AnswerLimits {
  /** How long after its event time a record may be logged to take part. */
  readonly latenessMs: number;
  /** Impressions remembered per profile, at most MAX_SIGHTINGS; past it the oldest quarter is forgotten. */
  readonly sightings: number;
  /** Plays per profile that wait for their last word; past it the oldest stays as it was last published. */
  readonly pendingPlays: number;
}

/** Plain data for msgpack. */
export interface AttributionState {
  sightings: Sightings;
  /** How many impressions are a reason to tidy up before the next one. */
  tidyAbove: number;
  /** Log time from which to tidy up; 0 for none. */
  tidyAt: EpochMs;
  /** When to be woken: to tidy up, or because a play gets its last word. */
  wakeAt: EpochMs;
  /** Log time that the plays are known to have reached. */
  playsRead: EpochMs;
  /** In order of arrival. */
  plays: PendingPlay[];
}

/** What a full profile lost, so that its answers may differ from those of the whole log. */
export interface Evictions {
  onEvicted?(what: 'impressions' | 'plays', count: number): void;
}

type Step = KeyedStep<AttributionState, 'attributed-plays'>;

const FIRST_TIDY = 64;
/** Share of the way to `tidyAbove` from which a day's end is a reason to tidy up: a quarter more than was left last time. */
const GROWTH = 0.625;
/** A day is over for all profiles at once; they tidy up within so long after it, each at a time of its own. */
export const TIDY_SPREAD_MS = 6 * HOUR_MS;
const NEVER = Infinity;
const NO_OUTPUTS: readonly AttributedPlay[] = [];

export function createAttribution(
  limits: AttributionLimits,
  evictions: Evictions = {},
): KeyedFold<AttributionState, 'attributed-plays'> {
  if (limits.windowMs > limits.discoveryDays * DAY_MS) {
    throw new RangeError(`a window of ${limits.windowMs} ms is longer than ${limits.discoveryDays} days`);
  }
  if (limits.sightings > MAX_SIGHTINGS) {
    throw new RangeError(`${limits.sightings} impressions per profile, at most ${MAX_SIGHTINGS}`);
  }
  return {
    name: 'attribution',
    version: 2,
    topics: ['impressions', 'plays'],
    output: 'attributed-plays',
    reads: [
      'eventId',
      'eventTime',
      'profileId',
      'country',
      'titleId',
      'playId',
      'pageId',
      'row',
      'rank',
      'origin',
      'rootTitleId',
    ],
    keyOf: ({ event }) => event.profileId,
    step: (state, input) => step(state, input, limits, evictions),
    wake: (profileId, state, logTime) => wake(profileId, state, logTime, limits),
  };
}

function step(
  before: AttributionState | undefined,
  { record }: KeyedInput,
  limits: AttributionLimits,
  evictions: Evictions,
): Step {
  const { event } = record;
  if (event.kind === 'impression') {
    if (event.origin === 'synthetic' || !takesPart(record, limits.latenessMs))
      return kept(before, NO_OUTPUTS);
    const state = before ?? emptyState(limits);
    return kept(state, see(state, record as CleanRecord<Impression>, limits, evictions));
  }
  // Of a profile that nothing is known of, no other event of a play is worth a state.
  if (before === undefined && event.kind !== 'play_start') return kept(before, NO_OUTPUTS);
  const state = before ?? emptyState(limits);
  if (record.appendTime > state.playsRead) state.playsRead = record.appendTime;
  if (event.kind !== 'play_start') return kept(state, NO_OUTPUTS);
  return kept(state, play(state, record as CleanRecord<PlayStart>, limits, evictions));
}

function kept(state: AttributionState | undefined, outputs: readonly AttributedPlay[]): Step {
  if (state === undefined) return { state, outputs };
  if (state.plays.length === 0 && countOf(state.sightings) === 0) return { state: undefined, outputs };
  return { state, outputs, wakeAt: state.wakeAt };
}

function see(
  state: AttributionState,
  record: CleanRecord<Impression>,
  limits: AttributionLimits,
  evictions: Evictions,
): readonly AttributedPlay[] {
  const { event } = record;
  if (countOf(state.sightings) >= state.tidyAbove) makeRoom(state, limits, evictions);
  addSighting(state.sightings, event);
  const dayIsOver = dayAfter(event.eventTime, 1, limits);
  if (state.tidyAt === 0 || dayIsOver < state.tidyAt) {
    state.tidyAt = dayIsOver;
    state.wakeAt = Math.min(state.wakeAt, dayIsOver + spreadOf(event.profileId));
  }
  return state.plays.length === 0 ? NO_OUTPUTS : offerAll(state.plays, record, limits);
}

/** Most impressions come after the plays that wait, or are of another title. */
function offerAll(
  plays: readonly PendingPlay[],
  record: CleanRecord<Impression>,
  limits: AttributionLimits,
): readonly AttributedPlay[] {
  const { eventTime, titleId, profileId } = record.event;
  let outputs: AttributedPlay[] | undefined;
  for (const waiting of plays) {
    if (eventTime > waiting.time) continue;
    if (titleId !== waiting.titleId && titleId !== waiting.rootTitleId) continue;
    if (!offer(waiting, waiting, sightingOf(record), limits)) continue;
    (outputs ??= []).push(upsertOf(profileId, waiting, record.appendTime, false));
  }
  return outputs ?? NO_OUTPUTS;
}

function play(
  state: AttributionState,
  record: CleanRecord<PlayStart>,
  limits: AttributionLimits,
  evictions: Evictions,
): readonly AttributedPlay[] {
  const { event, appendTime, enriched } = record;
  // A play id that comes again is another play, which takes the place of the former.
  const playId = playIdOf(event);
  const former = state.plays.findIndex((waiting) => waiting.playId === playId);
  if (former >= 0) state.plays.splice(former, 1);
  if (!takesPart(record, limits.latenessMs)) {
    if (former >= 0) setWake(state, event.profileId, limits);
    const unanswered = pendingPlay(record, { source: null, discovery: null });
    return [upsertOf(event.profileId, unanswered, appendTime, true)];
  }
  const answer = answerFrom(state.sightings, questionOf(event, enriched?.rootTitleId), limits);
  const pending = pendingPlay(record, answer);
  state.plays.push(pending);
  const isFull = state.plays.length > limits.pendingPlays;
  if (isFull) {
    state.plays.shift();
    evictions.onEvicted?.('plays', 1);
  }
  if (former >= 0 || isFull) setWake(state, event.profileId, limits);
  else state.wakeAt = Math.min(state.wakeAt, dueAt(pending, limits));
  return [upsertOf(event.profileId, pending, appendTime, false)];
}

/** Called before a profile holds more impressions than it did after the last time, twice over. */
function makeRoom(state: AttributionState, limits: AttributionLimits, evictions: Evictions): void {
  state.sightings = tidy(state.sightings, state.playsRead - limits.latenessMs, limits);
  const count = countOf(state.sightings);
  if (count >= limits.sightings) {
    state.sightings = keepNewest(state.sightings, limits.sightings - (limits.sightings >> 2));
    evictions.onEvicted?.('impressions', count - countOf(state.sightings));
  }
  state.tidyAbove = nextTidy(countOf(state.sightings), limits);
}

const nextTidy = (count: number, limits: AttributionLimits): number =>
  Math.min(limits.sightings, Math.max(FIRST_TIDY, 2 * count));

function wake(profileId: string, state: AttributionState, logTime: EpochMs, limits: AttributionLimits): Step {
  const { latenessMs } = limits;
  state.playsRead = Math.max(state.playsRead, logTime);
  const outputs: AttributedPlay[] = [];
  const isDue = (waiting: PendingPlay): boolean => dueAt(waiting, limits) <= logTime;
  for (const waiting of state.plays) {
    if (isDue(waiting)) outputs.push(upsertOf(profileId, waiting, dueAt(waiting, limits), true));
  }
  if (outputs.length > 0) state.plays = state.plays.filter((waiting) => !isDue(waiting));
  if (state.tidyAt !== 0 && state.tidyAt <= logTime) {
    const hasGrown = countOf(state.sightings) > GROWTH * state.tidyAbove;
    if (hasGrown || expiry(state.sightings, limits) <= logTime) {
      state.sightings = tidy(state.sightings, state.playsRead - latenessMs, limits);
      state.tidyAbove = nextTidy(countOf(state.sightings), limits);
    }
    state.tidyAt = tidyTime(state.sightings, logTime, limits);
  }
  setWake(state, profileId, limits);
  return kept(state, outputs);
}

/** When to look again: once the newest day is over, else when the oldest impression has long left the horizon. */
function tidyTime(sightings: Sightings, logTime: EpochMs, limits: AttributionLimits): EpochMs {
  const count = countOf(sightings);
  if (count === 0) return 0;
  let newest = 0;
  for (let i = 0; i < count; i++) newest = Math.max(newest, timeAt(sightings, i));
  const newestDayOver = dayAfter(newest, 1, limits);
  return newestDayOver > logTime ? newestDayOver : expiry(sightings, limits);
}

/** Not every day on which something leaves the horizon is worth the work: a quarter of it later. */
function expiry(sightings: Sightings, limits: AttributionLimits): EpochMs {
  const count = countOf(sightings);
  let oldest = Infinity;
  for (let i = 0; i < count; i++) oldest = Math.min(oldest, timeAt(sightings, i));
  const { discoveryDays } = limits;
  return dayAfter(oldest, discoveryDays + 1 + (discoveryDays >> 2), limits);
}

/** Log time from which no play comes that is of a day before `days` after that of `time`. */
const dayAfter = (time: EpochMs, days: number, { latenessMs }: AttributionLimits): EpochMs =>
  (Math.floor(time / DAY_MS) + days) * DAY_MS + latenessMs + 1;

/** Log time at which nothing can change a play any more. */
const dueAt = ({ time }: PendingPlay, { latenessMs }: AttributionLimits): EpochMs => time + latenessMs + 1;

const spreadOf = (profileId: string): number => hashText(profileId) % TIDY_SPREAD_MS;

function setWake(state: AttributionState, profileId: string, limits: AttributionLimits): void {
  const { tidyAt, plays } = state;
  let wakeAt = tidyAt === 0 ? NEVER : tidyAt + spreadOf(profileId);
  for (const waiting of plays) wakeAt = Math.min(wakeAt, dueAt(waiting, limits));
  state.wakeAt = wakeAt;
}

const emptyState = (limits: AttributionLimits): AttributionState => ({
  sightings: createSightings(),
  tidyAbove: nextTidy(0, limits),
  tidyAt: 0,
  wakeAt: NEVER,
  playsRead: 0,
  plays: [],
});
