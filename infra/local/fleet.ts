/**
 * Any number of processes of one kind on this machine: started, restarted within bounds, and stopped newest first. They
 * are known by recorded pid and command line, so that a fleet that was left running is taken over, and nothing else is
 * ever signalled.
 */
import { join } from 'node:path';
import { openFleetFile, type FleetMember } from './fleet-file.ts';
import { isSameProcess, spawnDetached, stopProcess } from './process.ts';

export type { FleetMember } from './fleet-file.ts';

export interface FleetOptions {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** What every process gets on top of this one's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the fleet is recorded. */
  readonly file: string;
  readonly logDir: string;
  /** How long a process may take to close before it is killed. */
  readonly stopTimeoutMs: number;
  /** Processes that ended by themselves are replaced, at most so many within the window. */
  readonly maxRestarts: number;
  readonly restartWindowMs: number;
  readonly onEvent?: (event: FleetEvent) => void;
  /** Milliseconds that only grow. */
  readonly now?: () => number;
}

export type FleetEvent =
  | { readonly type: 'started' | 'adopted' | 'stopping' | 'stopped' | 'ended'; readonly member: FleetMember }
  /** No process is started until some of the deaths lie further back than the window. */
  | { readonly type: 'gave-up'; readonly deaths: number };

export interface Fleet {
  /** Those that run, oldest first; what ended by itself is found out by `scaleTo`. */
  members(): readonly FleetMember[];
  /**
   * Starts or stops processes until `count` run, and resolves when those to be stopped have closed; fewer run when too
   * many have ended by themselves. One call at a time.
   */
  scaleTo(count: number): Promise<void>;
  /** Stops all. */
  stop(): Promise<void>;
}

/** Throws SERVER_MISSING when another process looks after this fleet. */
export function openFleet(options: FleetOptions): Fleet {
  const { name, command, env, logDir, stopTimeoutMs, maxRestarts, restartWindowMs } = options;
  const { onEvent = () => {}, now = () => performance.now() } = options;
  const records = openFleetFile(options.file);
  let members: FleetMember[] = [...records.found];
  let deaths: number[] = [];
  let hasGivenUp = false;
  for (const member of members) onEvent({ type: 'adopted', member });

  const set = (next: FleetMember[]): void => {
    members = next;
    records.write(next);
  };

  const bury = (): void => {
    const alive = members.filter(({ pid, command: known }) => isSameProcess(pid, known));
    for (const member of members.filter((one) => !alive.includes(one))) {
      deaths.push(now());
      onEvent({ type: 'ended', member });
    }
    if (alive.length < members.length) set(alive);
    deaths = deaths.filter((at) => now() - at < restartWindowMs);
  };

  const start = async (): Promise<void> => {
    const number = Math.max(0, ...members.map((one) => one.number)) + 1;
    const log = join(logDir, `${name}-${number}.log`);
    const pid = await spawnDetached(command, { env, log });
    const member = { pid, command, number, startedAt: new Date().toISOString(), log };
    set([...members, member]);
    onEvent({ type: 'started', member });
  };

  /** All at once, newest first: partitions change hands once, not once for each. */
  const stopLast = async (count: number): Promise<void> => {
    const leaving = members.slice(members.length - count).reverse();
    await Promise.all(
      leaving.map(async (member) => {
        onEvent({ type: 'stopping', member });
        await stopProcess(member.pid, member.command, stopTimeoutMs);
        set(members.filter((one) => one !== member));
        onEvent({ type: 'stopped', member });
      }),
    );
  };

  return {
    members: () => members,
    async scaleTo(count) {
      bury();
      if (members.length > count) return stopLast(members.length - count);
      const isExhausted = deaths.length > maxRestarts;
      if (isExhausted && !hasGivenUp) onEvent({ type: 'gave-up', deaths: deaths.length });
      hasGivenUp = isExhausted;
      while (!isExhausted && members.length < count) await start();
    },
    stop: () => stopLast(members.length),
  };
}
