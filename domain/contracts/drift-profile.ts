/**
 * Counts which attributes the events of each producer, app version and kind have: a fold over clean records, free of
 * clock and values. Everything it holds is bounded by its limits; below them the counts are exact and do not depend on
 * the order of events, nor on how they were spread over profiles that were merged.
 */
import type { EventField, EventKind } from '../events/contract.ts';
import type { CleanRecord } from '../events/event.ts';
import type { DriftGroup, DriftSnapshot } from './drift-snapshot.ts';
import { optionalFieldsOf } from './producer-contract.ts';
import { createUnknownAttributes, type UnknownAttributes } from './unknown-attributes.ts';

export interface DriftLimits {
  /** Groups of producer, app version and kind; events of further ones are counted together. */
  readonly groups: number;
  /** Unknown attributes of one group; beyond, those seen least are let go. */
  readonly attributes: number;
  /** Characters of the unknown attributes of one event; longer ones are not looked at. */
  readonly extraChars: number;
}

export const DRIFT_LIMITS: DriftLimits = { groups: 1024, attributes: 64, extraChars: 16_384 };

export interface DriftProfile {
  add(record: CleanRecord): void;
  /** Adds what another profile counted of other events. */
  merge(other: DriftSnapshot): void;
  /** What was counted so far, in the order of producer, app version and kind. */
  snapshot(): DriftSnapshot;
  /** Forgets everything, as at the end of a window. */
  clear(): void;
}

interface Group {
  readonly producer: string | null;
  readonly appVersion: string | null;
  readonly kind: EventKind;
  readonly fields: readonly EventField[];
  readonly present: Float64Array;
  readonly unknown: UnknownAttributes;
  events: number;
  from: number;
  to: number;
  unreadExtras: number;
}

type Groups = Map<string | null, Map<string | null, Map<EventKind, Group>>>;

export function createDriftProfile(limits: DriftLimits = DRIFT_LIMITS): DriftProfile {
  let groups: Groups = new Map();
  let held = 0;
  let beyondGroups = 0;

  function groupOf(producer: string | null, appVersion: string | null, kind: EventKind): Group | undefined {
    const found = groups.get(producer)?.get(appVersion)?.get(kind);
    if (found !== undefined) return found;
    if (held >= limits.groups) return undefined;
    const versions = groups.get(producer) ?? new Map<string | null, Map<EventKind, Group>>();
    const kinds = versions.get(appVersion) ?? new Map<EventKind, Group>();
    const group = emptyGroup(producer, appVersion, kind, limits);
    groups.set(producer, versions.set(appVersion, kinds.set(kind, group)));
    held += 1;
    return group;
  }

  function add({ event, appendTime }: CleanRecord): void {
    const group = groupOf(event.producer ?? null, event.appVersion ?? null, event.kind);
    if (group === undefined) {
      beyondGroups += 1;
      return;
    }
    group.events += 1;
    if (appendTime < group.from) group.from = appendTime;
    if (appendTime > group.to) group.to = appendTime;
    const { fields, present } = group;
    const values = event as unknown as Readonly<Record<string, unknown>>;
    for (let i = 0; i < fields.length; i += 1) {
      if (values[fields[i]!] !== undefined) present[i]! += 1;
    }
    if (event.extra !== undefined) addExtra(group, event.extra);
  }

  function addExtra(group: Group, extra: string): void {
    if (extra.length > limits.extraChars || !group.unknown.add(extra)) group.unreadExtras += 1;
  }

  function mergeGroup(other: DriftGroup): void {
    const group = groupOf(other.producer, other.appVersion, other.kind);
    if (group === undefined) {
      beyondGroups += other.events;
      return;
    }
    group.events += other.events;
    group.from = Math.min(group.from, other.from);
    group.to = Math.max(group.to, other.to);
    group.unreadExtras += other.unreadExtras;
    for (const { name, present } of other.fields) {
      const index = group.fields.indexOf(name);
      if (index >= 0) group.present[index]! += present;
    }
    group.unknown.merge(other);
  }

  return {
    add,
    merge(other) {
      beyondGroups += other.beyondGroups;
      for (const group of other.groups) mergeGroup(group);
    },
    snapshot: () => ({ groups: inOrder(groups).map(toSnapshot), beyondGroups }),
    clear() {
      groups = new Map();
      held = 0;
      beyondGroups = 0;
    },
  };
}

const emptyGroup = (
  producer: string | null,
  appVersion: string | null,
  kind: EventKind,
  limits: DriftLimits,
): Group => {
  const fields = optionalFieldsOf(kind);
  const present = new Float64Array(fields.length);
  const unknown = createUnknownAttributes(limits.attributes);
  const counts = { events: 0, from: Infinity, to: -Infinity, unreadExtras: 0 };
  return { producer, appVersion, kind, fields, present, unknown, ...counts };
};

function inOrder(groups: Groups): Group[] {
  const all = [...groups.values()].flatMap((versions) =>
    [...versions.values()].flatMap((kinds) => [...kinds.values()]),
  );
  return all.sort(
    (a, b) =>
      compareText(a.producer, b.producer) ||
      compareText(a.appVersion, b.appVersion) ||
      compareText(a.kind, b.kind),
  );
}

/** By code units, null first. */
function compareText(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  return a < b ? -1 : a > b ? 1 : 0;
}

function toSnapshot({ fields, present, unknown, ...group }: Group): DriftGroup {
  const { producer, appVersion, kind, events, from, to, unreadExtras } = group;
  return {
    ...{ producer, appVersion, kind, events, from, to, unreadExtras },
    fields: fields.map((name, i) => ({ name, present: present[i] ?? 0 })),
    ...unknown.snapshot(),
  };
}
