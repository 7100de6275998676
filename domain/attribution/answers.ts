/**
 * Which impression a play came from, and which one first showed its title. Both are the first of all that qualify in a
 * total order, so that the answer does not depend on the order in which they come.
 *
 * - Source: the latest at or before the play, within the window before it; of equal times one of the title itself before
 *   one of its series, then the greater event id.
 * - Discovery: the earliest at or before the play, from the start of the UTC day that lies the horizon before the play's;
 *   of equal times one of the title itself before one of its series, then the smaller event id.
 *
 * Event ids are ordered by code point. Of impressions that are equal in all this the first in the log counts. A play that
 * states its row has its source only among impressions in that row, and on that page if it states one.
 */
import { DAY_MS, type EpochMs } from '../time.ts';
import { compareTexts } from '../text-order.ts';
import { countOf, findTitle, readSighting, titleAt, type Sighting, type Sightings } from './sightings.ts';

export interface AnswerLimits {
  /** How long before a play the impression may be that led there. */
  readonly windowMs: number;
  /** Whole days before the day of a play in which the first sighting is looked for. */
  readonly discoveryDays: number;
}

/** What is asked: a play and where it says it was started from. */
export interface Question {
  readonly titleId: string;
  /** The series that the title belongs to; the title itself where it has none. */
  readonly rootTitleId: string;
  readonly time: EpochMs;
  readonly row: string | null;
  readonly pageId: string | null;
}

export interface Answer {
  source: Sighting | null;
  discovery: Sighting | null;
}

/** Where the time in which a play at `time` can have been discovered begins. */
export const discoveryStart = (time: EpochMs, { discoveryDays }: AnswerLimits): EpochMs =>
  (Math.floor(time / DAY_MS) - discoveryDays) * DAY_MS;

/** Betters an answer by one more impression of the profile; says whether it changed. */
export function offer(answer: Answer, question: Question, seen: Sighting, limits: AnswerLimits): boolean {
  const { titleId, rootTitleId, time } = question;
  if (seen.time > time || (seen.titleId !== titleId && seen.titleId !== rootTitleId)) return false;
  let changed = false;
  if (isWhereStated(question, seen) && seen.time >= time - limits.windowMs) {
    if (answer.source === null || isLater(question, seen, answer.source)) {
      answer.source = seen;
      changed = true;
    }
  }
  if (seen.time >= discoveryStart(time, limits)) {
    if (answer.discovery === null || isEarlier(question, seen, answer.discovery)) {
      answer.discovery = seen;
      changed = true;
    }
  }
  return changed;
}

const isWhereStated = ({ row, pageId }: Question, seen: Sighting): boolean =>
  row === null || (seen.row === row && (pageId === null || seen.pageId === pageId));

function isLater({ titleId }: Question, seen: Sighting, best: Sighting): boolean {
  if (seen.time !== best.time) return seen.time > best.time;
  if (seen.titleId !== best.titleId) return seen.titleId === titleId;
  return compareTexts(seen.id, best.id) > 0;
}

function isEarlier({ titleId }: Question, seen: Sighting, best: Sighting): boolean {
  if (seen.time !== best.time) return seen.time < best.time;
  if (seen.titleId !== best.titleId) return seen.titleId === titleId;
  return compareTexts(seen.id, best.id) < 0;
}

/** The answer from all impressions that are remembered: each that shows the title or its series is offered. */
export function answerFrom(sightings: Sightings, question: Question, limits: AnswerLimits): Answer {
  const answer: Answer = { source: null, discovery: null };
  const { titleId, rootTitleId } = question;
  const exact = findTitle(sightings, titleId);
  const root = rootTitleId === titleId ? exact : findTitle(sightings, rootTitleId);
  if (exact < 0 && root < 0) return answer;
  const count = countOf(sightings);
  for (let i = 0; i < count; i++) {
    const title = titleAt(sightings, i);
    if (title === exact || title === root) offer(answer, question, readSighting(sightings, i), limits);
  }
  return answer;
}
