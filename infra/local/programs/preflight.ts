import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MarqueeError } from '../../../domain/errors.ts';
import type { LocalConfig } from '../../config.ts';
import type { ComponentName } from '../server.ts';
import { DUCKDB_VERSION } from './duckdb-extensions.ts';
import { findProgram } from './find.ts';
import { CASSANDRA_VERSION, KAFKA_VERSION } from './maven-jars.ts';
import { findJava, findMaven, findPython } from './prerequisites.ts';
import { SEAWEEDFS_VERSION, TEMPORAL_VERSION, TEST_SERVER_VERSION } from './programs.ts';

/** Programs that a user may have, and the cache folder they are fetched into otherwise. */
const FROM_PYTHON: Readonly<Partial<Record<ComponentName, { program?: string; folder: string }>>> = {
  temporal: { program: 'temporal', folder: `temporal-${TEMPORAL_VERSION}` },
  seaweedfs: { program: 'weed', folder: `seaweedfs-${SEAWEEDFS_VERSION}` },
  'duckdb-extensions': { folder: `duckdb-extensions-${DUCKDB_VERSION}` },
  'temporal-test-server': {
    program: 'temporal-test-server',
    folder: `temporal-test-server-${TEST_SERVER_VERSION}`,
  },
};

/**
 * Throws one SERVER_MISSING that names everything the machine lacks to bring these components, before any of them is
 * fetched or started.
 */
export async function assertPrerequisites(
  config: LocalConfig,
  components: readonly ComponentName[],
): Promise<void> {
  const { cacheDir, javaHome, kafkaHome } = config.local;
  const { searchPath } = config;
  const [kafka, cassandra] = [components.includes('kafka'), components.includes('cassandra')];
  const inCache = (folder: string): boolean => existsSync(join(cacheDir, folder));
  const needsPython = components.some((component) => {
    const source = FROM_PYTHON[component];
    if (source === undefined || inCache(source.folder)) return false;
    return source.program === undefined || findProgram(source.program, searchPath) === undefined;
  });
  const needsMaven =
    (kafka && kafkaHome === undefined && !inCache(`kafka-${KAFKA_VERSION}`)) ||
    (cassandra && !inCache(`cassandra-${CASSANDRA_VERSION}`));
  const found = await Promise.all([
    ...(kafka || cassandra ? [findJava(searchPath, javaHome)] : []),
    ...(needsMaven ? [findMaven(searchPath)] : []),
    ...(needsPython ? [findPython(searchPath)] : []),
  ]);
  const lacking = found.filter(({ program }) => program === undefined);
  if (lacking.length === 0) return;
  throw new MarqueeError('SERVER_MISSING', {
    server: 'The local stack',
    reason: lacking.map(({ fault }) => fault).join(', '),
    remedy: `${lacking.map(({ remedy }) => remedy).join('; ')}; \`marquee doctor\` says more.`,
  });
}
