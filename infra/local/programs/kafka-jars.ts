/** The jars of a Kafka broker, copied by Maven and checked against `kafka/jars.sha256`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MarqueeError } from '../../../domain/errors.ts';
import { faultLine, runProgram } from './find.ts';
import type { FetchSource } from './fetch-source.ts';
import { findMaven } from './prerequisites.ts';
import { ensureSealed } from './sealed-folder.ts';

export const KAFKA_VERSION = '4.3.1';
const DOWNLOAD_TIMEOUT_MS = 10 * 60_000;
const FOLDER = join(import.meta.dirname, '..', 'kafka');

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
export function ensureKafkaJars(source: FetchSource): Promise<string> {
  return ensureSealed({
    dir: join(source.cacheDir, `kafka-${KAFKA_VERSION}`),
    expected: parseSums(readFileSync(join(FOLDER, 'jars.sha256'), 'utf8')),
    fill: async (dir) => {
      source.onFetch();
      const maven = await findMaven(source.searchPath);
      if (maven.program === undefined) throw missing(maven.fault ?? 'Maven is not usable', maven.remedy);
      const { ok, output } = await runProgram(
        maven.program,
        [
          ...['--batch-mode', '--quiet', '--file', join(FOLDER, 'pom.xml'), 'dependency:copy-dependencies'],
          ...[`-DoutputDirectory=${dir}`, '-DincludeScope=runtime'],
        ],
        { timeoutMs: DOWNLOAD_TIMEOUT_MS },
      );
      if (!ok) throw missing(`its jars could not be fetched (${faultLine(output)})`, maven.remedy);
    },
  });
}

const missing = (reason: string, remedy: string): MarqueeError =>
  new MarqueeError('SERVER_MISSING', { server: 'Apache Kafka', reason, remedy });
