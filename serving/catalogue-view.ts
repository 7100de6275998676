/** Loads a verified local copy of the view `catalogue`. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CATALOGUE_PART, GENRE_SEPARATOR, type CatalogueEntry } from '../domain/catalogue.ts';
import { readCatalogueEntry } from '../domain/catalogue-entry.ts';
import type { TitleId } from '../domain/ids.ts';
import { corrupt } from '../domain/views.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { DuckDb } from '../infra/duckdb/duckdb.ts';
import { readPart, type PartColumns } from '../infra/side-inputs/columns.ts';
import { indexCatalogue, type Catalogue } from './catalogue.ts';

export type LoadCatalogue = (versionDir: string, manifest: Manifest) => Promise<Catalogue>;

const SHAPE = {
  title_id: 'text',
  kind: 'text',
  name: 'text',
  genres: 'text',
  year: 'number',
  runtime_seconds: 'number',
  launch_time: 'number',
  parent_id: 'text',
  availability: 'text',
} as const;

/** Nearly as the catalogue is ordered (texts by UTF-8 here), so that little is left to sort while requests wait. */
const ORDER = 'launch_time DESC NULLS LAST, year DESC NULLS LAST, name, title_id';
/** After so many rows whoever else waits has a turn. */
const ROWS_A_TURN = 2000;

/** Throws VIEW_CORRUPT when the part is not what the view is made of. */
export function createCatalogueLoader(duckdb: Pick<DuckDb, 'use'>): LoadCatalogue {
  return (versionDir, manifest) => {
    const refuse = corrupt(manifest.view, manifest.version);
    const part = { versionDir, manifest, part: CATALOGUE_PART, orderBy: ORDER };
    return readPart(duckdb, part, SHAPE, async (columns) => {
      const entries = new Map<TitleId, CatalogueEntry>();
      for (let row = 0; row < columns.rowCount; row += 1) {
        const entry = readCatalogueEntry(entryAt(columns, row), refuse);
        entries.set(entry.titleId, entry);
        if (row % ROWS_A_TURN === 0) await nextTurn();
      }
      return indexCatalogue(entries);
    });
  };
}

function entryAt(columns: PartColumns<typeof SHAPE>, row: number): Record<keyof CatalogueEntry, unknown> {
  const genres = columns.text('genres', row);
  return {
    titleId: columns.text('title_id', row),
    kind: columns.text('kind', row),
    name: columns.text('name', row),
    genres: genres === '' ? [] : genres.split(GENRE_SEPARATOR),
    year: columns.maybe('year', row) ?? null,
    runtimeSeconds: columns.maybe('runtime_seconds', row) ?? null,
    launchTime: columns.maybe('launch_time', row) ?? null,
    parentId: columns.maybeText('parent_id', row) ?? null,
    availability: JSON.parse(columns.text('availability', row)) as unknown,
  };
}
