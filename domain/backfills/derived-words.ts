/**
 * Upserts that say otherwise once the events they follow from are corrected. They are put right by what they are: a newer word
 * under the same key, after which whoever reads the topic or its table has what holds.
 */
import { PUT_RIGHT, type DerivedRecord } from '../events/derived.ts';

/** What a correction does to the words of one rule. */
export interface DerivedChange {
  /** The table that they lie in. */
  readonly what: string;
  /** The rule that they come from. */
  readonly rule: string;
  /** Profiles whose events change. */
  readonly profiles: number;
  /** Words that hold as they are. */
  readonly same: number;
  readonly changed: number;
  /** Of what had none. */
  readonly added: number;
  /** Of what holds no longer. */
  readonly withdrawn: number;
  /** Words about what there is no more, in a table that knows no withdrawal: they stay. */
  readonly stranded: number;
  /** Words that hold no longer and are not final: the live lane will say its own there. Absent in what was told before. */
  readonly waiting?: number;
}

/** Words that are to be said, or were. */
export const wordsSaid = (changes: readonly DerivedChange[]): number =>
  changes.reduce((sum, { changed, added, withdrawn }) => sum + changed + added + withdrawn, 0);

export type WordChange = Exclude<keyof DerivedChange, 'what' | 'rule' | 'profiles'>;

export interface NewWord {
  readonly change: WordChange;
  /** What is to be said; absent where nothing is. */
  readonly word?: DerivedRecord;
}

/** In which turns the logs were read, and how far: no part of what is said. */
const PASSING: ReadonlySet<string> = new Set(['version', 'appendTime', 'isFinal']);
const WITHDRAWN = 'withdrawn';

/**
 * What the fold comes to now, held against the newest word there is; one of them at least is given. A word in the place of
 * another is of its append time, so that who reads by that finds both, and one version newer: what the live lane says later on
 * is newer still. What is not final is left: the live lane follows it with a final word of what it knows, which would hold.
 */
export function wordAfter(standing: DerivedRecord | undefined, folded: DerivedRecord | undefined): NewWord {
  if (standing === undefined) {
    if (folded === undefined || isWithdrawn(folded)) return { change: 'same' };
    return { change: 'added', word: { ...folded, ...finality(folded), version: 1 } };
  }
  if ('isFinal' in standing && standing.isFinal === 0)
    return { change: folded !== undefined && saysSame(standing, folded) ? 'same' : 'waiting' };
  const version = standing.version + 1;
  if (folded === undefined || isWithdrawn(folded)) {
    if (isWithdrawn(standing)) return { change: 'same' };
    if (!('state' in standing)) return { change: 'stranded' };
    return { change: 'withdrawn', word: { ...standing, state: WITHDRAWN, version } as DerivedRecord };
  }
  if (saysSame(standing, folded)) return { change: 'same' };
  const { appendTime } = standing;
  return { change: 'changed', word: { ...folded, ...finality(standing), appendTime, version } };
}

/** What is said in the place of a final word, or long after its time, is counted by nobody who does not know the play. */
const finality = (word: DerivedRecord): { readonly isFinal?: number } =>
  'isFinal' in word ? { isFinal: word.isFinal === 0 ? 0 : PUT_RIGHT } : {};

const isWithdrawn = (word: DerivedRecord): boolean => 'state' in word && word.state === WITHDRAWN;

function saysSame(a: DerivedRecord, b: DerivedRecord): boolean {
  const [one, other] = [a, b] as unknown as Record<string, unknown>[];
  const names = new Set([...Object.keys(one!), ...Object.keys(other!)]);
  return [...names].every((name) => PASSING.has(name) || Object.is(one![name], other![name]));
}
