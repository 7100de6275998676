/** Interactions seen from the titles' side, and bounded per profile. */
import type { Interactions, ModelTable } from './model.ts';

/** Who watched each title: title t has the profiles from `columnStarts[t]` until before `columnStarts[t + 1]`, rising. */
export interface Watchers {
  readonly columnStarts: Uint32Array;
  readonly profiles: Uint32Array;
  /** Of each place, the entry of the interactions that it comes from. */
  readonly entries: Uint32Array;
}

export function watchersOf({ profiles, titles, rowStarts, columns }: Interactions): Watchers {
  const columnStarts = new Uint32Array(titles.length + 1);
  for (const column of columns) columnStarts[column + 1]! += 1;
  for (let title = 0; title < titles.length; title++) columnStarts[title + 1]! += columnStarts[title]!;
  const next = columnStarts.slice(0, titles.length);
  const watchers = new Uint32Array(columns.length);
  const entries = new Uint32Array(columns.length);
  for (let profile = 0; profile < profiles.length; profile++) {
    for (let entry = rowStarts[profile]!; entry < rowStarts[profile + 1]!; entry++) {
      const place = next[columns[entry]!]!++;
      watchers[place] = profile;
      entries[place] = entry;
    }
  }
  return { columnStarts, profiles: watchers, entries };
}

/** A part with every title_id and how many profiles watched it. */
export function watchedTitlesTable(name: string, { titles, columns }: Interactions): ModelTable {
  const profiles = new Int32Array(titles.length);
  for (const column of columns) profiles[column]! += 1;
  return {
    name,
    rows: titles.length,
    columns: {
      title_id: { type: 'VARCHAR', values: titles },
      profiles: { type: 'INTEGER', values: profiles },
    },
  };
}

/**
 * At most `most` entries of each profile, the newest: what models of pairs of titles learn from, since a profile with
 * n titles costs n² there and one that watched everything says nothing about pairs.
 */
export function newestOf(interactions: Interactions, most: number): Interactions {
  const { profiles, rowStarts, columns, weights, times } = interactions;
  const kept = new Uint32Array(columns.length);
  const starts = new Uint32Array(rowStarts.length);
  let size = 0;
  for (let profile = 0; profile < profiles.length; profile++) {
    const row = newestEntries(times, rowStarts[profile]!, rowStarts[profile + 1]!, most);
    kept.set(row, size);
    size += row.length;
    starts[profile + 1] = size;
  }
  if (size === columns.length) return interactions;
  const entries = kept.subarray(0, size);
  return {
    ...interactions,
    rowStarts: starts,
    columns: Uint32Array.from(entries, (entry) => columns[entry]!),
    weights: Float32Array.from(entries, (entry) => weights[entry]!),
    times: Float64Array.from(entries, (entry) => times[entry]!),
  };
}

/** Entries [from, to) in their order, without all but the newest `most`; of equal times the later is the newer. */
function newestEntries(times: Float64Array, from: number, to: number, most: number): Uint32Array {
  const row = Uint32Array.from({ length: to - from }, (_, place) => from + place);
  if (row.length <= most) return row;
  row.sort((a, b) => times[b]! - times[a]! || b - a);
  return row.subarray(0, most).sort();
}
