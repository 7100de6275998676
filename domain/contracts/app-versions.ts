/**
 * App versions and ranges of them. Versions are ordered as Semantic Versioning 2.0.0 orders them (§11), read leniently,
 * since apps name their versions as they like: any number of dotted parts, missing parts are 0, `+build` says nothing.
 */
import type { Refuse } from '../json-fields.ts';

const APP_VERSION = /^[0-9A-Za-z][0-9A-Za-z.+_-]{0,127}$/;

/** Below 0 where `a` is the older, above 0 where it is the newer. */
export function compareAppVersions(a: string, b: string): number {
  const left = partsOf(a);
  const right = partsOf(b);
  const core = compareParts(left.core, right.core, '0');
  if (core !== 0) return core;
  if (left.pre.length === 0 || right.pre.length === 0) return right.pre.length - left.pre.length;
  return compareParts(left.pre, right.pre, '');
}

interface Parts {
  readonly core: readonly string[];
  /** What follows the first hyphen; a version that has it comes before the one without. */
  readonly pre: readonly string[];
}

function partsOf(version: string): Parts {
  const [named = ''] = version.split('+');
  const hyphen = named.indexOf('-');
  if (hyphen < 0) return { core: named.split('.'), pre: [] };
  return { core: named.slice(0, hyphen).split('.'), pre: named.slice(hyphen + 1).split('.') };
}

function compareParts(left: readonly string[], right: readonly string[], missing: string): number {
  for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
    const order = comparePart(left[i] ?? missing, right[i] ?? missing);
    if (order !== 0) return order;
  }
  return 0;
}

const isNumber = (part: string): boolean => /^\d{1,15}$/.test(part);

/** Numbers by value and before words; words by code units. */
function comparePart(a: string, b: string): number {
  if (isNumber(a) && isNumber(b)) return Number(a) - Number(b);
  if (isNumber(a) !== isNumber(b) && a !== '' && b !== '') return isNumber(a) ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

type Operator = '>=' | '>' | '<=' | '<' | '=';

/** All bounds hold for every version of the range; no bound at all is every version, also one that was not named. */
export type AppVersionRange = readonly { readonly operator: Operator; readonly version: string }[];

/** Reads `9.4.1`, `>=9.3.0 <10.0.0` or `*`. */
export function readAppVersionRange(text: string, refuse: Refuse): AppVersionRange {
  const words = text.trim().split(/\s+/);
  if (words.length === 1 && words[0] === '*') return [];
  return words.map((word) => {
    const [, operator = '=', version = ''] = /^(>=|<=|>|<|=)?(.*)$/.exec(word) ?? [];
    if (APP_VERSION.test(version)) return { operator: operator as Operator, version };
    return refuse(`${JSON.stringify(word)} is no bound like >=9.3.0, 9.4.1 or *`);
  });
}

/** Null is the version of an event that names none: only `*` covers it. */
export function coversAppVersion(range: AppVersionRange, version: string | null): boolean {
  return range.every((bound) => version !== null && holds(bound.operator, version, bound.version));
}

function holds(operator: Operator, version: string, bound: string): boolean {
  const order = compareAppVersions(version, bound);
  switch (operator) {
    case '>=':
      return order >= 0;
    case '>':
      return order > 0;
    case '<=':
      return order <= 0;
    case '<':
      return order < 0;
    case '=':
      return order === 0;
  }
}
