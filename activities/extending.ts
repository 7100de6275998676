import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ITEMS } from '../batch/models/als/first-factors.ts';
import { createAlsModel } from '../batch/models/als/model.ts';
import { countNewTitles } from '../batch/models/cold/count-new.ts';
import { extendVersion } from '../batch/models/cold/extend-version.ts';
import { readTables } from '../batch/models/table-parts.ts';
import { describePart, schemaOf, type LocalPart } from '../batch/parts.ts';
import { CATALOGUE_PART, CATALOGUE_VIEW } from '../domain/catalogue.ts';
import { TRAINED_VERSION, type ExtendedFactors, type NewTitlesFound } from '../domain/extension.ts';
import { BESIDE, findPart, viewInput, type PartEntry } from '../domain/manifest.ts';
import { viewName, type ViewName, type ViewVersion } from '../domain/views.ts';
import { isTriedOut } from './canary.ts';
import type { ActivityDeps } from './deps.ts';
import { reportShare } from './guard.ts';
import { fetchVersion } from './local-version.ts';
import type { VersionAt } from './publishing.ts';
import { createStage, type Staged } from './stage-version.ts';
import { fetchParts, fetchTrainingSet, listParts, putTables } from './training-files.ts';
import { createInputs, MODEL_LAYOUT, SET_FOLDER } from './training-planning.ts';
import { withWorkFolder } from './work-folder.ts';

/** Activities that give factors to titles that came after training; the factors that are there stay bit for bit. */
export function createExtending(deps: ActivityDeps) {
  const { views, duckdb, places, workDir, generation } = deps;
  const { view } = createAlsModel();
  const stage = createStage(deps);
  const inputsOf = createInputs(deps);
  const filesIn = (work: string) => places.open(work, FOLDER);

  async function fetchPart(from: ViewName, version: ViewVersion, part: PartEntry, dir: string) {
    const path = join(dir, `${from}-${part.name}.parquet`);
    await mkdir(dir, { recursive: true });
    await writeFile(path, await views.readPart(from, version, part));
    return path;
  }

  /** A part of the current version of a view; undefined where there is none. */
  async function currentPart(from: ViewName, name: string, dir: string): Promise<string | undefined> {
    const pointer = await views.readPointer(from);
    if (!pointer) return undefined;
    const part = findPart(await views.readManifest(from, pointer.version), name);
    return part && fetchPart(from, pointer.version, part, dir);
  }

  return {
    /** How many titles the current factors lack; null before there are any. Reads three parts, and no table of the lake. */
    async findNewTitles(): Promise<NewTitlesFound | null> {
      const parent = (await views.readPointer(view))?.version;
      const items = parent && findPart(await views.readManifest(view, parent), ITEMS);
      if (parent === undefined || !items) return null;
      // Titles are put into what is announced after it: an announcement in between would be the end of what is tried out.
      if (await isTriedOut(deps, view)) return { view, parent, newTitles: 0 };
      return withWorkFolder(workDir, async (dir) => ({
        view,
        parent,
        newTitles: await countNewTitles(duckdb, {
          items: await fetchPart(view, parent, items, dir),
          catalogue: await currentPart(CATALOGUE_VIEW, CATALOGUE_PART, dir),
          totals: await currentPart(POPULARITY_VIEW, TOTALS_PART, dir),
        }),
      }));
    },

    /** Puts the version with its new titles into the working place, and says how many came. */
    async extendFactors({ work, parent }: { work: string; parent: ViewVersion }): Promise<{ added: number }> {
      const files = filesIn(work);
      const known = (await views.readManifest(view, parent)).rowCounts[ITEMS] ?? 0;
      if ((await listParts(files)) === undefined)
        await withWorkFolder(workDir, async (dir) => {
          const { partPaths } = await fetchVersion(deps, view, parent, `${dir}/parent`);
          const data = await fetchTrainingSet(deps, places.open(work, SET_FOLDER), `${dir}/set`);
          const tables = await readTables(duckdb, partPaths);
          const extended = await extendVersion(tables, data, { onProgress: reportShare });
          await putTables(deps, files, extended, `${dir}/tables`);
        });
      const items = (await listParts(files))!.find(({ name }) => name === ITEMS);
      return { added: (items?.rows ?? known) - known };
    },

    /** Makes them the parts of a version. What the parent's training was found to be worth goes with it. */
    stageExtension: ({ extension, ...at }: VersionAt & { extension: ExtendedFactors }): Promise<Staged> =>
      stage({ ...at, asOf: extension.plan.asOf }, async (dir) => {
        const parent = at.parent!;
        const manifest = await views.readManifest(at.view, parent);
        const made = await fetchParts(filesIn(extension.work), `${dir}/tables`);
        const parts = [...made, ...(await carriedOver(manifest.parts, parent, made, `${dir}/parent`))];
        const rowCounts = Object.fromEntries(parts.map(({ name, rows }) => [name, rows]));
        const items = findPart(manifest, ITEMS)!;
        const titles = rowCounts[ITEMS] ?? 0;
        return {
          parts,
          schema: schemaOf(parts),
          rowCounts,
          metrics: {
            ...manifest.metrics,
            titles,
            new_titles: titles - items.rows,
            [TRAINED_VERSION]: manifest.metrics[TRAINED_VERSION] ?? parent,
          },
          inputs: [...(await inputsOf(extension.plan)), viewInput(at.view, parent, items)],
          foldVersion: MODEL_LAYOUT,
          generation,
          cut: {},
          blockSize: 1,
        };
      }),
  };

  /** Parts of the parent that were not made anew. */
  async function carriedOver(
    ofParent: readonly PartEntry[],
    parent: ViewVersion,
    made: readonly LocalPart[],
    dir: string,
  ): Promise<LocalPart[]> {
    const parts: LocalPart[] = [];
    for (const part of ofParent) {
      const name = part.name.replace(BESIDE, '');
      if (made.some((one) => one.name === name)) continue;
      const path = await fetchPart(view, parent, part, dir);
      parts.push(await duckdb.use((connection) => describePart(connection, name, path)));
    }
    return parts;
  }
}

/** Of a working place: the version as it will be. */
const FOLDER = 'extended';

const POPULARITY_VIEW = viewName('popularity');
const TOTALS_PART = 'totals';
