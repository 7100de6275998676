/** What a side of the speed benchmark is, and how one run of it is measured. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LineProcess } from './line-process.ts';

/** What a process answers when it is asked for a sample. */
export interface Sample {
  /** Records taken since its start; those of a partition that moved may be taken twice. */
  readonly records: number;
  /** CPU of the whole process since its start, user and system, garbage collection included. */
  readonly cpuSeconds: number;
  /** Names of the parts of the log that were read to the end, with everything published. */
  readonly finished: readonly string[];
}

export interface Counts {
  readonly plays: number;
  readonly qualifiedPlays: number;
  readonly impressions: number;
  readonly secondsViewed: number;
}

/** What was appended to the output topic. */
export interface Output {
  readonly outputRecords: number;
  /** Keys and values, without framing. */
  readonly outputBytes: number;
}

export interface Finished extends Output {
  /** What was counted; undefined for a side that does not count. */
  readonly counts?: Counts;
}

/** A side: starts from nothing at each run, reads the whole log, and leaves nothing behind. */
export interface SpeedLane {
  /** How many parts of the log must be finished. */
  readonly parts: number;
  start(): Promise<readonly LineProcess[]>;
  /** While its processes still run. */
  finish(processes: readonly LineProcess[]): Promise<Finished>;
  /** After its processes have ended. */
  clear(): Promise<void>;
}

export interface RunPlan {
  /** Records in the log. */
  readonly total: number;
  /** Records read before measuring begins: the time for compilers to warm up, on every side. */
  readonly warmUp: number;
  readonly timeoutMs: number;
}

export interface RunFigures extends Finished {
  /** Records after the warm-up by the time until the last one was taken. */
  readonly perSecond: number;
  /** The same records by CPU seconds until everything was published. */
  readonly perCpuSecond: number;
}

const POLL_MS = 25;

/** Runs a side once. */
export async function measureRun(lane: SpeedLane, plan: RunPlan): Promise<RunFigures> {
  try {
    const processes = await lane.start();
    try {
      const rates = await follow(processes, lane.parts, plan);
      return { ...rates, ...(await lane.finish(processes)) };
    } finally {
      await Promise.all(processes.map((process) => process.close()));
    }
  } finally {
    await lane.clear();
  }
}

interface Moment {
  readonly atMs: number;
  readonly records: number;
  readonly cpuSeconds: number;
}

async function follow(
  processes: readonly LineProcess[],
  parts: number,
  { total, warmUp, timeoutMs }: RunPlan,
): Promise<Pick<RunFigures, 'perSecond' | 'perCpuSecond'>> {
  const deadline = performance.now() + timeoutMs;
  let begin: Moment | undefined;
  /** When a sample last had more records than the one before. */
  let taken: Moment = { atMs: 0, records: 0, cpuSeconds: 0 };
  while (performance.now() < deadline) {
    const samples = await Promise.all(processes.map((process) => process.ask<Sample>('sample')));
    const now: Moment = {
      atMs: performance.now(),
      records: sum(samples, ({ records }) => records),
      cpuSeconds: sum(samples, ({ cpuSeconds }) => cpuSeconds),
    };
    if (now.records > taken.records) taken = now;
    if (begin === undefined && now.records >= warmUp && samples.every(({ records }) => records > 0))
      begin = now;
    const finished = new Set(samples.flatMap((sample) => sample.finished));
    if (finished.size >= parts) {
      if (begin === undefined || begin.records >= now.records)
        throw new Error('the log ended while processes warmed up');
      const records = now.records - begin.records;
      return {
        perSecond: (records / (taken.atMs - begin.atMs)) * 1000,
        perCpuSecond: records / (now.cpuSeconds - begin.cpuSeconds),
      };
    }
    await sleep(POLL_MS);
  }
  throw new Error(`not finished in ${timeoutMs} ms: ${taken.records} of ${total} records`);
}

const sum = <T>(values: readonly T[], of: (value: T) => number): number =>
  values.reduce((total, value) => total + of(value), 0);
