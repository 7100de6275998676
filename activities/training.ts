import type { Model, ModelTable, TrainingData, TrainOptions } from '../batch/models/model.ts';
import { trainingPart, type CurrentModel } from '../batch/evaluation/candidate.ts';
import { EVALUATION_PART, reportTable } from '../batch/evaluation/report.ts';
import { scoresOf } from '../batch/evaluation/scores.ts';
import { createModel } from '../batch/models/models.ts';
import type { ShardedModel, ShardReport, ShardStep, TrainingPlan } from '../batch/models/training-work.ts';
import { MarqueeError } from '../domain/errors.ts';
import { TRAINED_VERSION } from '../domain/extension.ts';
import { viewInput, type SourceInput } from '../domain/manifest.ts';
import { createRandom, seedOf } from '../domain/random.ts';
import type { EvaluationSplit, PreparedSet, Scores, TrainedModel } from '../domain/training.ts';
import { viewVersion, type ViewVersion } from '../domain/views.ts';
import { schemaOf } from '../batch/parts.ts';
import type { ActivityDeps } from './deps.ts';
import { reportShare } from './guard.ts';
import { fetchVersion } from './local-version.ts';
import type { VersionAt } from './publishing.ts';
import { createStage, type Staged } from './stage-version.ts';
import { fetchParts, fetchTrainingSet, listParts, putTables } from './training-files.ts';
import { createInputs, isShardedModel, MODEL_LAYOUT, SET_FOLDER } from './training-planning.ts';
import { withWorkFolder } from './work-folder.ts';
import { readTables } from '../batch/models/table-parts.ts';

/** One model of one run of training. */
export interface ModelAt {
  readonly work: string;
  readonly model: string;
  /** The version that training starts from and is held against, or null. */
  readonly parent: ViewVersion | null;
  /** As of its target: each has folders of its own. */
  readonly attempt?: number | undefined;
}

/** A training that workers share: on everything, or on what a split of the evaluation leaves. */
export interface SharedTraining extends ModelAt {
  readonly split?: EvaluationSplit | undefined;
}

/**
 * Activities that train, over a training set in the working place. Whatever has been put there is not made again.
 * MODEL_INPUT_INVALID where a model cannot learn from the data.
 */
