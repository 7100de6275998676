import { isDeepStrictEqual } from 'node:util';
import type { Model } from '../batch/models/model.ts';
import { createModel } from '../batch/models/models.ts';
import type { ShardedModel } from '../batch/models/training-work.ts';
import { CATALOGUE_PART, CATALOGUE_VIEW } from '../domain/catalogue.ts';
import { findPart, type Manifest, type ViewInput } from '../domain/manifest.ts';
import { TRAINED_VERSION } from '../domain/extension.ts';
import type { ModelTarget, PreparedSet, TrainingRunPlan, TrainingSetPlan } from '../domain/training.ts';
import type { ViewVersion } from '../domain/views.ts';
import { viewInput, withoutView } from '../domain/manifest.ts';
import type { ActivityDeps } from './deps.ts';
import { reportStep } from './guard.ts';
import { fetchVersion } from './local-version.ts';
import { listParts, putParts } from './training-files.ts';
import { withWorkFolder } from './work-folder.ts';

/** Raised when the same training set gives other tables for a reason that no version of the code tells. */
export const MODEL_LAYOUT = 2;

/** The folder of the training set in a working place. */
export const SET_FOLDER = 'set';

export const isShardedModel = (model: Model): model is ShardedModel => 'work' in model;

/** Activities that name what models learn from, and gather it. */
export function createTrainingPlanning(deps: ActivityDeps) {
  const { views, places, codeVersion, workDir } = deps;
  const { job, models, settings } = deps.training;
  const inputsOf = createInputs(deps);

  async function targetOf(name: string, inputs: readonly ViewInput[]): Promise<ModelTarget> {
    const model = createModel(name, models);
    const parent = (await views.readPointer(model.view))?.version ?? null;
    const current = parent === null ? undefined : await views.readManifest(model.view, parent);
    const unchanged =
      current?.codeVersion === codeVersion &&
      // Extended with what came since is not trained on it.
      current.metrics[TRAINED_VERSION] === undefined &&
      current.foldVersion === MODEL_LAYOUT &&
      current.metrics['seed'] === settings.seed &&
      // What it went on from was a version of its own.
      isDeepStrictEqual(withoutView(current.inputs, model.view), inputs);
    return { model: name, view: model.view, parent, unchanged, isSharded: isShardedModel(model) };
  }

  return {
    /**
     * Names the newest snapshots and what each model's view stands at. The set is of the instant after their newest row,
     * whenever it is made, and of `asOf` where there is none. MODEL_INPUT_INVALID for a model there is none of.
     */
    async planTraining({
      asOf,
      names,
    }: {
      asOf: string;
      names?: readonly string[];
    }): Promise<TrainingRunPlan> {
      const { inputs, until } = await job.plan();
      const catalogue = (await views.readPointer(CATALOGUE_VIEW))?.version ?? null;
      const end = until === null ? asOf : new Date(until).toISOString();
      const plan: TrainingSetPlan = { inputs, catalogue, asOf: end };
      const from = await inputsOf(plan);
      const targets: ModelTarget[] = [];
      for (const name of names ?? Object.keys(models)) targets.push(await targetOf(name, from));
      return { plan, isEmpty: inputs.length === 0, targets };
    },

    /** Gathers the training set into the working place; one that is there already stays. */
    async prepareTraining({ work, plan }: { work: string; plan: TrainingSetPlan }): Promise<PreparedSet> {
      const files = places.open(work, SET_FOLDER);
      if ((await listParts(files)) === undefined) {
        await withWorkFolder(workDir, async (dir) => {
          const catalogue = await catalogueIn(plan.catalogue, `${dir}/catalogue`);
          const options = { outDir: `${dir}/set`, asOf: Date.parse(plan.asOf), onProgress: reportStep };
          await putParts(files, await job.compute(plan, { ...options, catalogue }));
        });
      }
      const rows = Object.fromEntries((await listParts(files))!.map((part) => [part.name, part.rows]));
      const entries = rows['entries'] ?? 0;
      const { entriesPerShard, maxShards, window } = settings;
      const wanted = entries <= entriesPerShard ? 0 : Math.ceil(entries / entriesPerShard);
      const sizes = { profiles: rows['profiles'] ?? 0, titles: rows['titles'] ?? 0, entries };
      return { ...sizes, shards: Math.min(wanted, maxShards), window };
    },

    /** Removes what the workers of a job handed each other. */
    clearWork: ({ work }: { work: string }): Promise<void> => places.clear(work),
  };

  async function catalogueIn(version: ViewVersion | null, dir: string): Promise<string | undefined> {
    if (version === null) return undefined;
    const { partPaths } = await fetchVersion(deps, CATALOGUE_VIEW, version, dir);
    return partPaths[CATALOGUE_PART];
  }
}

/** What a version trained from the plan lists as its inputs: tables, and the part of the catalogue like any source. */
export function createInputs({ views }: Pick<ActivityDeps, 'views'>) {
  return async ({ inputs, catalogue }: TrainingSetPlan): Promise<readonly ViewInput[]> => {
    if (catalogue === null) return inputs;
    const manifest: Manifest = await views.readManifest(CATALOGUE_VIEW, catalogue);
    const part = findPart(manifest, CATALOGUE_PART);
    return part === undefined ? inputs : [...inputs, viewInput(CATALOGUE_VIEW, catalogue, part)];
  };
}
