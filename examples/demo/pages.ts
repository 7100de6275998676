/** The demo's pages, one PageRow a line. */
import type { PageRow } from '../../domain/pages.ts';
import { PAGES, POSITIONS, ROWS } from './impressions.ts';

/** Rows that a service makes for the profile, and rows that the catalogue alone makes. */
const PERSONAL: ReadonlySet<string> = new Set([
  'continue-watching',
  'top-picks',
  'because-you-watched',
  'my-list',
]);

export function* pageRows(): Generator<PageRow> {
  for (const { value: page } of PAGES) {
    for (const [place, { value: rowId }] of ROWS.entries()) {
      const rowIndex = (place + ROWS.length - page.first) % ROWS.length;
      const rowKind = PERSONAL.has(rowId) ? 'personal' : 'catalogue';
      yield { pageId: page.pageId, pageKind: page.kind, rowId, rowKind, rowIndex, rowLength: POSITIONS };
    }
  }
}

export function* pageLines(): Generator<string> {
  for (const row of pageRows()) yield `${JSON.stringify(row)}\n`;
}
