/**
 * How often each attribute outside the event contract is present and of which type, for a bounded number of names. When
 * there is no room for another name, the half of the names that were seen least is let go, and what comes later carries
 * how much of it may have been missed (lossy counting: G. S. Manku and R. Motwani, 2002, "Approximate frequency counts
 * over data streams", VLDB): an attribute of many events outlives any number of names that come once each.
 */
import { JSON_TYPES, jsonTypeIndex } from './json-types.ts';
import type { DriftGroup, UnknownAttribute } from './drift-snapshot.ts';

export interface UnknownAttributes {
  /** Takes the unknown attributes of one event, as JSON text; false where they are no object. */
  add(extra: string): boolean;
  merge(other: UnknownSnapshot): void;
  snapshot(): UnknownSnapshot;
}

type UnknownSnapshot = Pick<DriftGroup, 'unknown' | 'beyondAttributes' | 'missedAtMost'>;

const MOST_NAME_CHARS = 128;
const NO_LENGTH = Infinity;

interface Counts {
  present: number;
  nulls: number;
  missed: number;
  readonly types: Float64Array;
  shortest: number;
  longest: number;
  fewest: number;
  most: number;
}

const emptyCounts = (missed: number): Counts => ({
  ...{ present: 0, nulls: 0, missed },
  types: new Float64Array(JSON_TYPES.length),
  ...{ shortest: NO_LENGTH, longest: -1, fewest: NO_LENGTH, most: -1 },
});

const seen = ({ present, nulls }: Counts): number => present + nulls;

export function createUnknownAttributes(limit: number): UnknownAttributes {
  const names = new Map<string, Counts>();
  let missedUpTo = 0;
  let beyond = 0;

  function countsOf(attribute: string): Counts {
    const name = attribute.length > MOST_NAME_CHARS ? attribute.slice(0, MOST_NAME_CHARS) : attribute;
    const found = names.get(name);
    if (found !== undefined) return found;
    if (names.size >= limit) letGo();
    const counts = emptyCounts(missedUpTo);
    names.set(name, counts);
    return counts;
  }

  /** Lets the least seen half go, of equals those with the greater names. */
  function letGo(): void {
    const ranked = [...names].sort(([a, left], [b, right]) => seen(right) - seen(left) || (a < b ? -1 : 1));
    for (const [name, counts] of ranked.slice(limit >> 1)) {
      missedUpTo = Math.max(missedUpTo, seen(counts) + counts.missed);
      beyond += seen(counts);
      names.delete(name);
    }
  }

  return {
    add(extra) {
      const attributes = parse(extra);
      if (attributes === undefined) return false;
      // Own names only, of which JSON.parse makes one even of __proto__.
      for (const name of Object.keys(attributes)) count(countsOf(name), attributes[name]);
      return true;
    },
    merge({ unknown, beyondAttributes, missedAtMost }) {
      const theirs = new Set(unknown.map(({ name }) => name));
      for (const [name, counts] of names) if (!theirs.has(name)) counts.missed += missedAtMost;
      for (const other of unknown) mergeCounts(countsOf(other.name), other);
      missedUpTo += missedAtMost;
      beyond += beyondAttributes;
    },
    snapshot() {
      const unknown = [...names].sort(([a], [b]) => (a < b ? -1 : 1)).map(toAttribute);
      return { unknown, beyondAttributes: beyond, missedAtMost: missedUpTo };
    },
  };
}

function parse(extra: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(extra);
    return jsonTypeIndex(value) === OBJECT ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const OBJECT = JSON_TYPES.indexOf('object');

function count(counts: Counts, value: unknown): void {
  const type = jsonTypeIndex(value);
  if (type < 0) {
    counts.nulls += 1;
    return;
  }
  counts.present += 1;
  counts.types[type]! += 1;
  if (typeof value === 'string') {
    if (value.length < counts.shortest) counts.shortest = value.length;
    if (value.length > counts.longest) counts.longest = value.length;
  } else if (Array.isArray(value)) {
    if (value.length < counts.fewest) counts.fewest = value.length;
    if (value.length > counts.most) counts.most = value.length;
  }
}

function mergeCounts(counts: Counts, other: UnknownAttribute): void {
  counts.present += other.present;
  counts.nulls += other.nulls;
  counts.missed += other.missed;
  for (const { type, present } of other.types) counts.types[JSON_TYPES.indexOf(type)]! += present;
  const [shortest, longest] = other.stringLength ?? [NO_LENGTH, -1];
  const [fewest, most] = other.listLength ?? [NO_LENGTH, -1];
  counts.shortest = Math.min(counts.shortest, shortest);
  counts.longest = Math.max(counts.longest, longest);
  counts.fewest = Math.min(counts.fewest, fewest);
  counts.most = Math.max(counts.most, most);
}

function toAttribute([name, counts]: [string, Counts]): UnknownAttribute {
  const { present, nulls, missed, types, shortest, longest, fewest, most } = counts;
  const seenTypes = JSON_TYPES.map((type, i) => ({ type, present: types[i] ?? 0 }));
  return {
    ...{ name, present, nulls, missed },
    types: seenTypes.filter((each) => each.present > 0),
    stringLength: longest < 0 ? null : [shortest, longest],
    listLength: most < 0 ? null : [fewest, most],
  };
}
