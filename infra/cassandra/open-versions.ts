/** Where rows of views are kept by key, as a configuration says; nothing where it says that memory is enough. */
import { mkdir } from 'node:fs/promises';
import { PROFILE_ROWS_VIEW } from '../views/profile-rows.ts';
import type { Config } from '../config.ts';
import type { DuckDb } from '../duckdb/duckdb.ts';
import type { VersionRepository } from '../hermes/repositories/port.ts';
import { createCassandra } from './client.ts';
import { createCassandraReader, createCassandraVersions } from './view-versions.ts';

export type RowsConfig = Pick<Config, 'cassandra' | 'region' | 'views'>;

interface Opened<T> {
  readonly versions: T;
  close(): Promise<void>;
}

/** For serving. Connects at the first question. */
export function openStoredRows({
  cassandra: settings,
  region,
  views,
}: RowsConfig): Opened<Pick<VersionRepository, 'open'> | undefined> {
  if (views.profileRowsStore === 'memory') return { versions: undefined, close: () => Promise.resolve() };
  const cassandra = createCassandra(settings);
  const { keyspace } = settings;
  return { versions: createCassandraReader({ cassandra, keyspace, region }), close: cassandra.close };
}

/** For publishing and retention, by the view's name. `scratchDir` is made when it is needed. */
export function openKeyedViews(
  { cassandra: settings, region, views }: RowsConfig,
  { duckdb, scratchDir }: { readonly duckdb: Pick<DuckDb, 'use'>; readonly scratchDir: string },
): Opened<Readonly<Record<string, VersionRepository>>> {
  if (views.profileRowsStore === 'memory') return { versions: {}, close: () => Promise.resolve() };
  const cassandra = createCassandra(settings);
  const versions = createCassandraVersions({
    ...{ cassandra, keyspace: settings.keyspace, region, duckdb, scratchDir },
    concurrency: views.rowsConcurrency,
  });
  return {
    versions: {
      [PROFILE_ROWS_VIEW]: {
        ...versions,
        async put(stored, readPart) {
          await mkdir(scratchDir, { recursive: true });
          await versions.put(stored, readPart);
        },
      },
    },
    close: cassandra.close,
  };
}
