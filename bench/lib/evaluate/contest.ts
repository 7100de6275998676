/** The whole evaluation: every family tuned, the one to publish chosen, and all of them asked on the test splits. */
import { unpersonalisedScorer } from '../../../batch/evaluation/baselines.ts';
import { compare, type Comparison, type Interval } from '../../../batch/evaluation/bootstrap.ts';
import { evaluate, meanOf, type Evaluated, type RowScorer } from '../../../batch/evaluation/evaluate.ts';
import { reportRows, type Contender, type ReportRow } from '../../../batch/evaluation/report.ts';
import { leaveLastOut, timeAtShare, timeSplit, type Split } from '../../../batch/evaluation/splits.ts';
import type { Interactions, TrainingData } from '../../../batch/models/model.ts';
import { createPopularityModel } from '../../../batch/models/popularity/model.ts';
import { createRandom } from '../../../domain/random.ts';
import type { Family } from './families.ts';
import { foldInRuns } from './fold-in.ts';
import { tune, type Chosen } from './tune.ts';

export interface ContestOptions {
  readonly families: readonly Family[];
  /** Of training; the first is that of tuning. */
  readonly seeds: readonly number[];
  /** Newest plays that are folded in. */
  readonly foldInPlays: number;
  /** Share of all entries before the split by time. */
  readonly trainingShare: number;
  say(line: string): void;
}

export interface Contest {
  readonly chosen: readonly Chosen[];
  /** Of ours, the best on validation: what would be published. */
  readonly published: Chosen;
  readonly report: readonly ReportRow[];
  /** NDCG@10 on leave-last-out, of every model, by name. */
  readonly byModel: ReadonlyMap<string, Evaluated>;
  /** The family that folds in, folded over stale. */
  readonly foldIn: Comparison;
}

export async function runContest(data: TrainingData, options: ContestOptions): Promise<Contest> {
  const { families, seeds, say } = options;
  const [seed = 1] = seeds;
  const last = leaveLastOut(data.interactions);
  const validation = leaveLastOut(last.train);
  const chosen = await tuneAll(families, validation, seed, say);
  const ours = chosen.filter(({ family }) => family.isOurs);
  const published = ours.reduce((best, one) => (one.score > best.score ? one : best));
  say(`${published.family.name} would be published: the best of ours on validation`);
  const report: ReportRow[] = [];
  let byModel = new Map<string, Evaluated>();
  for (const split of [
    last,
    timeSplit(data.interactions, timeAtShare(data.interactions, options.trainingShare)),
  ]) {
    const contenders = await contendersOf(split, data, chosen, options);
    const candidate = contenders.find(({ name }) => name === published.family.name)!;
    const others = contenders.filter((one) => one !== candidate);
    report.push(...(await reportRows(split, { ...candidate, role: 'candidate' }, others)));
    if (split === last) byModel = new Map(contenders.map(({ name, evaluated }) => [name, evaluated]));
  }
  const factors = ours.find(({ family }) => family.hasChance) ?? published;
  say(`${factors.family.name}: what folding in the newest ${options.foldInPlays} plays is worth`);
  const { folded, stale } = await foldInRuns(factors.trainable, last, seeds, options.foldInPlays);
  const foldIn = compare(folded.profiles.ndcg_at_10, stale.profiles.ndcg_at_10);
  return { chosen, published, report, byModel, foldIn };
}

/** Ours here and the peer in its own process, at the same time; in each one after another. */
async function tuneAll(
  families: readonly Family[],
  validation: Split,
  seed: number,
  say: (line: string) => void,
): Promise<Chosen[]> {
  const chosen = new Map<Family, Chosen>();
  await Promise.all(
    [true, false].map(async (isOurs) => {
      for (const family of families.filter((one) => one.isOurs === isOurs))
        chosen.set(family, await tune(family, validation, seed, say));
    }),
  );
  return families.map((family) => chosen.get(family)!);
}

async function contendersOf(
  split: Split,
  data: TrainingData,
  chosen: readonly Chosen[],
  { seeds, say }: ContestOptions,
): Promise<Contender[]> {
  const contenders: Contender[] = [];
  for (const { family, trainable } of chosen) {
    const runs: Evaluated[] = [];
    for (const seed of family.hasChance ? seeds : seeds.slice(0, 1))
      runs.push(await evaluate(await trainable.train(split.train, seed), split));
    say(`${family.name}: asked on ${split.name}, ${runs.length} of its seeds`);
    contenders.push({ name: family.name, role: 'peer', evaluated: meanOf(runs) });
  }
  const alone = async (name: 'popularity' | 'unpersonalised', scorer: RowScorer): Promise<Contender> => ({
    name,
    role: name,
    evaluated: await evaluate(scorer, split),
  });
  const popularity = await popularityScorer(split.train, data);
  return [
    ...contenders,
    await alone('popularity', popularity),
    await alone('unpersonalised', unpersonalisedScorer(split.train)),
  ];
}

async function popularityScorer(interactions: Interactions, { features }: TrainingData): Promise<RowScorer> {
  const model = createPopularityModel();
  return model.scorer(await model.train({ interactions, features }, { random: createRandom(1), threads: 0 }));
}

/** NDCG@10 of one model over another's, paired by profile. */
export function ratioOf({ byModel }: Contest, name: string, over: string): Interval | undefined {
  const [own, theirs] = [byModel.get(name), byModel.get(over)];
  if (own === undefined || theirs === undefined) return undefined;
  return compare(own.profiles.ndcg_at_10, theirs.profiles.ndcg_at_10).ratio;
}
