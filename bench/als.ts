/**
 * Seconds per iteration of implicit ALS at 64 factors on two threads, beside implicit 0.7.3 (C++) with BLAS on one thread, on
 * the same matrix of about 4 million entries (`--profiles`, `--titles`, `--mean` for others) with the same objective and the
 * same first factors, in the same run: exact and conjugate gradients (3 steps), iterations of the sides in turns, medians.
 * `ratio_…` is their time over ours in wall time, `cpu_ratio_…` in CPU time, which says more on a busy machine. Losses after
 * the last iteration are all computed by implicit.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalTraining, type LocalTraining } from '../batch/models/als/local-training.ts';
import { transposed } from '../batch/models/als/matrix.ts';
import { alsSettings, type AlsSolver } from '../batch/models/als/settings.ts';
import { createRandom } from '../domain/random.ts';
import { benchMatrix, topShare, type BenchMatrix } from './lib/als-matrix.ts';
import { median, round, type Benchmark } from './lib/benchmark.ts';
import { IMPLICIT_SOURCE, installImplicit } from './lib/implicit-install.ts';
import { startLineProcess, type LineProcess } from './lib/line-process.ts';
import { cpuSeconds } from './lib/process-cpu.ts';

const FACTORS = 64;
const THREADS = 2;
const REGULARISATION = 0.01;
const SOLVERS = ['exact', 'cg'] as const;
type SolverName = (typeof SOLVERS)[number];
const OURS: Readonly<Record<SolverName, AlsSolver>> = { exact: 'exact', cg: 'conjugate-gradient' };

interface Time {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export const benchmark: Benchmark = async ({ say, option }) => {
  const matrix = benchMatrix(
    Number(option('profiles', '100000')),
    Number(option('titles', '20000')),
    Number(option('mean', '40')),
  );
  const iterations = Number(option('iterations', '10'));
  const titles = transposed(matrix, matrix.titles);
  say(`${matrix.columns.length} entries`);
  const random = createRandom(1);
  const first = Float32Array.from({ length: matrix.titles * FACTORS }, () => random.next() * 0.01);
  const folder = await mkdtemp(join(tmpdir(), 'marquee-als-'));
  const peer = await startPeer(folder, matrix, first, say);
  const open = (solver: SolverName): Promise<LocalTraining> => {
    const settings = alsSettings({
      factors: FACTORS,
      regularisation: { strength: REGULARISATION, exponent: 0 },
      unobservedWeight: 1,
      solver: OURS[solver],
    });
    return createLocalTraining({ profiles: matrix, titles, first, settings, threads: THREADS - 1 });
  };
  const ours = { exact: await open('exact'), cg: await open('cg') };
  const times = { exact: createTimes(), cg: createTimes() };
  try {
    for (let iteration = 0; iteration < iterations; iteration++)
      for (const solver of SOLVERS) {
        const turns = [
          async () => times[solver].ours.push(await timed(() => ours[solver].iterate())),
          async () => times[solver].theirs.push(await peer.ask<Time>(solver)),
        ];
        for (const turn of iteration % 2 === 0 ? turns : turns.toReversed()) await turn();
        say(`${iteration + 1} ${solver}: ${JSON.stringify(times[solver].last())}`);
      }
    return {
      entries: matrix.columns.length,
      top_1_percent_share: round(topShare(titles, 0.01)),
      top_10_percent_share: round(topShare(titles, 0.1)),
      ...figuresOf(times.exact, ''),
      ...figuresOf(times.cg, 'cg_'),
      ...(await lossesOf(peer, folder, ours.exact, 'exact', '')),
      ...(await lossesOf(peer, folder, ours.cg, 'cg', 'cg_')),
    };
  } finally {
    await Promise.all([peer.close(), ours.exact.close(), ours.cg.close()]);
    await rm(folder, { recursive: true, force: true });
  }
};

async function startPeer(
  folder: string,
  { rowStarts, columns, strengths }: BenchMatrix,
  first: Float32Array,
  say: (line: string) => void,
): Promise<LineProcess> {
  const { python, environment } = await installImplicit(say);
  await writeFile(join(folder, 'starts.u32'), rowStarts);
  await writeFile(join(folder, 'columns.u32'), columns);
  await writeFile(
    join(folder, 'confidences.f32'),
    strengths.map((strength) => 1 + strength),
  );
  await writeFile(join(folder, 'first.f32'), first);
  const settings = [FACTORS, REGULARISATION, THREADS].map(String);
  return startLineProcess([python, join(IMPLICIT_SOURCE, 'peer.py'), folder, ...settings], environment);
}

async function timed(work: () => Promise<void>): Promise<Time> {
  const cpu = cpuSeconds();
  const from = performance.now();
  await work();
  return { seconds: (performance.now() - from) / 1000, cpuSeconds: cpuSeconds() - cpu };
}

interface Times {
  readonly ours: Time[];
  readonly theirs: Time[];
  last(): Readonly<Record<'ours' | 'theirs', Time | undefined>>;
}

function createTimes(): Times {
  const ours: Time[] = [];
  const theirs: Time[] = [];
  return { ours, theirs, last: () => ({ ours: ours.at(-1), theirs: theirs.at(-1) }) };
}

function figuresOf({ ours, theirs }: Times, prefix: string): Record<string, number> {
  const middle = (times: readonly Time[], key: keyof Time): number => median(times.map((time) => time[key]));
  const figures: Record<string, number> = {};
  for (const [unit, key] of [
    ['', 'seconds'],
    ['cpu_', 'cpuSeconds'],
  ] as const) {
    figures[`${prefix}${unit}seconds_per_iteration`] = round(middle(ours, key));
    figures[`implicit_${prefix}${unit}seconds_per_iteration`] = round(middle(theirs, key));
    figures[`${prefix}${unit}ratio_vs_implicit`] = round(middle(theirs, key) / middle(ours, key));
  }
  return figures;
}

async function lossesOf(
  peer: LineProcess,
  folder: string,
  training: LocalTraining,
  solver: SolverName,
  prefix: string,
): Promise<Record<string, number>> {
  const { profiles, titles } = training.factors();
  const both = new Float32Array(profiles.length + titles.length);
  both.set(profiles);
  both.set(titles, profiles.length);
  const file = join(folder, `${solver}.f32`);
  await writeFile(file, both);
  const { loss } = await peer.ask<{ loss: number }>(`loss ${file}`);
  const theirs = await peer.ask<{ loss: number }>(`loss ${solver}`);
  return {
    [`${prefix}loss`]: loss,
    [`implicit_${prefix}loss`]: theirs.loss,
    [`${prefix}loss_ratio`]: loss / theirs.loss,
  };
}
