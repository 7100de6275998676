/**
 * The servers of an integration test. `npm test` starts them once and passes their addresses; a single file can also be
 * run by hand beside `marquee up`. Each test file gets a region of its own, so its topics, object keys, lake namespace
 * and task queue meet no one else's.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import {
  loadConfig,
  loadLocalConfig,
  resolveEnvironment,
  type Config,
  type LocalConfig,
} from '../../infra/config.ts';

let own: { region: string; dataDir: string } | undefined;

/** The region and the data folder of this test file: the same on every call in one process. */
function identity(): { region: string; dataDir: string } {
  if (own !== undefined) return own;
  const file = basename(process.argv[1] ?? 'test').replace(/(\.integration)?\.test\.ts$/, '');
  const slug = file
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 20);
  const region = `t-${slug}-${randomBytes(4).toString('hex')}`;
  own = { region, dataDir: mkdtempSync(join(tmpdir(), `marquee-${slug}-`)) };
  return own;
}

/**
 * The environment for a process under test: the stack's addresses, this file's region and data folder, ports that the
 * system picks, and `overrides`.
 */
export function testEnvironment(overrides: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { region, dataDir } = identity();
  return {
    ...resolveEnvironment(),
    MARQUEE_REGION: region,
    MARQUEE_DATA_DIR: dataDir,
    MARQUEE_LOG_LEVEL: 'warn',
    INGEST_PORT: '0',
    SERVING_PORT: '0',
    ...overrides,
  };
}

/** The configuration of this test file. Throws CONFIG_INVALID when there are no servers. */
export function testConfig(overrides: Readonly<Record<string, string>> = {}): Config {
  return loadConfig(testEnvironment(overrides));
}

/** What tests need that start servers of their own with `startKafka` and its like; programs come from the shared cache. */
export function testLocalConfig(overrides: Readonly<Record<string, string>> = {}): LocalConfig {
  const { local, searchPath } = loadLocalConfig();
  return loadLocalConfig({
    PATH: searchPath.join(delimiter),
    MARQUEE_DATA_DIR: identity().dataDir,
    MARQUEE_CACHE_DIR: local.cacheDir,
    MARQUEE_KAFKA_HEAP_MB: '256',
    ...overrides,
  });
}
