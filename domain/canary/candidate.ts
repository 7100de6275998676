/** The object beside a view's pointer that has a version served to few before it is announced to all. */
import { canonicalJson } from '../canonical-json.ts';
import { parseJson, readFields } from '../json-fields.ts';
import {
  corrupt,
  readExpectedView,
  readInstant,
  readVersion,
  SHA256_HEX,
  type ViewName,
  type ViewVersion,
} from '../views.ts';
import type { CanaryMoment } from './verdict.ts';

export interface Candidate {
  readonly view: ViewName;
  readonly version: ViewVersion;
  readonly manifestSha256: string;
  /** Whose it is: only that run changes or removes it while it lasts. */
  readonly runId: string;
  /** Share of all profiles that is in each of the two cohorts, 0 to 0.5. */
  readonly share: number;
  /**
   * ISO instants. From `endsAt` on nobody serves it, whether it was removed or not. At `dueAt` it is decided where enough was seen;
   * where not it goes on, and has none.
   */
  readonly openedAt: string;
  readonly dueAt?: string;
  readonly endsAt: string;
}

const RUN_ID = /^[\x21-\x7e]{1,512}$/;

export const serialiseCandidate = (candidate: Candidate): string => canonicalJson({ ...candidate });

/** Throws VIEW_CORRUPT unless it is a candidate of this view. */
export function parseCandidate(text: string, view: ViewName): Candidate {
  const refuse = corrupt(view, 'pointer');
  const fields = readFields(parseJson(text, refuse), refuse);
  const dueAt = fields.optional('dueAt', (field) => readInstant(fields, field, refuse));
  return {
    view: readExpectedView(fields, view, refuse),
    version: readVersion(fields, 'version'),
    manifestSha256: fields.text('manifestSha256', SHA256_HEX),
    runId: fields.text('runId', RUN_ID),
    share: fields.number('share', 0, 0.5),
    openedAt: readInstant(fields, 'openedAt', refuse),
    ...(dueAt === undefined ? {} : { dueAt }),
    endsAt: readInstant(fields, 'endsAt', refuse),
  };
}

/** What a look at `now`, milliseconds since the epoch, may decide. */
export function momentOf({ dueAt, endsAt }: Pick<Candidate, 'dueAt' | 'endsAt'>, now: number): CanaryMoment {
  if (now >= Date.parse(endsAt)) return 'last';
  return dueAt !== undefined && now >= Date.parse(dueAt) ? 'due' : 'within';
}

/** `now` in milliseconds since the epoch. */
export const isOver = ({ endsAt }: Pick<Candidate, 'endsAt'>, now: number): boolean =>
  now >= Date.parse(endsAt);
