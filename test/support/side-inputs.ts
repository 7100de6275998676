/** Catalogues and pages as sources bring them, and the jobs that make views of them. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCatalogueJob } from '../../batch/catalogue/job.ts';
import type { IngestLimits } from '../../batch/ingest/ingest.ts';
import { CATALOGUE_VIEW } from '../../domain/catalogue.ts';
import type { Region } from '../../domain/ids.ts';
import type { PartEntry } from '../../domain/manifest.ts';
import type { ViewVersion } from '../../domain/views.ts';
import { createDuckDb } from '../../infra/duckdb/duckdb.ts';
import type { ViewRepository } from '../../infra/hermes/repository.ts';
import { exampleManifest } from './object-store-views.ts';

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

/** Claims, stores, verifies and announces the next version of the catalogue, made as a worker makes it. */
export async function publishCatalogue(
  repository: ViewRepository,
  lines: readonly (object | string)[],
  home?: Region,
): Promise<ViewVersion> {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
  const dir = mkdtempSync(join(tmpdir(), 'marquee-catalogue-'));
  try {
    const path = join(dir, 'source');
    writeLines(path, lines);
    const job = createCatalogueJob(duckdb, INGEST_LIMITS);
    const made = await job.compute({ path, source: 'file:///source' }, { outDir: dir });
    if (made.refusal !== null) throw new Error(made.refusal.reason);
    const runId = randomUUID();
    const version = await repository.claimVersion(CATALOGUE_VIEW, runId);
    const parent = (await repository.readPointer(CATALOGUE_VIEW))?.version ?? null;
    const parts: PartEntry[] = [];
    for (const { name, rows, path: file } of made.parts)
      parts.push({ ...(await repository.putPart(CATALOGUE_VIEW, version, name, readFileSync(file))), rows });
    const { schema, rowCounts, metrics } = made;
    await repository.putManifest({
      ...exampleManifest(CATALOGUE_VIEW, version, {}, parent, home),
      ...{ parts, schema, rowCounts, metrics, cut: {}, blockSize: 1, inputs: [] },
    });
    await repository.verify(CATALOGUE_VIEW, version);
    await repository.announce(CATALOGUE_VIEW, version, { parent, runId });
    return version;
  } finally {
    await duckdb.close();
    rmSync(dir, { recursive: true });
  }
}
