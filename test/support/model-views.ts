/** Versions of views of models, written from tables and published the way a worker does. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelTable } from '../../batch/models/model.ts';
import { writeTables } from '../../batch/models/table-parts.ts';
import type { Manifest } from '../../domain/manifest.ts';
import { viewName, type ViewName, type ViewVersion } from '../../domain/views.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import type { ViewRepository } from '../../infra/hermes/repository.ts';
import { exampleManifest } from './object-store-views.ts';

/** Claims, stores, verifies and announces the next version, of these tables. */
export async function publishTables(
  repository: ViewRepository,
  duckdb: DuckDb,
  view: ViewName,
  tables: readonly ModelTable[],
  more: Partial<Pick<Manifest, 'region'>> = {},
): Promise<ViewVersion> {
  const dir = await mkdtemp(join(tmpdir(), 'marquee-tables-'));
  try {
    const runId = randomUUID();
    const version = await repository.claimVersion(view, runId);
    const parent = (await repository.readPointer(view))?.version ?? null;
    const parts = await writeTables(duckdb, tables, dir);
    for (const { name, path } of parts) await repository.putPart(view, version, name, await readFile(path));
    await repository.putManifest({
      ...exampleManifest(view, version, {}, parent),
      ...more,
      parts: parts.map(({ name, rows, bytes, sha256 }) => ({ name, rows, bytes, sha256 })),
    });
    await repository.verify(view, version);
    await repository.announce(view, version, { parent, runId });
    return version;
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** Tables on local disk as a subscriber keeps them, for loaders. */
export async function localVersion(
  duckdb: DuckDb,
  view: string,
  tables: readonly ModelTable[],
  dir: string,
): Promise<Manifest> {
  const parts = await writeTables(duckdb, tables, join(dir, 'parts'));
  return {
    ...exampleManifest(viewName(view), 1 as ViewVersion, {}, null),
    parts: parts.map(({ name, rows, bytes, sha256 }) => ({ name, rows, bytes, sha256 })),
  };
}
