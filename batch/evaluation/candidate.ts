/** What is asked of a model before it may be announced: how it ranks what profiles went on to watch, beside what there is. */
import { createRandom, seedOf } from '../../domain/random.ts';
import type { Interactions, Model, Scorer, TrainingData, TrainOptions } from '../models/model.ts';
import { createPace } from '../models/pace.ts';
import { createPopularityModel } from '../models/popularity/model.ts';
import { alignScorer } from './align.ts';
import { unpersonalisedScorer } from './baselines.ts';
import { BOOTSTRAP, type BootstrapOptions } from './bootstrap.ts';
import { evaluate } from './evaluate.ts';
import { reportRows, type Contender, type ReportRow } from './report.ts';
import { leaveLastOut, sampleRows, timeAtShare, timeSplit, type Split } from './splits.ts';

/** The version that is announced now. */
export interface CurrentModel {
  readonly scorer: Scorer;
  /** Nothing watched from here on was known to it, milliseconds since the epoch: only that may be asked of it. */
  readonly trainedUntilMs: number;
}

export interface EvaluationOptions extends Pick<TrainOptions, 'threads' | 'onProgress'> {
  readonly seed: number;
  readonly current?: CurrentModel | undefined;
  /** Share of all entries before the split by time, where there is no current model. */
  readonly trainingShare?: number;
  /** Profiles that are asked about at most, drawn by the seed. */
  readonly mostProfiles?: number;
  readonly bootstrap?: BootstrapOptions;
}

const DEFAULTS = { trainingShare: 0.9, mostProfiles: 20_000, bootstrap: BOOTSTRAP } as const;

/**
 * Trains the candidate on the earlier part of the data and asks it for the rest: with the newest entry of each profile
 * left out, beside popularity and the unpersonalised row; and with all that is newer than the current model's data left
 * out, beside that model too. What was passed over has no time, so nobody is told of it here. The same data, options and
 * code give the same rows. MODEL_INPUT_INVALID where nothing can be learnt from what is left.
 */
export async function evaluateCandidate(
  model: Model,
  data: TrainingData,
  options: EvaluationOptions,
): Promise<ReportRow[]> {
  const { trainingShare, mostProfiles, bootstrap } = { ...DEFAULTS, ...options };
  const { interactions } = data;
  const cutMs = options.current?.trainedUntilMs ?? timeAtShare(interactions, trainingShare);
  const random = createRandom(seedOf(options.seed, 'evaluation'));
  const splits = [leaveLastOut(interactions), timeSplit(interactions, cutMs)]
    .filter(({ rows }) => rows.length > 0)
    .map((split) => sampleRows(split, mostProfiles, random));
  const rows: ReportRow[] = [];
  for (const [index, split] of splits.entries()) {
    const report = (share: number): void => options.onProgress?.((index + share) / splits.length);
    const trained = await trainedScorer(model, data, split.train, { ...options, onProgress: report });
    const current = split.name === 'time' ? options.current?.scorer : undefined;
    const pace = createPace(() => report(1));
    const contender: ContenderOf = async (name, role, scorer) => ({
      ...{ name, role },
      evaluated: await evaluate(alignScorer(scorer, split.train.titles), split, pace),
    });
    const candidate = await contender(model.name, 'candidate', trained);
    const others = await baselinesOf(
      split,
      data,
      { ...options, onProgress: () => report(1) },
      current,
      contender,
    );
    // Popularity is a model like others, and may be the candidate.
    const named = others.filter(({ name }) => name !== candidate.name);
    rows.push(...(await reportRows(split, candidate, named, bootstrap, pace)));
  }
  return rows;
}

/** Asks a scorer about the profiles of a split. */
type ContenderOf = (name: string, role: Contender['role'], scorer: Scorer) => Promise<Contender>;

async function baselinesOf(
  split: Split,
  data: TrainingData,
  options: EvaluationOptions,
  current: Scorer | undefined,
  contender: ContenderOf,
): Promise<Contender[]> {
  const popularity = await trainedScorer(createPopularityModel(), data, split.train, options);
  return [
    ...(current === undefined ? [] : [await contender('current', 'current', current)]),
    await contender('popularity', 'popularity', popularity),
    await contender('unpersonalised', 'unpersonalised', unpersonalisedScorer(split.train)),
  ];
}

/** A scorer of the split's titles, trained on `interactions` alone. */
async function trainedScorer(
  model: Model,
  { features }: TrainingData,
  interactions: Interactions,
  { seed, threads, onProgress }: Pick<EvaluationOptions, 'seed' | 'threads' | 'onProgress'>,
): Promise<Scorer> {
  const random = createRandom(seedOf(seed, model.name));
  return model.scorer(await model.train({ interactions, features }, { random, threads, onProgress }));
}
