/** Catalogues and pages as sources bring them, and the jobs that make views of them. */
import { writeFileSync } from 'node:fs';
import type { IngestLimits } from '../../batch/ingest/ingest.ts';

export const INGEST_LIMITS: IngestLimits = {
  maxLineBytes: 100_000,
  maxBytes: 10_000_000,
  maxRows: 100_000,
  maxFaults: 5,
};

export interface TitleLine {
  readonly titleId: string;
  readonly kind: string;
  readonly name: string;
  readonly availability: object;
  readonly [more: string]: unknown;
}

const title = (titleId: string, kind: string, more: object = {}): TitleLine => ({
  ...{ titleId, kind, name: `The ${kind} ${titleId}`, availability: { '*': [{ from: null, to: null }] } },
  ...more,
});

export const films = (count: number): TitleLine[] =>
  Array.from({ length: count }, (_, i) =>
    title(`film-${i}`, 'film', { genres: ['Drama', 'War'], year: 1950 + (i % 70), runtimeSeconds: 5400 }),
  );

/** Series with two seasons of three episodes each. Every series is nine lines, parents last. */
export const series = (count: number): TitleLine[] =>
  Array.from({ length: count }, (_, s) => {
    const seasons = [1, 2].map((n) => title(`show-${s}.${n}`, 'season', { parentId: `show-${s}` }));
    const episodes = seasons.flatMap(({ titleId }) =>
      [1, 2, 3].map((n) => title(`${titleId}.${n}`, 'episode', { parentId: titleId, runtimeSeconds: 1500 })),
    );
    return [...episodes, ...seasons, title(`show-${s}`, 'series', { genres: ['Comedy'] })];
  }).flat();

/** Pages of so many rows of fifteen titles each. */
export const pageRows = (pages: number, rows: number): object[] =>
  Array.from({ length: pages * rows }, (_, i) => ({
    pageId: `page-${Math.floor(i / rows)}`,
    pageKind: i < rows ? 'home' : 'browse',
    rowId: `row-${i % rows}`,
    rowKind: 'popular',
    rowIndex: i % rows,
    rowLength: 15,
  }));

export function writeLines(path: string, lines: readonly (object | string)[]): void {
  writeFileSync(
    path,
    lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''),
  );
}
