/**
 * Marquee's processes, detached so that `--keep` can leave them: started, watched, restarted and stopped by pid and
 * command line.
 */
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MarqueeError } from '../../domain/errors.ts';
import { isSameProcess, spawnDetached, stopProcess } from '../../infra/local/process.ts';
import { tail } from '../../infra/local/start.ts';
import type { ProcessRecord } from './data-folder.ts';
import { PROCESSES, type ProcessName } from './plan.ts';

export interface ProcessesOptions {
  /** What every process gets on top of this one's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What a process gets on its command line. */
  readonly args: Readonly<Partial<Record<ProcessName, readonly string[]>>>;
  readonly logDir: string;
  /** Where a process that answers HTTP says that it is ready. */
  readonly readyUrls: Readonly<Partial<Record<ProcessName, string>>>;
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  /** Told whenever a process was started or stopped. */
  readonly onChange?: (records: Readonly<Record<string, ProcessRecord>>) => void;
}

export interface Processes {
  /** Starts these at once and resolves when those that answer HTTP are ready. */
  start(names: readonly ProcessName[]): Promise<void>;
  restart(name: ProcessName): Promise<void>;
  /** Throws SERVER_MISSING with the last log line of a process that has ended by itself. */
  assertAlive(): void;
  /** Stops all, in the order of the flow. */
  stop(): Promise<void>;
}

const POLL_MS = 100;
const READY_TIMEOUT_MS = 1_000;
const ROOT = resolve(import.meta.dirname, '../..');
const EXTENSION = import.meta.filename.endsWith('.ts') ? 'ts' : 'js';

/** The profile service is none of Marquee's own: it stands for the one that a company has. */
const entryOf = (name: ProcessName): readonly string[] =>
  name === 'profiles' ? ['examples', 'profile-service', 'server'] : ['infra', 'bin', name];

const commandOf = (
  name: ProcessName,
  args: readonly string[] | undefined,
): readonly [string, ...string[]] => [
  process.execPath,
  '--max-old-space-size=768',
  `${join(ROOT, ...entryOf(name))}.${EXTENSION}`,
  ...(args ?? []),
];

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(READY_TIMEOUT_MS) });
    await response.text();
    return response.status === 200;
  } catch {
    return false;
  }
}

export function createProcesses(options: ProcessesOptions): Processes {
  const running = new Map<ProcessName, ProcessRecord>();
  const logOf = (name: ProcessName): string => join(options.logDir, `${name}.log`);
  const changed = (): void => options.onChange?.(Object.fromEntries(running));

  async function spawn(name: ProcessName): Promise<void> {
    const command = commandOf(name, options.args[name]);
    const pid = await spawnDetached(command, { env: options.env, log: logOf(name) });
    running.set(name, { pid, command });
    changed();
  }

  function assertAlive(): void {
    for (const [name, { pid, command }] of running) {
      if (isSameProcess(pid, command)) continue;
      const reason = tail(logOf(name), 1)[0] ?? 'it said nothing';
      throw new MarqueeError('SERVER_MISSING', {
        server: `Process ${name}`,
        reason: `it ended (${reason.slice(0, 300)})`,
        remedy: `See ${logOf(name)}`,
      });
    }
  }

  async function untilReady(name: ProcessName): Promise<void> {
    const url = options.readyUrls[name];
    const deadline = Date.now() + options.startTimeoutMs;
    while (url !== undefined && !(await answers(url))) {
      assertAlive();
      if (Date.now() > deadline) {
        const seconds = Math.round(options.startTimeoutMs / 1000);
        throw new MarqueeError('SERVER_UNHEALTHY', { server: `Process ${name}`, seconds, log: logOf(name) });
      }
      await sleep(POLL_MS);
    }
  }

  async function stopOne(name: ProcessName): Promise<void> {
    const record = running.get(name);
    if (record === undefined) return;
    running.delete(name);
    await stopProcess(record.pid, record.command, options.stopTimeoutMs);
    changed();
  }

  return {
    assertAlive,
    async start(names) {
      for (const name of names) await spawn(name);
      await Promise.all(names.map(untilReady));
      assertAlive();
    },
    async restart(name) {
      await stopOne(name);
      await spawn(name);
      await untilReady(name);
    },
    async stop() {
      for (const name of PROCESSES) await stopOne(name);
    },
  };
}
