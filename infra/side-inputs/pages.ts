/** The view `pages` in memory: where a row stands, by page and row. */
import type { Manifest } from '../../domain/manifest.ts';
import { PAGES_PART } from '../../domain/pages.ts';
import type { PagePlace, PagesLookup } from '../../domain/side-inputs.ts';
import type { DuckDb } from '../duckdb/duckdb.ts';
import { readPart, type PartColumns } from './columns.ts';

export interface LoadedPages extends PagesLookup {
  readonly size: number;
}

const SHAPE = {
  page_id: 'text',
  page_kind: 'text',
  row_id: 'text',
  row_kind: 'text',
  row_index: 'number',
  row_length: 'number',
} as const;

interface Page {
  /** The page itself, without a row. */
  readonly place: PagePlace;
  readonly rows: Map<string, PagePlace>;
}

/** Throws VIEW_CORRUPT when the part is not what the view is made of. */
export function createPagesLoader(duckdb: Pick<DuckDb, 'use'>) {
  return (versionDir: string, manifest: Manifest): Promise<LoadedPages> =>
    readPart(duckdb, { versionDir, manifest, part: PAGES_PART }, SHAPE, (columns) => {
      const pages = pagesOf(columns);
      return {
        version: manifest.version,
        size: pages.size,
        placeOf(pageId, row) {
          const page = pages.get(pageId);
          return (row === undefined ? undefined : page?.rows.get(row)) ?? page?.place;
        },
      };
    });
}

function pagesOf(columns: PartColumns<typeof SHAPE>): ReadonlyMap<string, Page> {
  const pages = new Map<string, Page>();
  for (let row = 0; row < columns.rowCount; row += 1) {
    const id = columns.text('page_id', row);
    const pageKind = columns.text('page_kind', row);
    let page = pages.get(id);
    if (page === undefined) pages.set(id, (page = { place: { pageKind }, rows: new Map() }));
    page.rows.set(columns.text('row_id', row), {
      pageKind,
      row: {
        kind: columns.text('row_kind', row),
        index: columns.number('row_index', row),
        length: columns.number('row_length', row),
      },
    });
  }
  return pages;
}
