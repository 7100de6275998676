/** Where rows stand on the pages of the app: a slowly changing input of enrichment. */
import { ENRICHED_FIELDS, ENVELOPE_FIELDS, PAYLOAD_FIELDS } from './events/contract.ts';
import { readFields, type JsonFields, type Refuse } from './json-fields.ts';
import { LINE_RULES, type LineFaults } from './line-faults.ts';
import { viewName } from './views.ts';

/**
 * The published pages: one Parquet part, ordered by page_id and row_index, a row for each row of a page. Columns:
 * page_id, page_kind, row_id, row_kind (VARCHAR), row_index, row_length (INTEGER). None is ever null.
 */
export const PAGES_VIEW = viewName('pages');
export const PAGES_PART = 'rows';

/** One row of one page. `pageId` and `rowId` are the `pageId` and `row` of events. */
export interface PageRow {
  readonly pageId: string;
  readonly pageKind: string;
  readonly rowId: string;
  readonly rowKind: string;
  /** Position on the page, from 0; no two rows of a page share one. */
  readonly rowIndex: number;
  /** How many titles the row holds. */
  readonly rowLength: number;
}

const ID = /^[^\p{Cc}\p{Cs}]+$/u;
const KIND = /^[a-z0-9][a-z0-9_-]*$/;
const LONGEST = {
  pageId: ENVELOPE_FIELDS.pageId.max,
  rowId: PAYLOAD_FIELDS.row.max,
  pageKind: ENRICHED_FIELDS.pageKind.max,
  rowKind: ENRICHED_FIELDS.rowKind.max,
};

/** Reads one line of the source, as parsed JSON. Unknown fields are passed over. */
export function readPageRow(value: unknown, refuse: Refuse): PageRow {
  const fields = readFields(value, refuse);
  const text = (field: keyof typeof LONGEST, pattern: RegExp): string =>
    bounded(fields, field, pattern, refuse);
  return {
    pageId: text('pageId', ID),
    pageKind: text('pageKind', KIND),
    rowId: text('rowId', ID),
    rowKind: text('rowKind', KIND),
    rowIndex: fields.integer('rowIndex', 0, ENRICHED_FIELDS.rowIndex.max),
    rowLength: fields.integer('rowLength', 0, PAYLOAD_FIELDS.rowLength.max),
  };
}

function bounded(fields: JsonFields, field: keyof typeof LONGEST, pattern: RegExp, refuse: Refuse): string {
  const found = fields.text(field, pattern);
  return found.length <= LONGEST[field]
    ? found
    : refuse(`field ${field} has ${found.length} characters, at most ${LONGEST[field]} are read`);
}

export interface PageSet {
  add(line: number, row: PageRow): void;
}

/** Rows of all pages: a row and a place come once on a page, and a page has one kind. Faults are added as lines come. */
export function createPageSet(faults: LineFaults): PageSet {
  const pages = new Map<string, { kind: string; rows: Set<string>; places: Set<number> }>();
  return {
    add(line, { pageId, pageKind, rowId, rowIndex }) {
      let page = pages.get(pageId);
      if (page === undefined)
        pages.set(pageId, (page = { kind: pageKind, rows: new Set(), places: new Set() }));
      if (page.kind !== pageKind)
        faults.add(line, LINE_RULES.lines, `page ${pageId} is ${pageKind} here and ${page.kind} before`);
      if (page.rows.has(rowId))
        faults.add(line, LINE_RULES.keys, `row ${rowId} is on page ${pageId} already`);
      else if (page.places.has(rowIndex))
        faults.add(line, LINE_RULES.keys, `place ${rowIndex} of page ${pageId} is taken already`);
      page.rows.add(rowId);
      page.places.add(rowIndex);
    },
  };
}
