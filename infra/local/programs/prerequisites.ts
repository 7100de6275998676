/** What the machine must have to run the local stack, looked for by running it. */
import { join } from 'node:path';
import { findProgram, runProgram } from './find.ts';

/** Of a machine that is busy with other things, a start of Python or Java takes long. */
const TIMEOUT_MS = 60_000;
const JAVA_NEEDED = 17;

export interface Prerequisite {
  readonly name: 'Java' | 'Maven' | 'Python';
  /** The program, when it is there and good enough. */
  readonly program?: string;
  readonly version?: string;
  /** What is wrong, as the end of a sentence; absent when nothing is. */
  readonly fault?: string;
  readonly remedy: string;
}

const REMEDIES = {
  Java: 'Install Java 17 or later (Debian: `apt-get install openjdk-17-jre-headless`, macOS: `brew install openjdk@17`)',
  Maven:
    'Install Maven (Debian: `apt-get install maven`, macOS: `brew install maven`) or set KAFKA_HOME to a Kafka 4',
  Python: 'Install Python 3 with pip (Debian: `apt-get install python3-pip`, macOS: `brew install python`)',
} as const;

/** Java 17 or later, from `javaHome` first. */
export async function findJava(searchPath: readonly string[], javaHome?: string): Promise<Prerequisite> {
  const folders = javaHome === undefined ? searchPath : [join(javaHome, 'bin'), ...searchPath];
  const base = { name: 'Java', remedy: REMEDIES.Java } as const;
  const program = findProgram('java', folders);
  if (program === undefined) return { ...base, fault: 'there is no Java' };
  const found = await versionOf(program, ['-version'], /version "([^"]+)"/, 'does not run');
  const { version } = found;
  if (version === undefined) return { ...base, ...found };
  const major = Number(version.startsWith('1.') ? version.split('.')[1] : version.split(/[.-]/)[0]);
  if (major < JAVA_NEEDED) return { ...base, version, fault: `Java ${version} is older than ${JAVA_NEEDED}` };
  return { ...base, program, version };
}

export async function findMaven(searchPath: readonly string[]): Promise<Prerequisite> {
  const base = { name: 'Maven', remedy: REMEDIES.Maven } as const;
  const program = findProgram('mvn', searchPath);
  if (program === undefined) return { ...base, fault: 'there is no Maven' };
  const found = await versionOf(program, ['-v'], /Apache Maven ([\d.]+)/, 'does not run');
  return found.version === undefined ? { ...base, ...found } : { ...base, program, ...found };
}

/** Python 3 with pip. */
export async function findPython(searchPath: readonly string[]): Promise<Prerequisite> {
  const base = { name: 'Python', remedy: REMEDIES.Python } as const;
  const program = findProgram('python3', searchPath) ?? findProgram('python', searchPath);
  if (program === undefined) return { ...base, fault: 'there is no Python 3' };
  const found = await versionOf(program, ['-m', 'pip', '--version'], /\(python (3\.\d+)\)/, 'has no pip');
  return found.version === undefined ? { ...base, ...found } : { ...base, program, ...found };
}

/** What a program says of itself; `otherwise` ends the fault's sentence where it does not say that. */
export async function versionOf(
  program: string,
  args: readonly string[],
  wanted: RegExp,
  otherwise: string,
  timeoutMs = TIMEOUT_MS,
): Promise<Pick<Prerequisite, 'version' | 'fault'>> {
  const { ok, isLate, output } = await runProgram(program, args, { timeoutMs });
  if (isLate) return { fault: `${program} did not answer within ${timeoutMs / 1000} s` };
  const version = ok ? wanted.exec(output)?.[1] : undefined;
  return version === undefined ? { fault: `${program} ${otherwise}` } : { version };
}
