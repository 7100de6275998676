/** Versions of the view `popularity`, made and published the way a worker does. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MEASURE_COLUMNS } from '../../batch/popularity/measure-columns.ts';
import type { Manifest } from '../../domain/manifest.ts';
import { FOLD_VERSION } from '../../domain/speed-view.ts';
import { viewName, type ViewVersion } from '../../domain/views.ts';
import { quoteText } from '../../infra/duckdb/connection.ts';
import { createDuckDb, type DuckDb } from '../../infra/duckdb/duckdb.ts';
import type { ViewRepository } from '../../infra/hermes/repository.ts';
import { exampleManifest } from './object-store-views.ts';

export const POPULARITY = viewName('popularity');

/** Counts of one title, country and bucket. Rows of bucket -1 are in no window. */
export interface CountRow {
  readonly title: string;
  readonly country: string;
  readonly bucket: number;
  readonly plays: number;
  readonly impressions: number;
}

const MEASURES = Object.values(MEASURE_COLUMNS).join(', ');

/** All parts but `hours` as Parquet bytes, with the columns and types of the batch job. Nobody used up a cap. */
export async function popularityParts(rows: readonly CountRow[]): Promise<Record<string, Uint8Array>> {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  try {
    return await popularityPartsBy(duckdb, rows);
  } finally {
    await duckdb.close();
  }
}

/** The same by an instance that is lent. */
export async function popularityPartsBy(
  duckdb: Pick<DuckDb, 'use'>,
  rows: readonly CountRow[],
): Promise<Record<string, Uint8Array>> {
  const dir = mkdtempSync(join(tmpdir(), 'marquee-parts-'));
  const row = (
    title: string,
    country: string,
    bucket: number,
    plays: number,
    impressions: number,
  ): string => {
    const counts = [plays, 0, impressions, plays * 60].map((count) => `${count}::BIGINT`);
    return `(${[quoteText(title), quoteText(country), `${bucket}::INTEGER`, ...counts, ...counts].join(', ')})`;
  };
  const values = rows.map(({ title, country, bucket, plays, impressions }) =>
    row(title, country, bucket, plays, impressions),
  );
  const none = row('', '', 0, 0, 0);
  const source = `(SELECT * FROM (VALUES ${[...values, none].join(', ')}) AS t(title_id, country, bucket, ${MEASURES}) WHERE title_id <> '')`;
  const sums = MEASURES.split(', ').map((name) => `CAST(sum(${name}) AS BIGINT) AS ${name}`);
  const queries = {
    totals: `SELECT title_id, country, ${sums.join(', ')} FROM ${source} GROUP BY ALL ORDER BY title_id, country`,
    recent: `SELECT title_id, country, bucket, ${MEASURES} FROM ${source} WHERE bucket >= 0 ORDER BY title_id, country, bucket`,
    rows: `SELECT title_id, 'trending' AS "row", -1::INTEGER AS hour, sum(impressions)::BIGINT AS impressions,
      sum(capped_impressions)::BIGINT AS capped_impressions FROM ${source} GROUP BY ALL ORDER BY title_id`,
    distinct: `SELECT title_id, -1::INTEGER AS hour, 7::INTEGER AS register, 1::INTEGER AS rank
      FROM ${source} WHERE plays > 0 GROUP BY ALL ORDER BY title_id`,
  };
  try {
    const parts: Record<string, Uint8Array> = {};
    for (const [name, query] of Object.entries(queries)) {
      const path = join(dir, `${name}.parquet`);
      await duckdb.use((connection) =>
        connection.run(`COPY (${query}) TO ${quoteText(path)} (FORMAT parquet)`),
      );
      parts[name] = readFileSync(path);
    }
    return parts;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

export type PublishOptions = {
  readonly rows: readonly CountRow[];
} & Partial<Pick<Manifest, 'cut' | 'blockSize' | 'asOf' | 'region' | 'generation' | 'foldVersion'>>;

/** Claims, stores, verifies and announces the next version. */
export async function publishPopularity(
  repository: ViewRepository,
  { rows, ...manifest }: PublishOptions,
): Promise<ViewVersion> {
  const runId = randomUUID();
  const version = await repository.claimVersion(POPULARITY, runId);
  const parent = (await repository.readPointer(POPULARITY))?.version ?? null;
  const parts = await popularityParts(rows);
  for (const [name, body] of Object.entries(parts)) await repository.putPart(POPULARITY, version, name, body);
  await repository.putManifest({
    ...exampleManifest(POPULARITY, version, {}, parent),
    foldVersion: FOLD_VERSION,
    ...manifest,
    parts: Object.entries(parts).map(([name, body]) => ({
      name,
      rows: rows.length,
      bytes: body.byteLength,
      sha256: createHash('sha256').update(body).digest('hex'),
    })),
  });
  await repository.verify(POPULARITY, version);
  await repository.announce(POPULARITY, version, { parent, runId });
  return version;
}
