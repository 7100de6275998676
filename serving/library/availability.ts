/** Titles that may be shown in a country, as a set that is kept until an interval begins or ends. */
import { LRUCache } from 'lru-cache';
import { isAvailable, type CatalogueEntry } from '../../domain/catalogue.ts';
import type { Country } from '../../domain/ids.ts';
import { addTitle, emptyTitleSet, type TitleSet } from '../../domain/ranking/types.ts';
import type { EpochMs } from '../../domain/time.ts';

export interface Availability {
  /** The titles that may be shown at a time; without a country, those available somewhere. */
  at(now: EpochMs, country: Country | null): TitleSet;
}

/** Countries whose sets are kept. */
const KEPT_COUNTRIES = 512;

interface Kept {
  readonly set: TitleSet;
  readonly from: EpochMs;
  /** The next moment at which a title comes or goes anywhere. */
  readonly until: EpochMs;
}

/** `boundaries` are all moments at which an interval begins or ends, rising. */
export function createAvailability(
  entries: readonly CatalogueEntry[],
  boundaries: Float64Array,
): Availability {
  const kept = new LRUCache<string, Kept>({ max: KEPT_COUNTRIES });
  const own = new Set(entries.flatMap(({ availability }) => Object.keys(availability)));

  return {
    at(now, country) {
      // Countries that no title says anything of are one.
      const key = country === null ? '' : own.has(country) ? country : '*';
      const found = kept.get(key);
      if (found !== undefined && found.from <= now && now < found.until) return found.set;
      const set = emptyTitleSet(entries.length);
      entries.forEach((entry, title) => {
        if (isAvailable(entry, now, country ?? undefined)) addTitle(set, title);
      });
      kept.set(key, { set, from: now, until: nextAfter(boundaries, now) });
      return set;
    },
  };
}

function nextAfter(boundaries: Float64Array, now: EpochMs): EpochMs {
  let [low, high] = [0, boundaries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (boundaries[middle]! > now) high = middle;
    else low = middle + 1;
  }
  return boundaries[low] ?? Infinity;
}

/** All moments at which a title comes or goes. */
export function boundariesOf(entries: readonly CatalogueEntry[]): Float64Array {
  const moments = new Set<EpochMs>();
  for (const { availability } of entries)
    for (const intervals of Object.values(availability))
      for (const { from, to } of intervals) {
        if (from !== null) moments.add(from);
        if (to !== null) moments.add(to);
      }
  return Float64Array.from(moments).sort();
}
