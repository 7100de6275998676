/** Workers of processes of their own, killed on their way one after the other, until one of them lives. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const WORKER = join(import.meta.dirname, 'doomed-worker.ts');
const CODE_CACHE = join(tmpdir(), 'marquee-doomed-workers');

export interface Doom {
  /** `<activity>:<before | after>`: whichever it comes to first. */
  readonly kills: readonly string[];
  /** What activities are asked for as of an instant, they are asked for as of so much later. */
  readonly aheadMs: number;
  /** Gets ready, and takes work once it is told to. */
  readonly isWaiting: boolean;
}

export interface DoomedWorker {
  /** What it was killed at; undefined where somebody ended it, or it ended by itself. */
  readonly killedAt: Promise<string | undefined>;
  /** Tells one that waits to take work, and where it is killed. */
  begin(kills: readonly string[]): void;
  /** Whether it is gone, and by a kill of its own. */
  wasKilled(): boolean;
  end(): Promise<void>;
}

export function spawnWorker(
  env: Readonly<Record<string, string>>,
  { kills = [], aheadMs = 0, isWaiting = false }: Partial<Doom> = {},
): DoomedWorker {
  const doom: Doom = { kills, aheadMs, isWaiting };
  const child = spawn(process.execPath, [WORKER, JSON.stringify(doom)], {
    // Most of what it does until it works is reading its own code.
    env: { NODE_COMPILE_CACHE: CODE_CACHE, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let said: string | undefined;
  child.on('message', (kill: string) => (said = kill));
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    killedAt: once(child, 'close').then(() => (child.signalCode === 'SIGKILL' ? said : undefined)),
    begin: (told) => void child.send(told),
    wasKilled: () => isGone() && said !== undefined,
    async end() {
      if (isGone()) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

export interface ThroughKills {
  readonly kills: readonly string[];
  /** One that takes work at once, or that waits: the next is ready when the one before it is killed. */
  readonly spawn: (doom: Pick<Doom, 'kills' | 'isWaiting'>) => DoomedWorker;
  /** Begins the work, and answers with what settles at its end. */
  readonly begin: () => Promise<() => Promise<unknown>>;
  readonly onKill: (kill: string) => void;
}

/** Does the work while whoever does it is killed at each of these places, once; answers with those that it never came to. */
export async function throughKills({
  kills,
  spawn: spawnNext,
  begin,
  onKill,
}: ThroughKills): Promise<string[]> {
  const left = new Set(kills);
  // What it goes on from is prepared by workers that live.
  const wait = await begin();
  let worker = spawnNext({ kills: [...left], isWaiting: false });
  const waiting = (): DoomedWorker => spawnNext({ kills: [], isWaiting: true });
  let next = waiting();
  let isOver = false;
  const succession = (async () => {
    for (;;) {
      const killedAt = await worker.killedAt;
      if (isOver) return;
      if (killedAt === undefined) throw new Error('a worker ended that nobody killed');
      left.delete(killedAt);
      onKill(killedAt);
      worker = next;
      worker.begin([...left]);
      next = waiting();
    }
  })();
  try {
    await Promise.race([wait(), succession]);
  } finally {
    isOver = true;
    await Promise.all([worker.end(), next.end()]);
    await succession.catch(() => undefined);
  }
  return [...left];
}
