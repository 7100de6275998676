/**
 * The data folder of a demo. Every run starts from an empty region, so that the event file is all there is to count. A
 * folder that the demo itself created is emptied by the next run; any other folder is never removed.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MarqueeError } from '../../domain/errors.ts';
import { isSameProcess, stopProcess } from '../../infra/local/process.ts';

export interface ProcessRecord {
  readonly pid: number;
  readonly command: readonly string[];
}

/** `<dataDir>/demo/run.json`. */
export interface DemoRun {
  readonly startedAt: string;
  /** Whether the folder was new or empty, and so may be emptied again. */
  readonly ownsFolder: boolean;
  /** The demo itself. */
  readonly demo: ProcessRecord;
  readonly processes: Readonly<Record<string, ProcessRecord>>;
}

const STOP_TIMEOUT_MS = 15_000;

const runFile = (dataDir: string): string => join(dataDir, 'demo', 'run.json');

export function readRun(dataDir: string): DemoRun | undefined {
  try {
    return JSON.parse(readFileSync(runFile(dataDir), 'utf8')) as DemoRun;
  } catch {
    return undefined;
  }
}

export function writeRun(dataDir: string, run: DemoRun): void {
  mkdirSync(dirname(runFile(dataDir)), { recursive: true });
  writeFileSync(runFile(dataDir), `${JSON.stringify(run, null, 2)}\n`);
}

/** Stops what an earlier run left running, by pid and command line. */
export async function stopProcessesOf(run: DemoRun): Promise<void> {
  const records = Object.values(run.processes);
  await Promise.all(records.map(({ pid, command }) => stopProcess(pid, command, STOP_TIMEOUT_MS)));
}

const isEmpty = (dataDir: string): boolean => !existsSync(dataDir) || readdirSync(dataDir).length === 0;

export interface Claim {
  /** Who runs now. */
  readonly demo: ProcessRecord;
  /** Stops the servers of the folder before it is emptied. */
  readonly stopServers: () => Promise<unknown>;
  readonly say: (text: string) => void;
}

/**
 * Takes the folder for a run, empty where the demo owns it. Throws SERVER_MISSING while another demo runs in it, and
 * CONFIG_INVALID where an earlier demo used a folder that holds other things too.
 */
export async function claimFolder(dataDir: string, claim: Claim): Promise<DemoRun> {
  const earlier = readRun(dataDir);
  if (earlier !== undefined) {
    const { pid, command } = earlier.demo;
    if (pid !== claim.demo.pid && isSameProcess(pid, command)) {
      throw new MarqueeError('SERVER_MISSING', {
        server: 'The demo',
        reason: `process ${pid} runs a demo in ${dataDir} already`,
        remedy: 'Stop it, or set MARQUEE_DATA_DIR to another folder',
      });
    }
    await stopProcessesOf(earlier);
    if (!earlier.ownsFolder) {
      throw new MarqueeError('CONFIG_INVALID', {
        faults: `${dataDir} holds an earlier demo among other things: set MARQUEE_DATA_DIR to a new folder`,
      });
    }
    claim.say(`Removing the data of the demo of ${earlier.startedAt} in ${dataDir}.`);
    await claim.stopServers();
    rmSync(dataDir, { recursive: true, force: true });
  }
  const run: DemoRun = {
    startedAt: new Date().toISOString(),
    ownsFolder: isEmpty(dataDir),
    demo: claim.demo,
    processes: {},
  };
  writeRun(dataDir, run);
  return run;
}