export function createTraining(deps: ActivityDeps) {
  const { views, duckdb, places, workDir, generation } = deps;
  const { models, settings, evaluate } = deps.training;
  const stage = createStage(deps);
  const inputsOf = createInputs(deps);

  const filesOf = ({ work, model, attempt, split }: Omit<SharedTraining, 'parent'>, folder: string) =>
    places.open(work, [`${folder}/${model}`, attempt, split].filter((part) => part !== undefined).join('-'));
  const setIn = (work: string, dir: string) =>
    fetchTrainingSet(deps, places.open(work, SET_FOLDER), `${dir}/set`);

  async function tablesOf({ view }: Model, version: ViewVersion, dir: string): Promise<ModelTable[]> {
    return readTables(duckdb, (await fetchVersion(deps, view, version, `${dir}/current`)).partPaths);
  }

  async function currentOf(
    model: Model,
    parent: ViewVersion | null,
    dir: string,
  ): Promise<CurrentModel | undefined> {
    const current = await trainedVersionOf(model, parent);
    if (current === undefined) return undefined;
    const { version, trainedUntilMs } = current;
    return { scorer: model.scorer(await tablesOf(model, version, dir)), trainedUntilMs };
  }

  async function trainedVersionOf(
    { view }: Model,
    parent: ViewVersion | null,
  ): Promise<{ readonly version: ViewVersion; readonly trainedUntilMs: number } | undefined> {
    if (parent === null) return undefined;
    // What was extended since knows watchers of the new titles: its training is what is held against.
    const { metrics } = await views.readManifest(view, parent);
    const version = viewVersion(metrics[TRAINED_VERSION] ?? parent);
    const { asOf } = await views.readManifest(view, version);
    return { version, trainedUntilMs: Date.parse(asOf) };
  }

  /** What a training is of; undefined where the split has nobody to ask. */
  async function dataOf(
    { work, model, parent, split }: SharedTraining,
    dir: string,
  ): Promise<TrainingData | undefined> {
    const set = await setIn(work, dir);
    if (split === undefined) return set;
    const current = await trainedVersionOf(createModel(model, models), parent);
    return trainingPart(set, { split, trainedUntilMs: current?.trainedUntilMs });
  }

  /** An evaluation begins from chance: the version before may know what is asked. */
  async function optionsOf(model: Model, at: SharedTraining, dir: string): Promise<TrainOptions> {
    const { parent, split } = at;
    const isWarm = parent !== null && split === undefined;
    const previous = isWarm ? await tablesOf(model, parent, dir) : undefined;
    const random = createRandom(seedOf(settings.seed, model.name));
    return { random, threads: settings.threads, previous, onProgress: reportShare };
  }

  /** Tables of the parent, from which training went on. */
  async function wentOnFrom({ view, parent }: Pick<VersionAt, 'view' | 'parent'>): Promise<SourceInput[]> {
    if (parent === null) return [];
    const { parts } = await views.readManifest(view, parent);
    return parts.filter(({ name }) => name !== EVALUATION_PART).map((part) => viewInput(view, parent, part));
  }

  /** Puts what `make` makes among the tables, unless they are there. */
  async function put(
    at: SharedTraining,
    make: (model: Model, dir: string) => Promise<readonly ModelTable[]>,
  ): Promise<void> {
    const files = filesOf(at, TABLES);
    if ((await listParts(files)) !== undefined) return;
    await withWorkFolder(workDir, async (dir) =>
      putTables(deps, files, await make(createModel(at.model, models), dir), `${dir}/tables`),
    );
  }

  function shared(at: SharedTraining): ReturnType<ShardedModel['work']> {
    const model = createModel(at.model, models);
    if (!isShardedModel(model))
      throw new MarqueeError('MODEL_INPUT_INVALID', {
        model: at.model,
        reason: 'its training is in one piece',
      });
    return model.work(filesOf(at, STEPS));
  }

  /** The tables that a shared training came to; undefined where there was none. */
  async function trainedTables(at: SharedTraining, dir: string): Promise<ModelTable[] | undefined> {
    const files = filesOf(at, TABLES);
    if ((await listParts(files)) === undefined) return undefined;
    const parts = await fetchParts(files, `${dir}/${at.split ?? 'all'}`);
    return readTables(duckdb, Object.fromEntries(parts.map(({ name, path }) => [name, path])));
  }

  return {
    /** The whole training in one process. */
    trainModel: (at: ModelAt): Promise<void> =>
      put(at, async (model, dir) => model.train(await setIn(at.work, dir), await optionsOf(model, at, dir))),

    /** The first step of a training that workers share; null where it is for a split that has nobody to ask. */
    beginTraining: (at: SharedTraining): Promise<TrainingPlan | null> =>
      withWorkFolder(workDir, async (dir) => {
        const data = await dataOf(at, dir);
        if (data === undefined) return null;
        return shared(at).initialise(data, await optionsOf(createModel(at.model, models), at, dir));
      }),

    trainShard: ({ step, ...at }: SharedTraining & { step: ShardStep }): Promise<ShardReport> =>
      shared(at).solveShard(step, { threads: settings.threads, onProgress: reportShare }),

    endTraining: (at: SharedTraining): Promise<void> => put(at, () => shared(at).finish()),

    /**
     * How the model ranks what profiles went on to watch, beside what is current: a report that is published with it. For
     * that it is trained without what is asked about, unless workers did that already.
     */
    evaluateModel: (at: ModelAt): Promise<Scores> =>
      withWorkFolder(workDir, async (dir) => {
        const model = createModel(at.model, models);
        const current = await currentOf(model, at.parent, dir);
        const { seed, threads } = settings;
        const trainedOn = (split: EvaluationSplit) => trainedTables({ ...at, split }, dir);
        const options = { seed, threads, current, trainedOn, onProgress: reportShare };
        const rows = await evaluate(model, await setIn(at.work, dir), options);
        const files = filesOf(at, REPORT);
        if ((await listParts(files)) === undefined)
          await putTables(deps, files, [reportTable(rows)], `${dir}/report`);
        return scoresOf(rows);
      }),

    /** Makes the trained tables the parts of a version, of the instant that the training set is of. */
    stageModel: ({
      trained,
      set,
      ...at
    }: VersionAt & { trained: TrainedModel; set: PreparedSet }): Promise<Staged> =>
      stage({ ...at, asOf: trained.plan.asOf }, async (dir) => {
        const parts = [
          ...(await fetchParts(filesOf(trained, TABLES), `${dir}/tables`)),
          ...(await fetchParts(filesOf(trained, REPORT), `${dir}/report`)),
        ];
        const { profiles, titles, entries } = set;
        return {
          parts,
          schema: schemaOf(parts),
          rowCounts: Object.fromEntries(parts.map(({ name, rows }) => [name, rows])),
          metrics: { ...trained.scores, profiles, titles, entries, seed: settings.seed },
          inputs: [...(await inputsOf(trained.plan)), ...(await wentOnFrom(at))],
          foldVersion: MODEL_LAYOUT,
          generation,
          ...NO_CUT,
        };
      }),
  };
}

/** Folders of a working place: what is published, and what is between the steps of a shared training. */
const TABLES = 'tables';
const REPORT = 'report';
const STEPS = 'steps';

/** A model reads no topic, so it stands at no offset; one is the smallest block. */
const NO_CUT = { cut: {}, blockSize: 1 } as const;
