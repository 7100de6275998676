/** What is asked of a model before it may be announced: how it ranks what profiles went on to watch, beside what there is. */
import { createRandom, seedOf } from '../../domain/random.ts';
import { EVALUATION_SPLITS, type EvaluationSplit } from '../../domain/training.ts';
import type { Interactions, Model, ModelTable, Scorer, TrainingData, TrainOptions } from '../models/model.ts';
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
  /** The candidate's tables, trained on `trainingPart` of a split with this seed; undefined where it is to be trained here. */
  readonly trainedOn?: (split: EvaluationSplit) => Promise<readonly ModelTable[] | undefined>;
  /** Profiles that are asked about at most, drawn by the seed. */
  readonly mostProfiles?: number;
  readonly bootstrap?: BootstrapOptions;
}

const DEFAULTS = { mostProfiles: 20_000, bootstrap: BOOTSTRAP } as const;
/** Share of all entries before the split by time, where there is no current model. */
const TRAINING_SHARE = 0.9;

/** What a candidate is trained on to be asked about a split. */
export interface TrainingPart {
  readonly split: EvaluationSplit;
  /** As of the current model; undefined where there is none. */
  readonly trainedUntilMs: number | undefined;
}

/** Undefined where the split has nobody to ask. What was passed over has no time, so nobody is told of it. */
export function trainingPart(
  { interactions, features }: TrainingData,
  { split, trainedUntilMs }: TrainingPart,
): TrainingData | undefined {
  const { train, rows } = SPLITTERS[split](interactions, trainedUntilMs);
  return rows.length === 0 ? undefined : { interactions: train, features };
}

const SPLITTERS: Readonly<
  Record<EvaluationSplit, (interactions: Interactions, trainedUntilMs?: number) => Split>
> = {
  'leave-last-out': (interactions) => leaveLastOut(interactions),
  time: (interactions, trainedUntilMs = timeAtShare(interactions, TRAINING_SHARE)) =>
    timeSplit(interactions, trainedUntilMs),
};

/**
 * Trains the candidate on the earlier part of the data and asks it for the rest: with the newest entry of each profile
 * left out, beside popularity and the unpersonalised row; and with all that is newer than the current model's data left
 * out, beside that model too. The same data, options and code give the same rows, whoever trained the candidate.
 * MODEL_INPUT_INVALID where nothing can be learnt from what is left.
 */
export async function evaluateCandidate(
  model: Model,
  data: TrainingData,
  options: EvaluationOptions,
): Promise<ReportRow[]> {
  const { mostProfiles, bootstrap } = { ...DEFAULTS, ...options };
  const random = createRandom(seedOf(options.seed, 'evaluation'));
  const splits = EVALUATION_SPLITS.map((name) =>
    SPLITTERS[name](data.interactions, options.current?.trainedUntilMs),
  )
    .filter(({ rows }) => rows.length > 0)
    .map((split) => sampleRows(split, mostProfiles, random));
  const rows: ReportRow[] = [];
  for (const [index, split] of splits.entries()) {
    const report = (share: number): void => options.onProgress?.((index + share) / splits.length);
    const tables = await options.trainedOn?.(split.name);
    const trained =
      tables === undefined
        ? await trainedScorer(model, data, split.train, { ...options, onProgress: report })
        : model.scorer(tables);
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
