/**
 * Marquee's own processes as children of this one, for tests that kill them and for benchmarks. Their logs
 * are appended to `<logDir>/<name>.log`; a process is ready when it says so there.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { MarqueeError } from '../../domain/errors.ts';
import { childEnvironment } from '../../infra/config.ts';

export const PROCESS_NAMES = [
  'ingest',
  'extract',
  'speed',
  'behaviour',
  'audit',
  'sink',
  'worker',
  'serving',
] as const;
export type ProcessName = (typeof PROCESS_NAMES)[number];

export interface MarqueeProcess {
  readonly name: ProcessName;
  readonly pid: number;
  readonly log: string;
  /** Where it listens, for those that have an API. */
  url(): string | undefined;
  /** Whether it has ended, by itself or by a signal. */
  hasEnded(): boolean;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, then SIGKILL after `timeoutMs`; resolves when it is gone. */
  stop(timeoutMs?: number): Promise<void>;
}

export interface PipelineOptions {
  /** On top of this process's environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly logDir: string;
  readonly readyTimeoutMs?: number;
  /** For Node.js, where it is to be started as it is deployed. */
  readonly flags?: readonly string[];
  /** A program, with arguments, in place of the process's own. */
  readonly command?: readonly string[];
}

const READY_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 15_000;

const entryOf = (name: ProcessName): string =>
  fileURLToPath(new URL(`../../infra/bin/${name}.ts`, import.meta.url));

/** Starts one process and resolves once it is up. Throws SERVER_UNHEALTHY when it ends or stays silent before that. */
export async function startProcess(name: ProcessName, options: PipelineOptions): Promise<MarqueeProcess> {
  const { env, logDir, readyTimeoutMs = READY_TIMEOUT_MS, flags = [], command = [entryOf(name)] } = options;
  mkdirSync(logDir, { recursive: true });
  const log = join(logDir, `${name}.log`);
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...flags, ...command], {
    stdio: ['ignore', 'ignore', 'pipe'],
    // Readiness and addresses are told at this level.
    env: { ...childEnvironment(env), MARQUEE_LOG_LEVEL: 'info' },
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const up = Promise.withResolvers<void>();
  let url: string | undefined;
  const file = createWriteStream(log, { flags: 'a' });
  createInterface({ input: child.stderr }).on('line', (line) => {
    file.write(`${line}\n`);
    const entry = parseLine(line);
    if (typeof entry['url'] === 'string' && entry['msg'] === 'listening') url = entry['url'];
    if (entry['msg'] === `${name} is up`) up.resolve();
  });
  void ended.then(() => file.end());
  const timer = setTimeout(() => up.reject(unhealthy(name, log, readyTimeoutMs)), readyTimeoutMs);
  void ended.then(() => up.reject(unhealthy(name, log, 0)));
  child.once('error', up.reject);
  try {
    await up.promise;
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return wrap(name, child, log, ended, () => url);
}

function wrap(
  name: ProcessName,
  child: ChildProcess,
  log: string,
  ended: Promise<void>,
  url: () => string | undefined,
): MarqueeProcess {
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    name,
    pid: child.pid ?? -1,
    log,
    url,
    hasEnded,
    signal: (signal) => void child.kill(signal),
    async stop(timeoutMs = STOP_TIMEOUT_MS) {
      if (hasEnded()) return;
      // A stopped process cannot hear SIGTERM.
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      await ended;
      clearTimeout(timer);
    },
  };
}

function parseLine(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return {};
  }
}

const unhealthy = (name: string, log: string, timeoutMs: number): MarqueeError =>
  new MarqueeError('SERVER_UNHEALTHY', { server: name, seconds: timeoutMs / 1000, log });
