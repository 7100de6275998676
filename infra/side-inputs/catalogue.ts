/** The view `catalogue` in memory: details of a title by its id. */
import { CATALOGUE_PART, TITLE_KINDS, type TitleKind } from '../../domain/catalogue.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { CatalogueLookup, TitleDetails } from '../../domain/side-inputs.ts';
import type { DuckDb } from '../duckdb/duckdb.ts';
import { readPart, type PartColumns } from './columns.ts';

export interface LoadedCatalogue extends CatalogueLookup {
  readonly size: number;
}

const SHAPE = {
  title_id: 'text',
  kind: 'text',
  genres: 'text',
  root_title_id: 'text',
  runtime_seconds: 'number',
  launch_time: 'number',
} as const;

/** Throws VIEW_CORRUPT when the part is not what the view is made of. */
export function createCatalogueLoader(duckdb: Pick<DuckDb, 'use'>) {
  return (versionDir: string, manifest: Manifest): Promise<LoadedCatalogue> =>
    readPart(duckdb, { versionDir, manifest, part: CATALOGUE_PART }, SHAPE, (columns) => {
      const titles = titlesOf(columns);
      return { version: manifest.version, size: titles.size, titleOf: (id) => titles.get(id) };
    });
}

function titlesOf(columns: PartColumns<typeof SHAPE>): ReadonlyMap<string, TitleDetails> {
  const titles = new Map<string, TitleDetails>();
  /** Few combinations of genres are told apart; each text is kept once. */
  const texts = new Map<string, string>();
  const once = (text: string): string => {
    const known = texts.get(text);
    if (known === undefined) texts.set(text, text);
    return known ?? text;
  };
  for (let row = 0; row < columns.rowCount; row += 1) {
    const id = columns.text('title_id', row);
    const kind = columns.text('kind', row);
    if (!isKind(kind)) throw new RangeError(`title ${id} is a ${kind}`);
    const root = columns.text('root_title_id', row);
    titles.set(id, {
      kind,
      genres: once(columns.text('genres', row)),
      rootTitleId: root === id ? id : once(root),
      ...present('runtimeSeconds', columns.maybe('runtime_seconds', row)),
      ...present('launchTime', columns.maybe('launch_time', row)),
    });
  }
  return titles;
}

const isKind = (text: string): text is TitleKind => (TITLE_KINDS as readonly string[]).includes(text);

const present = <K extends string>(key: K, value: number | undefined): { readonly [k in K]?: number } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [k in K]: number });
