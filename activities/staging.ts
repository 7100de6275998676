import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { BackfillDiff, HourRange } from '../domain/backfill.ts';
import { isMarqueeError } from '../domain/errors.ts';
import type { Manifest, PartEntry } from '../domain/manifest.ts';
import type { ComputePlan } from '../domain/publishing.ts';
import { FOLD_VERSION } from '../domain/speed-view.ts';
import type { ViewName, ViewVersion } from '../domain/views.ts';
import type { ComputeOptions, PopularityParts } from '../batch/popularity/job.ts';
import type { ActivityDeps } from './deps.ts';
import { endIfCancelled } from './guard.ts';
import { fetchVersion } from './local-version.ts';
import type { VersionAt } from './publishing.ts';
import { withWorkFolder } from './work-folder.ts';

export interface Staged {
  /** By part. */
  readonly rowCounts: Readonly<Record<string, number>>;
  /** The same parts and cut as the parent has. */
  readonly unchanged: boolean;
}

/** Activities that compute parts and put them under the version's own prefix, with the manifest last. */
export function createStaging(deps: ActivityDeps) {
  const { views } = deps;

  /** What an earlier try of the run staged, if it came that far. */
  async function alreadyStaged({ view, version }: VersionAt): Promise<Manifest | undefined> {
    try {
      return await views.readManifest(view, version);
    } catch (error) {
      if (isMarqueeError(error, 'VIEW_NOT_FOUND')) return undefined;
      throw error;
    }
  }

  async function stage(
    at: VersionAt,
    plan: ComputePlan,
    compute: (options: ComputeOptions, dir: string) => Promise<PopularityParts>,
  ): Promise<Staged> {
    const manifest = (await alreadyStaged(at)) ?? (await computeAndPut());
    const { rowCounts } = manifest;
    if (at.parent === null) return { rowCounts, unchanged: false };
    return { rowCounts, unchanged: saysTheSame(manifest, await views.readManifest(at.view, at.parent)) };

    function computeAndPut(): Promise<Manifest> {
      return withWorkFolder(deps.workDir, async (dir) => {
        const options = { outDir: `${dir}/parts`, asOf: Date.parse(at.asOf), onProgress: endIfCancelled };
        return putVersion(at, plan, await compute(options, dir));
      });
    }
  }

  async function putVersion(at: VersionAt, plan: ComputePlan, computed: PopularityParts): Promise<Manifest> {
    const { view, version, parent, asOf } = at;
    const parts: PartEntry[] = [];
    for (const { name, path, rows } of computed.parts) {
      endIfCancelled();
      parts.push({ ...(await views.putPart(view, version, name, await readFile(path))), rows });
    }
    const stored = await views.putManifest({
      ...{ view, version, region: deps.region, parent, asOf, parts, ...plan },
      ...{ codeVersion: deps.codeVersion, foldVersion: FOLD_VERSION },
      ...{ schema: computed.schema, rowCounts: computed.rowCounts, metrics: computed.metrics },
    });
    return stored.manifest;
  }

  return {
    /** Counts the whole view up to the plan's cut, in DuckDB over the lake. */
    computePopularity: ({ plan, ...at }: VersionAt & { plan: ComputePlan }): Promise<Staged> =>
      stage(at, plan, (options) => deps.popularity.compute(plan, options)),

    /** Counts a range of hours and lays it over the parent. */
    recomputeRange: ({
      plan,
      range,
      ...at
    }: VersionAt & { plan: ComputePlan; range: HourRange }): Promise<Staged> =>
      stage(at, plan, async (options, dir) => {
        const base = await fetchVersion(deps.views, at.view, at.parent as ViewVersion, `${dir}/base`);
        return deps.ranges.compute(base, plan, range, options);
      }),

    /** What counting a range anew would change in a published version; stores nothing. */
    diffRange: ({
      view,
      base,
      plan,
      range,
    }: {
      view: ViewName;
      base: ViewVersion;
      plan: ComputePlan;
      range: HourRange;
    }): Promise<BackfillDiff> =>
      withWorkFolder(deps.workDir, async (dir) =>
        deps.ranges.diff(await fetchVersion(views, view, base, dir), plan, range),
      ),
  };
}

function saysTheSame(a: Manifest, b: Manifest): boolean {
  const content = ({ parts, cut, generation, blockSize, foldVersion }: Manifest) => ({
    ...{ cut, generation, blockSize, foldVersion },
    parts: parts.map(({ name, rows, sha256 }) => ({ name, rows, sha256 })),
  });
  return isDeepStrictEqual(content(a), content(b));
}
