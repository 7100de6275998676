/** The jars of a server, copied by Maven as a small pom.xml says and checked against the `jars.sha256` beside it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MarqueeError } from '../../../domain/errors.ts';
import { faultLine, runProgram } from './find.ts';
import type { FetchSource } from './fetch-source.ts';
import { findMaven } from './prerequisites.ts';
import { ensureSealed } from './sealed-folder.ts';

export const KAFKA_VERSION = '4.3.1';
export const CASSANDRA_VERSION = '5.0.5';
const DOWNLOAD_TIMEOUT_MS = 10 * 60_000;

export interface Jars {
  /** Folder of `pom.xml` and `jars.sha256` in `infra/local`. */
  readonly folder: 'kafka' | 'cassandra';
  readonly version: string;
  /** What the server is called when it cannot be had. */
  readonly title: string;
}

export const KAFKA_JARS: Jars = { folder: 'kafka', version: KAFKA_VERSION, title: 'Apache Kafka' };
export const CASSANDRA_JARS: Jars = {
  folder: 'cassandra',
  version: CASSANDRA_VERSION,
  title: 'Apache Cassandra',
};

/** File name → SHA-256 in hex, as `sha256sum` prints them. */
export function parseSums(text: string): Record<string, string> {
  const rows = text.split('\n').filter((line) => line.trim() !== '');
  return Object.fromEntries(
    rows.map((line) => {
      const [sum = '', file = ''] = line.split(/\s+\*?/);
      return [file, sum];
    }),
  );
}

/** Resolves with the folder of the jars. Throws SERVER_MISSING or DOWNLOAD_CORRUPT. */
export function ensureJars({ folder, version, title }: Jars, source: FetchSource): Promise<string> {
  const list = join(import.meta.dirname, '..', folder);
  const missing = (reason: string, remedy: string): MarqueeError =>
    new MarqueeError('SERVER_MISSING', { server: title, reason, remedy });
  return ensureSealed({
    dir: join(source.cacheDir, `${folder}-${version}`),
    expected: parseSums(readFileSync(join(list, 'jars.sha256'), 'utf8')),
    fill: async (dir) => {
      source.onFetch();
      const maven = await findMaven(source.searchPath);
      if (maven.program === undefined) throw missing(maven.fault ?? 'Maven is not usable', maven.remedy);
      const { ok, output } = await runProgram(
        maven.program,
        [
          ...['--batch-mode', '--quiet', '--file', join(list, 'pom.xml'), 'dependency:copy-dependencies'],
          ...[`-DoutputDirectory=${dir}`, '-DincludeScope=runtime'],
        ],
        { timeoutMs: DOWNLOAD_TIMEOUT_MS },
      );
      if (!ok) throw missing(`its jars could not be fetched (${faultLine(output)})`, maven.remedy);
    },
  });
}
