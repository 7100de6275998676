import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { MarqueeError } from '../../domain/errors.ts';
import { isSameProcess, killProcess, spawnDetached, stopProcess } from './process.ts';
import type { RunningServer, ServerPlan, ServerRecord } from './server.ts';

const POLL_MS = 100;

export interface StartOptions {
  /** How long the server may take to become healthy. */
  readonly startTimeoutMs: number;
  /** How long it may take to stop before it is killed. */
  readonly stopTimeoutMs: number;
  /** Called as soon as the process runs, before it answers, so that it can be found should this process end. */
  readonly onStart?: (record: ServerRecord) => void;
}

/**
 * Starts a planned server and waits until it answers. Throws SERVER_MISSING when the process ends before that and
 * SERVER_UNHEALTHY when time runs out; in both cases nothing is left running.
 */
export async function startServer(plan: ServerPlan, options: StartOptions): Promise<RunningServer> {
  const pid = await spawnDetached(plan.command, { env: plan.env, log: plan.log });
  const { command, ports, log } = plan;
  const record = { pid, command, ports, log, startedAt: new Date().toISOString() };
  options.onStart?.(record);
  const deadline = Date.now() + options.startTimeoutMs;
  while (!(await plan.healthy())) {
    if (!isSameProcess(pid, plan.command)) throw exitedEarly(plan);
    if (Date.now() >= deadline) {
      await killProcess(pid, plan.command);
      throw new MarqueeError('SERVER_UNHEALTHY', {
        server: plan.name,
        seconds: Math.round(options.startTimeoutMs / 1000),
        log: plan.log,
      });
    }
    await sleep(POLL_MS);
  }
  return {
    record,
    environment: plan.environment,
    stop: () => stopProcess(pid, plan.command, options.stopTimeoutMs),
    kill: () => killProcess(pid, plan.command),
  };
}

function exitedEarly(plan: ServerPlan): MarqueeError {
  const last = tail(plan.log, 1)[0] ?? 'it said nothing';
  return new MarqueeError('SERVER_MISSING', {
    server: plan.name,
    reason: `it ended at once (${last.slice(0, 200)})`,
    remedy: `See ${plan.log}`,
    ended: 'early',
  });
}

/** The last non-empty lines of a file; none when there is no file. */
export function tail(file: string, lines: number): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-lines);
}
