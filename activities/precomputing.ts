import { alignScorer } from '../batch/evaluation/align.ts';
import { createModel } from '../batch/models/models.ts';
import { precomputeRows, PROFILE_ROWS_VIEW } from '../batch/models/precompute.ts';
import { readTables } from '../batch/models/table-parts.ts';
import { schemaOf, type LocalPart } from '../batch/parts.ts';
import { viewInput } from '../domain/manifest.ts';
import type { PrecomputedRows, RowsPlan } from '../domain/training.ts';
import type { ActivityDeps } from './deps.ts';
import { reportShare } from './guard.ts';
import { fetchVersion } from './local-version.ts';
import type { VersionAt } from './publishing.ts';
import { createStage, type Staged } from './stage-version.ts';
import { fetchHistories, fetchParts, listParts, putTables } from './training-files.ts';
import { createInputs, MODEL_LAYOUT, SET_FOLDER } from './training-planning.ts';
import { withWorkFolder } from './work-folder.ts';

/** Activities that make rows ahead for all profiles, by the model that is current. */
export function createPrecomputing(deps: ActivityDeps) {
  const { views, duckdb, places, workDir, generation, codeVersion, precompute } = deps;
  const stage = createStage(deps);
  const inputsOf = createInputs(deps);
  const filesOf = (work: string, shard: number) => places.open(work, `rows/${shard}`);

  return {
    /** Which model orders the rows, and whether there is anything to do: null where there is no model yet. */
    async planRows({ asOf }: { asOf: string }): Promise<RowsPlan | null> {
      const { view } = createModel(precompute.model, deps.training.models);
      const modelVersion = (await views.readPointer(view))?.version;
      if (modelVersion === undefined) return null;
      const parent = (await views.readPointer(PROFILE_ROWS_VIEW))?.version ?? null;
      const current = parent === null ? undefined : await views.readManifest(PROFILE_ROWS_VIEW, parent);
      const isYoung =
        current !== undefined && Date.parse(asOf) - Date.parse(current.asOf) < precompute.intervalMs;
      const isSame =
        current?.codeVersion === codeVersion && current.metrics['model_version'] === modelVersion;
      return {
        view: PROFILE_ROWS_VIEW,
        parent,
        unchanged: isYoung && isSame,
        model: precompute.model,
        modelView: view,
        modelVersion,
        shards: precompute.shards,
        window: precompute.window,
      };
    },

    /** Makes the rows of one shard of the profiles; those that are there already stay. */
    async computeRows({ shard, ...rows }: PrecomputedRows & { shard: number }): Promise<void> {
      const files = filesOf(rows.work, shard);
      if ((await listParts(files)) !== undefined) return;
      await withWorkFolder(workDir, async (dir) => {
        const set = places.open(rows.work, SET_FOLDER);
        const { range, interactions } = await fetchHistories(deps, set, `${dir}/set`, {
          shard,
          shards: rows.shards,
        });
        const version = await fetchVersion(deps, rows.modelView, rows.modelVersion, `${dir}/model`);
        const model = createModel(rows.model, deps.training.models);
        const scorer = alignScorer(
          model.scorer(await readTables(duckdb, version.partPaths)),
          interactions.titles,
        );
        const own = { name: range.name, from: 0, to: interactions.profiles.length };
        const options = { length: precompute.length, onProgress: reportShare };
        const table = await precomputeRows(scorer, interactions, own, options);
        await putTables(deps, files, [table], `${dir}/rows`);
      });
    },

    /** Makes all shards, in order, the parts of a version. */
    stageRows: ({ rows, ...at }: VersionAt & { rows: PrecomputedRows }): Promise<Staged> =>
      stage(at, async (dir) => {
        const parts: LocalPart[] = [];
        for (let shard = 0; shard < rows.shards; shard += 1)
          parts.push(...(await fetchParts(filesOf(rows.work, shard), `${dir}/${shard}`)));
        const model = await views.readManifest(rows.modelView, rows.modelVersion);
        const ofModel = model.parts
          .slice(0, 1)
          .map((part) => viewInput(rows.modelView, rows.modelVersion, part));
        const count = parts.reduce((sum, part) => sum + part.rows, 0);
        return {
          parts,
          schema: schemaOf(parts),
          rowCounts: { rows: count },
          metrics: { rows: count, model_version: rows.modelVersion },
          inputs: [...(await inputsOf(rows.plan)), ...ofModel],
          foldVersion: MODEL_LAYOUT,
          generation,
          cut: {},
          blockSize: 1,
        };
      }),
  };
}
