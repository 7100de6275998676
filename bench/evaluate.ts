/**
 * `npm run evaluate [-- --json] [--quick]`: our models beside implicit's ALS and popularity on MovieLens 100k. Every family
 * is tuned over a grid of its own of the same size, on what is held out inside the training part; the test split is asked
 * once. Writes the report as Parquet and as a page under the data folder, and prints its figures, as one line of JSON at
 * the end with `--json`. With `--quick` a small made-up data set and no peer, to see that everything runs.
 *
 * With `--home` the home page is evaluated instead: evaluate-home.ts.
 *
 * Exit codes: 0 evaluated, 1 failed, 3 the peer cannot be had.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reportPage } from '../batch/evaluation/page.ts';
import { reportTable } from '../batch/evaluation/report.ts';
import { writeTables } from '../batch/models/table-parts.ts';
import { isMarqueeError } from '../domain/errors.ts';
import { loadLocalConfig } from '../infra/config.ts';
import type { DataSet } from '../infra/datasets/data-set.ts';
import { fetchMovielens } from '../infra/datasets/movielens.ts';
import { seededDataSet } from '../infra/datasets/seeded.ts';
import { createDuckDb } from '../infra/duckdb/duckdb.ts';
import { evaluateHome } from './evaluate-home.ts';
import type { Figures } from './lib/benchmark.ts';
import { runContest, type Contest } from './lib/evaluate/contest.ts';
import { alsFamily, easeFamily, implicitFamily, type Family } from './lib/evaluate/families.ts';
import { figuresOf } from './lib/evaluate/figures.ts';
import { GRIDS, PLAIN_IMPLICIT_GRID, QUICK_GRIDS } from './lib/evaluate/grids.ts';
import { startImplicit, type ImplicitTrainer } from './lib/evaluate/implicit-scorer.ts';
import { watchedOf } from './lib/evaluate/movielens.ts';

const SEEDS = [1, 2, 3, 4, 5];
const FOLD_IN_PLAYS = 3;
const TRAINING_SHARE = 0.8;
const QUICK_SHAPE = { seed: 1, ratings: 3000, titles: 150, users: 80 };
const EXIT = { evaluated: 0, failed: 1, missing: 3 } as const;

async function main(args: readonly string[]): Promise<number> {
  const isQuick = args.includes('--quick');
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  if (args.includes('--home')) {
    print(await evaluateHome(isQuick, say), args);
    return EXIT.evaluated;
  }
  const config = loadLocalConfig();
  const dataSet = isQuick
    ? seededDataSet('a quick run', QUICK_SHAPE)
    : await fetchMovielens({ cacheDir: config.local.cacheDir });
  const data = watchedOf(dataSet);
  const peer = isQuick ? undefined : await startImplicit(say);
  try {
    const contest = await runContest(data, {
      families: familiesOf(data.features, isQuick, peer),
      seeds: isQuick ? SEEDS.slice(0, 2) : SEEDS,
      foldInPlays: FOLD_IN_PLAYS,
      trainingShare: TRAINING_SHARE,
      say,
    });
    await write(join(config.dataDir, 'evaluation'), contest, dataSet, say);
    const figures = figuresOf(contest, { data: dataSet.source, seeds: isQuick ? 2 : SEEDS.length });
    print(figures, args);
    return EXIT.evaluated;
  } finally {
    await peer?.close();
  }
}

function print(figures: Figures, args: readonly string[]): void {
  if (args.includes('--json')) process.stdout.write(`${JSON.stringify(figures)}\n`);
  else
    for (const [key, value] of Object.entries(figures)) process.stdout.write(`${key.padEnd(36)} ${value}\n`);
}

function familiesOf(
  features: Parameters<typeof alsFamily>[0],
  isQuick: boolean,
  peer: ImplicitTrainer | undefined,
): Family[] {
  const grids = isQuick ? QUICK_GRIDS : GRIDS;
  const ours = [alsFamily(features, grids.als), easeFamily(features, grids.ease)];
  if (peer === undefined) return ours;
  return [
    ...ours,
    implicitFamily('implicit', peer, grids.implicit),
    implicitFamily('implicit-plain', peer, PLAIN_IMPLICIT_GRID),
  ];
}

async function write(
  folder: string,
  contest: Contest,
  { source }: DataSet,
  say: (line: string) => void,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  try {
    const [part] = await writeTables(duckdb, [reportTable(contest.report)], folder);
    const page = join(folder, 'evaluation.md');
    const introduction = [
      `Data: ${source}. Intervals hold the true value 95 times in a hundred (paired bootstrap over profiles).`,
      `Settings, each chosen on validation alone:`,
      contest.chosen
        .map(
          ({ family, trainable, score, tried }) =>
            `- ${family.name}: the best of ${tried}, NDCG@10 ${score.toFixed(4)} there: \`${trainable.settings}\``,
        )
        .join('\n'),
    ];
    const title = `Evaluation: ${contest.published.family.name} would be published`;
    await writeFile(page, reportPage({ title, introduction }, contest.report));
    say(`written: ${part?.path ?? folder} and ${page}`);
  } finally {
    await duckdb.close();
  }
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = isMarqueeError(error, 'SERVER_MISSING') ? EXIT.missing : EXIT.failed;
  },
);
