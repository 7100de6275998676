/** Starting, recognising and stopping a detached process. */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MarqueeError } from '../../domain/errors.ts';
import { childEnvironment } from '../config.ts';

const POLL_MS = 50;

/** Starts a process that outlives this one; its output is appended to `log`. Returns its pid. */
export async function spawnDetached(
  command: readonly [string, ...string[]],
  options: { readonly env: Readonly<Record<string, string>>; readonly log: string },
): Promise<number> {
  mkdirSync(dirname(options.log), { recursive: true });
  const output = openSync(options.log, 'a');
  try {
    const child = spawn(command[0], command.slice(1), {
      detached: true,
      stdio: ['ignore', output, output],
      env: childEnvironment(options.env),
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    return child.pid ?? unreachable(command[0]);
  } catch (error) {
    throw new MarqueeError(
      'SERVER_MISSING',
      { server: command[0], reason: (error as Error).message, remedy: 'Run `marquee doctor`' },
      { cause: error },
    );
  } finally {
    closeSync(output);
  }
}

function unreachable(program: string): never {
  throw new MarqueeError('INTERNAL', { reason: `${program} was started without a pid` });
}

/** The command line of a live process, or undefined when there is none (or it is a zombie). */
export function commandLineOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1).join(' ');
      return line === '' ? undefined : line;
    }
    const line = execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line === '' || line.endsWith('<defunct>') ? undefined : line;
  } catch {
    return undefined;
  }
}

/** Whether the process with this pid is the one that was started with this command, not a later one. */
export function isSameProcess(pid: number, command: readonly string[]): boolean {
  return commandLineOf(pid) === command.join(' ');
}

/** Signals the process if it still is the one started; true when it was. */
function signal(pid: number, command: readonly string[], name: 'SIGTERM' | 'SIGKILL'): boolean {
  if (!isSameProcess(pid, command)) return false;
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}

async function goneWithin(pid: number, command: readonly string[], timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isSameProcess(pid, command)) {
    if (Date.now() >= deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** Ends the process: SIGTERM, and SIGKILL after `timeoutMs`. Does nothing to a process that is another one. */
export async function stopProcess(pid: number, command: readonly string[], timeoutMs: number): Promise<void> {
  if (!signal(pid, command, 'SIGTERM')) return;
  if (await goneWithin(pid, command, timeoutMs)) return;
  await killProcess(pid, command);
}

/** SIGKILL, then waits until the process is gone. */
export async function killProcess(pid: number, command: readonly string[]): Promise<void> {
  if (signal(pid, command, 'SIGKILL')) await goneWithin(pid, command, 10_000);
}
