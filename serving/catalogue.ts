/** Titles in memory, by id and in order. */
import type { CatalogueEntry } from '../domain/catalogue.ts';
import type { TitleId } from '../domain/ids.ts';

export interface Catalogue {
  find(title: TitleId): CatalogueEntry | undefined;
  /** Newest launch first, then by name: what is shown where nothing was counted. */
  inOrder(): readonly CatalogueEntry[];
  size(): number;
}

export function indexCatalogue(entries: ReadonlyMap<TitleId, CatalogueEntry>): Catalogue {
  const ordered = [...entries.values()].sort(byLaunch);
  return { find: (title) => entries.get(title), inOrder: () => ordered, size: () => entries.size };
}

export const NO_TITLES: Catalogue = indexCatalogue(new Map());

function byLaunch(a: CatalogueEntry, b: CatalogueEntry): number {
  return (
    (b.launchTime ?? -Infinity) - (a.launchTime ?? -Infinity) ||
    (b.year ?? -Infinity) - (a.year ?? -Infinity) ||
    compareText(a.name, b.name) ||
    compareText(a.titleId, b.titleId)
  );
}

/** By code unit: the same on every machine, whatever its locale. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
