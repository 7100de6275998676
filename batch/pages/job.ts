import { createPageSet, PAGES_PART, readPageRow, type PageRow } from '../../domain/pages.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { createIngestJob, type IngestJob, type IngestLimits, type Lines } from '../ingest/ingest.ts';

/** Raised when the same rows give other parts. */
const LAYOUT = 1;

const PAGE_LINES: Lines<PageRow> = {
  read: readPageRow,
  createCheck: createPageSet,
  columns: {
    page_id: { kind: 'text', of: ({ pageId }) => pageId },
    page_kind: { kind: 'text', of: ({ pageKind }) => pageKind },
    row_id: { kind: 'text', of: ({ rowId }) => rowId },
    row_kind: { kind: 'text', of: ({ rowKind }) => rowKind },
    row_index: { kind: 'number', of: ({ rowIndex }) => rowIndex },
    row_length: { kind: 'number', of: ({ rowLength }) => rowLength },
  },
};

/** The view `pages` from NDJSON, one `PageRow` a line; its part is described in domain/pages.ts. */
export const createPagesJob = (duckdb: DuckDb, limits: IngestLimits): IngestJob =>
  createIngestJob({ duckdb, lines: PAGE_LINES, part: PAGES_PART, layout: LAYOUT, limits });
