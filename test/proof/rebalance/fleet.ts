/** The processes of the proof, each on a machine of its own: a data folder that no other process sees. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startProcess, type MarqueeProcess } from '../../support/pipeline.ts';
import type { Move, Stage } from './schedule.ts';
import type { Tearing } from './tear.ts';

export interface Machine {
  readonly name: string;
  readonly stage: Stage;
  readonly dataDir: string;
}

export interface Fleet {
  start(stage: Stage): Promise<void>;
  /**
   * Carries a move out; resolves when whoever comes back is back. `onMove` is told of each moment partitions may move.
   * Moves may overlap, each with a process of its own: one for which none is left waits until one is.
   */
  perform(move: Move, onMove: (what: string) => void): Promise<void>;
  /** Every machine that there ever was of a stage. */
  machines(stage: Stage): readonly Machine[];
  /** Throws where a process has ended by itself. */
  check(): void;
  /** All processes, in order. */
  stop(): Promise<void>;
}

export interface FleetOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly tearing: Tearing;
}

type Tell = (who: Machine, what: string) => void;

const POLL_MS = 50;

export function createFleet({ env, folder, tearing }: FleetOptions): Fleet {
  const all: Machine[] = [];
  const up = new Map<Machine, MarqueeProcess>();
  /** Whose move is under way. */
  const busy = new Set<Machine>();

  const launch = async (machine: Machine): Promise<void> => {
    mkdirSync(machine.dataDir, { recursive: true });
    const logDir = join(folder, 'logs', machine.name);
    // Every other machine folds in two threads: what a process has is two members of the group then.
    const threads = all.indexOf(machine) % 2 === 0 ? '1' : '2';
    const options = {
      env: { ...env, MARQUEE_DATA_DIR: machine.dataDir, SPEED_THREADS: threads },
      logDir,
    };
    up.set(machine, await startProcess(machine.stage, options));
  };
  const addMachine = (stage: Stage): Machine => {
    const name = `${stage}-${all.filter((one) => one.stage === stage).length + 1}`;
    const machine = { name, stage, dataDir: join(folder, name) };
    all.push(machine);
    return machine;
  };
  const freeIn = async (stage: Stage): Promise<Machine[]> => {
    for (;;) {
      const free = all.filter((one) => one.stage === stage && up.has(one) && !busy.has(one));
      if (free.length > 0) return free;
      await sleep(POLL_MS);
    }
  };
  const take = (machine: Machine): MarqueeProcess => {
    const process = up.get(machine)!;
    up.delete(machine);
    return process;
  };

  const othersOf = (member: Machine): string[] =>
    all
      .filter((one) => one !== member && one.stage === member.stage && existsSync(one.dataDir))
      .map(({ dataDir }) => dataDir);

  const welcome = async ({ stage, isReturning }: Move, tell: Tell): Promise<void> => {
    const absent = all.find((one) => one.stage === stage && !up.has(one) && !busy.has(one));
    const machine = (isReturning ? absent : undefined) ?? addMachine(stage);
    tell(machine, 'joins');
    await launch(machine);
  };

  const disturb = async (member: Machine, { action, awayMs, draw }: Move, tell: Tell): Promise<void> => {
    switch (action) {
      case 'leave':
        tell(member, 'leaves');
        return take(member).stop();
      case 'freeze': {
        const frozen = up.get(member)!;
        tell(member, 'is frozen');
        frozen.signal('SIGSTOP');
        await sleep(awayMs);
        tell(member, 'wakes up');
        frozen.signal('SIGCONT');
        return;
      }
      default: {
        if (action === 'tear') await tearing.awaitSpare(member.dataDir, othersOf(member));
        tell(member, action === 'kill' ? 'is killed' : 'is killed and its disk is gone');
        const killed = take(member);
        killed.signal('SIGKILL');
        await killed.stop();
        const torn =
          action === 'tear' ? await tearing.tear(member.dataDir, othersOf(member), draw) : undefined;
        if (torn !== undefined) tell(member, `had ${torn}, which is torn`);
        if (action !== 'kill') rmSync(member.dataDir, { recursive: true, force: true });
        await sleep(awayMs);
        return launch(member);
      }
    }
  };

  return {
    async start(stage) {
      await launch(addMachine(stage));
    },
    async perform(move, onMove) {
      const tell: Tell = ({ name }, what) => onMove(`${name} ${what}`);
      if (move.action === 'join') return welcome(move, tell);
      const free = await freeIn(move.stage);
      const member = free[move.member % free.length]!;
      busy.add(member);
      await disturb(member, move, tell).finally(() => busy.delete(member));
    },
    machines: (stage) => all.filter((one) => one.stage === stage && existsSync(one.dataDir)),
    check() {
      for (const [{ name }, process] of up)
        if (process.hasEnded()) throw new Error(`${name} has ended by itself: ${process.log}`);
    },
    async stop() {
      const running = [...up.values()];
      up.clear();
      await Promise.all(running.map((one) => one.stop()));
    },
  };
}
