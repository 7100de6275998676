/**
 * Views that files of SQL declare. `<view>.sql` begins with comments that say what the view is keyed by and how often it is made:
 *
 *     -- key: country, title_id
 *     -- every: 15m
 *     -- note: Plays by country
 *     SELECT …
 */
import type { TableInput } from './manifest.ts';
import { VIEW_NAME, type ViewName, type ViewVersion } from './views.ts';

export interface DeclaredView {
  readonly view: ViewName;
  /** Columns that together are whole and unique in each version; rows come ordered by them. */
  readonly key: readonly string[];
  readonly everyMs: number;
  /** A version with fewer rows is refused. */
  readonly minimumRows: number;
  /** A version that drops more than this share of the keys of the one before is refused, 0 to 1. */
  readonly maxRemovedShare: number;
  /** One line for operators. */
  readonly note: string;
  /** One SELECT, with its comments. */
  readonly sql: string;
}

/** What a version is made from: the same plan gives the same bytes. */
export interface DeclaredPlan {
  readonly declared: DeclaredView;
  /** Tables that had rows, with the snapshot to read. */
  readonly inputs: readonly TableInput[];
  /** ISO instant after the newest row of the inputs was logged: `$as_of_ms` in the SQL, in milliseconds since the epoch. */
  readonly asOf: string;
}

export interface PlannedDeclared {
  /** The current version, or null before the first. */
  readonly parent: ViewVersion | null;
  /** The current version was made from the same, or there is no row yet. */
  readonly unchanged: boolean;
  /** Absent where there is no row yet. */
  readonly plan?: DeclaredPlan;
}

/** The one part of a declared view's versions. */
export const DECLARED_PART = 'rows';
/** Of a file that declares a view. */
export const declarationFile = (view: string): string => `${view}.sql`;

const UNITS_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const LEAST_MS = 10_000;
const MOST_MS = 30 * UNITS_MS.d;
const COLUMN = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const MOST_BYTES = 32_768;

type Fail = (reason: string) => never;
type Reader = (value: string, fail: Fail) => Partial<Omit<DeclaredView, 'view' | 'sql'>>;

const WORDS: Readonly<Record<string, Reader>> = {
  key(value, fail) {
    const key = value.split(',').map((column) => column.trim());
    const odd = key.find((column) => !COLUMN.test(column));
    if (odd !== undefined)
      return fail(`key names ${JSON.stringify(odd)}, expected columns with commas between`);
    if (new Set(key).size < key.length) return fail('key names a column twice');
    return { key };
  },
  every(value, fail) {
    const found = /^(\d{1,6})\s*([smhd])$/.exec(value);
    const ms = found === null ? 0 : Number(found[1]) * UNITS_MS[found[2] as keyof typeof UNITS_MS];
    if (ms < LEAST_MS || ms > MOST_MS) return fail(`every is ${value}, expected 10s to 30d, such as 15m`);
    return { everyMs: ms };
  },
  'minimum-rows'(value, fail) {
    if (!/^\d{1,9}$/.test(value)) return fail(`minimum-rows is ${value}, expected a whole number`);
    return { minimumRows: Number(value) };
  },
  'max-removed-share'(value, fail) {
    const share = Number(value);
    if (!/^[\d.]+$/.test(value) || !(share <= 1))
      return fail(`max-removed-share is ${value}, expected a number from 0 to 1`);
    return { maxRemovedShare: share };
  },
  note: (value) => ({ note: value.slice(0, 200) }),
};

/**
 * Reads a declaration. `fail` is told the first thing that is wrong with it, with the line where there is one. The SQL itself is
 * not looked into.
 */
export function parseDeclaration(name: string, text: string, fail: Fail): DeclaredView {
  if (!VIEW_NAME.test(name))
    return fail('its name is none of a view: lower-case letters, digits and hyphens');
  if (text.length > MOST_BYTES) return fail(`it is longer than ${MOST_BYTES} characters`);
  const said = readWords(text, fail);
  const { key, everyMs } = said;
  if (key === undefined) return fail('it does not say its key: add a line `-- key: <columns>` at the top');
  if (everyMs === undefined)
    return fail('it does not say how often it is made: add a line `-- every: 1h` at the top');
  const sql = text.replace(/[\s;]+$/, '');
  return {
    ...{ minimumRows: 1, maxRemovedShare: 1, note: `Makes ${name} as its file declares it` },
    ...{ ...said, key, everyMs, view: name as ViewName, sql },
  };
}

/** The words of the comments that a file begins with. Comments that are no `word: value` are for people. */
function readWords(text: string, fail: Fail): Partial<DeclaredView> {
  let said: Partial<DeclaredView> = {};
  const seen = new Set<string>();
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const comment = /^\s*--(.*)$/.exec(line)?.[1];
    if (comment === undefined) break;
    const [, word = '', value = ''] = /^\s*([a-z-]+):\s*(.*?)\s*$/.exec(comment) ?? [];
    if (word === '') continue;
    const failHere: Fail = (reason) => fail(`line ${i + 1}: ${reason}`);
    const read = WORDS[word];
    if (read === undefined)
      return failHere(`nothing is called ${word}; there is ${Object.keys(WORDS).join(', ')}`);
    if (seen.has(word)) return failHere(`${word} is said twice`);
    seen.add(word);
    said = { ...said, ...read(value, failHere) };
  }
  return said;
}
