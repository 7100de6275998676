import { canonicalJson } from '../../domain/canonical-json.ts';
import { faultOfEntry, readCatalogueEntry } from '../../domain/catalogue-entry.ts';
import { createCatalogueTree } from '../../domain/catalogue-tree.ts';
import { CATALOGUE_PART, GENRE_SEPARATOR, type CatalogueEntry } from '../../domain/catalogue.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { createIngestJob, type IngestJob, type IngestLimits, type Lines } from '../ingest/ingest.ts';

/** Raised when the same entries give other parts. */
const LAYOUT = 1;

const CATALOGUE_LINES: Lines<CatalogueEntry> = {
  read(value, refuse) {
    const entry = readCatalogueEntry(value, refuse);
    const fault = faultOfEntry(entry);
    return fault === undefined ? entry : refuse(fault);
  },
  createCheck: createCatalogueTree,
  columns: {
    title_id: { kind: 'text', of: ({ titleId }) => titleId },
    kind: { kind: 'text', of: ({ kind }) => kind },
    name: { kind: 'text', of: ({ name }) => name },
    genres: { kind: 'text', of: ({ genres }) => genres.join(GENRE_SEPARATOR) },
    year: { kind: 'number', of: ({ year }) => year },
    runtime_seconds: { kind: 'number', of: ({ runtimeSeconds }) => runtimeSeconds },
    launch_time: { kind: 'number', of: ({ launchTime }) => launchTime },
    parent_id: { kind: 'text', of: ({ parentId }) => parentId },
    availability: { kind: 'text', of: ({ availability }) => textOf(availability) },
  },
};

/** Equal intervals have equal text, in whatever order the source names countries. */
function textOf(availability: CatalogueEntry['availability']): string {
  const countries = Object.entries(availability).map(
    ([country, intervals]) => [country, intervals.map(({ from, to }) => ({ from, to }))] as const,
  );
  return canonicalJson(Object.fromEntries(countries));
}

/** The view `catalogue` from NDJSON, one `CatalogueEntry` a line; its part is described in domain/catalogue.ts. */
export const createCatalogueJob = (duckdb: DuckDb, limits: IngestLimits): IngestJob =>
  createIngestJob({ duckdb, lines: CATALOGUE_LINES, part: CATALOGUE_PART, layout: LAYOUT, limits });
