import { join } from 'node:path';
import type { Config } from '../config.ts';
import { createDuckDb, LAKE_EXTENSIONS, type DuckDb } from '../duckdb/duckdb.ts';
import type { Log } from '../log.ts';
import { createS3ObjectStore } from '../object-store/s3.ts';
import { createLakeFiles } from './care/lake-files.ts';
import { createRestCatalog } from './catalog/rest-catalog.ts';
import { createLake, type DuckDbLake } from './lake.ts';
import { createRowFiles } from './row-files.ts';

export interface OpenLake {
  readonly lake: DuckDbLake;
  /** The instance the lake lives in; parts on disk can be read with it as well. */
  readonly duckdb: DuckDb;
  /** Waits for statements under way. */
  close(): Promise<void>;
}

/** The lake of the configured region in a DuckDB instance of its own. Attaches to the catalog on first use. */
export async function openLake(
  config: Pick<Config, 'region' | 'dataDir' | 'lake' | 's3'>,
  log: Log,
): Promise<OpenLake> {
  const { lake: settings, s3, region, dataDir } = config;
  const duckdb = await createDuckDb({
    extensions: LAKE_EXTENSIONS,
    ...(settings.extensionDir === undefined ? {} : { extensionDir: settings.extensionDir }),
    threads: settings.threads,
    memoryLimitMb: settings.memoryLimitMb,
    tempDir: join(dataDir, 'spill', String(process.pid)),
  });
  const files = createLakeFiles((bucket) => createS3ObjectStore({ ...s3, bucket }));
  const lake = createLake({
    duckdb,
    rowFiles: createRowFiles({
      files,
      catalog: createRestCatalog({ ...settings, s3 }),
      namespace: settings.namespace,
    }),
    region,
    namespace: settings.namespace,
    catalogUri: settings.catalogUri,
    warehouse: settings.warehouse,
    auth: settings.auth,
    s3,
    commitAttempts: settings.commitAttempts,
    requestTimeoutMs: settings.requestTimeoutMs,
    onRetry: (err, attempt) => log.info({ err, attempt }, 'lake is tried again'),
  });
  return {
    lake,
    duckdb,
    async close() {
      await duckdb.close();
      files.close();
    },
  };
}
