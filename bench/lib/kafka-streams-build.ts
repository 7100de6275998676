/** The peer's classes and the jars it needs, built by Maven once for each version of its source. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MarqueeError } from '../../domain/errors.ts';
import { loadLocalConfig } from '../../infra/config.ts';
import { faultLine, runProgram } from '../../infra/local/programs/find.ts';
import { findJava, findMaven } from '../../infra/local/programs/prerequisites.ts';
import { ensureSealed } from '../../infra/local/programs/sealed-folder.ts';

const SOURCE = join(import.meta.dirname, '../peers/kafka-streams');
const BUILD_TIMEOUT_MS = 10 * 60_000;

export interface BuiltPeer {
  readonly java: string;
  readonly classPath: string;
}

/** Throws SERVER_MISSING where there is no Java, no compiler or no Maven, or where the build fails. */
export async function buildKafkaStreamsPeer(say: (line: string) => void): Promise<BuiltPeer> {
  const { local, searchPath } = loadLocalConfig();
  const java = await findJava(searchPath, local.javaHome);
  if (java.program === undefined) throw missing(java.fault ?? 'Java is not usable', java.remedy);
  const dir = await ensureSealed({
    dir: join(local.cacheDir, `kafka-streams-peer-${digestOfSource()}`),
    async fill(into) {
      const maven = await findMaven(searchPath);
      if (maven.program === undefined) throw missing(maven.fault ?? 'Maven is not usable', maven.remedy);
      say('kafka-streams: building');
      const { ok, output } = await runProgram(
        maven.program,
        [
          ...['--batch-mode', '--quiet', '--file', join(SOURCE, 'pom.xml'), `-Dpeer.target=${into}`],
          ...['compile', 'dependency:copy-dependencies'],
          ...[`-DoutputDirectory=${join(into, 'lib')}`, '-DincludeScope=runtime'],
        ],
        { timeoutMs: BUILD_TIMEOUT_MS },
      );
      if (!ok)
        throw missing(`it cannot be built (${faultLine(output)})`, 'It needs a JDK 17 and Maven Central');
    },
  });
  return { java: java.program, classPath: `${join(dir, 'classes')}:${join(dir, 'lib', '*')}` };
}

function digestOfSource(): string {
  const files = readdirSync(SOURCE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(java|xml)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}

const missing = (reason: string, remedy: string): MarqueeError =>
  new MarqueeError('SERVER_MISSING', { server: 'The Kafka Streams peer', reason, remedy });
