/** Loads a verified local copy of the view `catalogue`. */
import { readAvailability } from '../domain/catalogue-entry.ts';
import {
  CATALOGUE_PART,
  GENRE_SEPARATOR,
  TITLE_KINDS,
  type CatalogueEntry,
  type TitleKind,
} from '../domain/catalogue.ts';
import type { TitleId } from '../domain/ids.ts';
import { readFields, type Refuse } from '../domain/json-fields.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { DuckDb } from '../infra/duckdb/duckdb.ts';
import { readSlices, type PartColumns } from '../infra/side-inputs/columns.ts';
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

const SLICES = {
  /** As the catalogue is ordered but for texts, which are in the order of UTF-8 here: little is left to sort. */
  orderBy: 'launch_time DESC NULLS LAST, year DESC NULLS LAST, name, title_id',
  /** Small: requests wait while a slice is laid out. */
  rows: 2000,
};

/** Throws VIEW_CORRUPT when the part is not what the view is made of. */
export function createCatalogueLoader(duckdb: Pick<DuckDb, 'use'>): LoadCatalogue {
  return async (versionDir, manifest) => {
    const entries = new Map<TitleId, CatalogueEntry>();
    const availabilityOf = createAvailabilities();
    await readSlices(duckdb, { versionDir, manifest, part: CATALOGUE_PART }, SHAPE, SLICES, (columns) => {
      for (let row = 0; row < columns.rowCount; row += 1) {
        const entry = entryAt(columns, row, availabilityOf);
        entries.set(entry.titleId, entry);
      }
    });
    return indexCatalogue(entries);
  };
}

type Availability = CatalogueEntry['availability'];

function entryAt(
  columns: PartColumns<typeof SHAPE>,
  row: number,
  availabilityOf: (text: string) => Availability,
): CatalogueEntry {
  const genres = columns.text('genres', row);
  return {
    titleId: columns.text('title_id', row) as TitleId,
    kind: kindOf(columns.text('kind', row)),
    name: columns.text('name', row),
    genres: genres === '' ? [] : genres.split(GENRE_SEPARATOR),
    year: columns.maybe('year', row) ?? null,
    runtimeSeconds: columns.maybe('runtime_seconds', row) ?? null,
    launchTime: columns.maybe('launch_time', row) ?? null,
    parentId: (columns.maybeText('parent_id', row) as TitleId | undefined) ?? null,
    availability: availabilityOf(columns.text('availability', row)),
  };
}

function kindOf(text: string): TitleKind {
  return TITLE_KINDS.find((kind) => kind === text) ?? refuse(`${text} is no kind of title`);
}

/** Few availabilities are told apart: each is read and kept once. */
function createAvailabilities(): (text: string) => Availability {
  const known = new Map<string, Availability>();
  return (text) => {
    let found = known.get(text);
    if (found === undefined) {
      found = readAvailability(readFields({ availability: JSON.parse(text) as unknown }, refuse));
      known.set(text, found);
    }
    return found;
  };
}

const refuse: Refuse = (reason) => {
  throw new RangeError(reason);
};
