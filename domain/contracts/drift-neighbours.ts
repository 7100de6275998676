/** The groups that a group is compared with: the same producer and kind in its other app versions. */
import { compareAppVersions } from './app-versions.ts';
import type { DriftGroup, UnknownAttribute } from './drift-snapshot.ts';
import type { Sample } from './proportion.ts';

export interface Kin {
  /** All app versions of the group's producer and kind, the group itself too. */
  of(group: DriftGroup): readonly DriftGroup[];
}

export function groupsByKind(groups: readonly DriftGroup[]): Kin {
  const byProducer = new Map<string | null, Map<string, DriftGroup[]>>();
  for (const group of groups) {
    const kinds = byProducer.get(group.producer) ?? new Map<string, DriftGroup[]>();
    byProducer.set(group.producer, kinds);
    const same = kinds.get(group.kind) ?? [];
    same.push(group);
    kinds.set(group.kind, same);
  }
  return { of: ({ producer, kind }) => byProducer.get(producer)?.get(kind) ?? [] };
}

/** The newest app version before the group's that has enough events to go by. */
export function previousOf(
  { appVersion }: DriftGroup,
  others: readonly DriftGroup[],
  minEvents: number,
): DriftGroup | undefined {
  if (appVersion === null) return undefined;
  let best: DriftGroup | undefined;
  for (const other of others) {
    if (other.appVersion === null || other.events < minEvents) continue;
    if (compareAppVersions(other.appVersion, appVersion) >= 0) continue;
    if (compareAppVersions(other.appVersion, best?.appVersion ?? other.appVersion) >= 0) best = other;
  }
  return best;
}

/** The group's unknown attributes are in the order of their names, so that the name is found by halving. */
export function unknownOf({ unknown }: DriftGroup, name: string): UnknownAttribute | undefined {
  let low = 0;
  let high = unknown.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = unknown[middle]!;
    if (found.name === name) return found;
    if (found.name < name) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}

/** How often the attribute, known or unknown, is present in the group. */
export function sampleOf(group: DriftGroup, name: string): Sample {
  const field = group.fields.find((each) => each.name === name);
  return { present: field?.present ?? unknownOf(group, name)?.present ?? 0, events: group.events };
}

/** The same over the producer's other app versions together. */
export function elsewhere(group: DriftGroup, others: readonly DriftGroup[], name: string): Sample {
  return others
    .filter((other) => other !== group)
    .map((other) => sampleOf(other, name))
    .reduce((a, b) => ({ present: a.present + b.present, events: a.events + b.events }), {
      present: 0,
      events: 0,
    });
}
