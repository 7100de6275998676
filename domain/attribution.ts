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
  createSightings,
  MAX_SIGHTINGS,
  sightingOf,
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
    version: 1,
    topics: ['impressions', 'plays'],
    output: 'attributed-plays',
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
  const state = before ?? emptyState(limits);
  let outputs = NO_OUTPUTS;
  if (event.kind === 'impression') {
    if (event.origin !== 'synthetic' && takesPart(record, limits.latenessMs)) {
      outputs = see(state, record as CleanRecord<Impression>, limits, evictions);
    }
  } else {
    state.playsRead = Math.max(state.playsRead, record.appendTime);
    if (event.kind === 'play_start')
      outputs = play(state, record as CleanRecord<PlayStart>, limits, evictions);
  }
  return after(event.profileId, state, outputs, limits);
}

function see(
  state: AttributionState,
  record: CleanRecord<Impression>,
  limits: AttributionLimits,
  evictions: Evictions,
): readonly AttributedPlay[] {
  const seen = sightingOf(record);
  if (state.sightings.count >= state.tidyAbove) makeRoom(state, limits, evictions);
  addSighting(state.sightings, seen);
  const dayIsOver = dayAfter(seen.time, 1, limits);
  state.tidyAt = state.tidyAt === 0 ? dayIsOver : Math.min(state.tidyAt, dayIsOver);
  if (state.plays.length === 0) return NO_OUTPUTS;
  return state.plays
    .filter((waiting) => offer(waiting, waiting, seen, limits))
    .map((waiting) => upsertOf(record.event.profileId, waiting, record.appendTime, false));
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
  state.plays = state.plays.filter((waiting) => waiting.playId !== playId);
  if (!takesPart(record, limits.latenessMs)) {
    const unanswered = pendingPlay(record, { source: null, discovery: null });
    return [upsertOf(event.profileId, unanswered, appendTime, true)];
  }
  const answer = answerFrom(state.sightings, questionOf(event, enriched?.rootTitleId), limits);
  const pending = pendingPlay(record, answer);
  state.plays.push(pending);
  if (state.plays.length > limits.pendingPlays) {
    state.plays.shift();
    evictions.onEvicted?.('plays', 1);
  }
  return [upsertOf(event.profileId, pending, appendTime, false)];
}

/** Called before a profile holds more impressions than it did after the last time, twice over. */
function makeRoom(state: AttributionState, limits: AttributionLimits, evictions: Evictions): void {
  state.sightings = tidy(state.sightings, state.playsRead - limits.latenessMs, limits);
  const { count } = state.sightings;
  if (count >= limits.sightings) {
    state.sightings = keepNewest(state.sightings, limits.sightings - (limits.sightings >> 2));
    evictions.onEvicted?.('impressions', count - state.sightings.count);
  }
  state.tidyAbove = nextTidy(state.sightings.count, limits);
}

const nextTidy = (count: number, limits: AttributionLimits): number =>
  Math.min(limits.sightings, Math.max(FIRST_TIDY, 2 * count));

function wake(profileId: string, state: AttributionState, logTime: EpochMs, limits: AttributionLimits): Step {
  const { latenessMs } = limits;
  state.playsRead = Math.max(state.playsRead, logTime);
  const outputs: AttributedPlay[] = [];
  const isDue = ({ time }: PendingPlay): boolean => time + latenessMs < logTime;
  for (const waiting of state.plays) {
    if (isDue(waiting)) outputs.push(upsertOf(profileId, waiting, waiting.time + latenessMs + 1, true));
  }
  if (outputs.length > 0) state.plays = state.plays.filter((waiting) => !isDue(waiting));
  if (state.tidyAt !== 0 && state.tidyAt <= logTime) {
    const hasGrown = state.sightings.count > GROWTH * state.tidyAbove;
    if (hasGrown || expiry(state.sightings, limits) <= logTime) {
      state.sightings = tidy(state.sightings, state.playsRead - latenessMs, limits);
      state.tidyAbove = nextTidy(state.sightings.count, limits);
    }
    state.tidyAt = tidyTime(state.sightings, logTime, limits);
  }
  return after(profileId, state, outputs, limits);
}

/** When to look again: once the newest day is over, else when the oldest impression has long left the horizon. */
function tidyTime(sightings: Sightings, logTime: EpochMs, limits: AttributionLimits): EpochMs {
  const { count, times } = sightings;
  if (count === 0) return 0;
  let newest = 0;
  for (let i = 0; i < count; i++) newest = Math.max(newest, times[i]!);
  const newestDayOver = dayAfter(newest, 1, limits);
  return newestDayOver > logTime ? newestDayOver : expiry(sightings, limits);
}

/** Not every day on which something leaves the horizon is worth the work: a quarter of it later. */
function expiry({ count, times }: Sightings, limits: AttributionLimits): EpochMs {
  let oldest = Infinity;
  for (let i = 0; i < count; i++) oldest = Math.min(oldest, times[i]!);
  const { discoveryDays } = limits;
  return dayAfter(oldest, discoveryDays + 1 + (discoveryDays >> 2), limits);
}

/** Log time from which no play comes that is of a day before `days` after that of `time`. */
const dayAfter = (time: EpochMs, days: number, { latenessMs }: AttributionLimits): EpochMs =>
  (Math.floor(time / DAY_MS) + days) * DAY_MS + latenessMs + 1;

function after(
  profileId: string,
  state: AttributionState,
  outputs: readonly AttributedPlay[],
  limits: AttributionLimits,
): Step {
  const { plays, tidyAt, sightings } = state;
  if (plays.length === 0 && sightings.count === 0) return { state: undefined, outputs };
  let wakeAt = tidyAt === 0 ? Infinity : tidyAt + (hashText(profileId) % TIDY_SPREAD_MS);
  for (const { time } of plays) wakeAt = Math.min(wakeAt, time + limits.latenessMs + 1);
  return { state, outputs, wakeAt };
}

const emptyState = (limits: AttributionLimits): AttributionState => ({
  sightings: createSightings(),
  tidyAbove: nextTidy(0, limits),
  tidyAt: 0,
  playsRead: 0,
  plays: [],
});
