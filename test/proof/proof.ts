/** What proofs do alike: read their options, get their servers, say what they found and how they ended. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { withServers } from '../../bench/lib/stack.ts';
import { isMarqueeError } from '../../domain/errors.ts';

export const EXIT = { proven: 0, failed: 1, usage: 2, missing: 3 } as const;

export const say = (line: string): void => void process.stderr.write(`${line}\n`);

type Values<T extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ args: string[]; options: T & { json: { type: 'boolean'; default: false } } }>
>['values'];

/** What `read` makes of the options that were given; says the usage where it makes nothing of them, or they are unknown. */
export function readOptions<T extends ParseArgsOptionsConfig, R>(
  args: readonly string[],
  usage: string,
  options: T,
  read: (values: Values<T>) => R | undefined,
): R | undefined {
  try {
    const all = { ...options, json: { type: 'boolean', default: false } } as const;
    const found = read(parseArgs({ args: [...args], options: all }).values);
    if (found !== undefined) return found;
  } catch {
    // Said below.
  }
  say(usage);
  return undefined;
}

export const isWhole = (count: number, least: number, most = Infinity): boolean =>
  Number.isInteger(count) && count >= least && count <= most;

export interface ProofPlace {
  readonly environment: Readonly<Record<string, string>>;
  /** Nobody else's. */
  readonly region: string;
  /** Gone when the proof has ended. */
  readonly folder: string;
}

/**
 * Servers that are configured or run already, else private ones. A finding that `isKept`, and a proof that throws, leaves its
 * folder behind to be looked at. SERVER_MISSING.
 */
export async function onServers<T>(
  name: string,
  servers: Parameters<typeof withServers>[0],
  prove: (place: ProofPlace) => Promise<T>,
  isKept: (finding: T) => boolean = () => false,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), `marquee-${name}-`));
  const region = `${name}-${randomBytes(4).toString('hex')}`;
  const finding = await withServers(
    servers,
    { say, option: (_name, otherwise) => otherwise },
    (environment) => prove({ environment, region, folder }),
  );
  if (isKept(finding)) say(`The machines and the logs of their processes are kept in ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
  return finding;
}

/** Runs a proof with the options of the command line, and ends with its exit code. */
export async function runProof(prove: (args: readonly string[]) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await prove(process.argv.slice(2));
  } catch (error) {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = isMarqueeError(error, 'SERVER_MISSING') ? EXIT.missing : EXIT.failed;
  }
}

/** Figures to stdout: one line of JSON with what is wrong beside them, or a line each. Resolves with the exit code. */
export function tellFigures(
  json: boolean,
  figures: Readonly<Record<string, unknown>>,
  wrong: Readonly<Record<string, readonly unknown[]>>,
): number {
  if (json) process.stdout.write(`${JSON.stringify({ ...figures, ...wrong })}\n`);
  else
    for (const [key, value] of Object.entries(figures))
      process.stdout.write(`${key.padEnd(40)} ${String(value)}\n`);
  return Object.values(wrong).every((list) => list.length === 0) ? EXIT.proven : EXIT.failed;
}
