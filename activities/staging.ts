import type { BackfillDiff, HourRange } from '../domain/backfill.ts';
import type { ComputePlan } from '../domain/publishing.ts';
import { FOLD_VERSION } from '../domain/speed-view.ts';
import type { ViewName, ViewVersion } from '../domain/views.ts';
import type { ComputeOptions, PopularityParts } from '../batch/popularity/job.ts';
import type { ActivityDeps } from './deps.ts';
import { reportStep } from './guard.ts';
import { fetchVersion } from './local-version.ts';
import type { VersionAt } from './publishing.ts';
import { createStage, type Staged } from './stage-version.ts';
import { withWorkFolder } from './work-folder.ts';

interface CountRequest extends VersionAt {
  readonly plan: ComputePlan;
  /** Counted whole, although the parent could be gone on from. */
  readonly full?: boolean;
}

/** Activities that count from the lake. */
export function createStaging(deps: ActivityDeps) {
  const { views } = deps;
  const stageVersion = createStage(deps);

  const stage = (
    at: VersionAt,
    plan: ComputePlan,
    compute: (options: ComputeOptions, dir: string) => Promise<PopularityParts>,
  ): Promise<Staged> =>
    stageVersion(at, async (dir) => {
      const options = { outDir: `${dir}/parts`, asOf: Date.parse(at.asOf), onProgress: reportStep };
      return { ...(await compute(options, dir)), ...plan, foldVersion: FOLD_VERSION };
    });

  return {
    /**
     * Counts the view up to the plan's cut, in DuckDB over the lake: what is new laid over the parent, or all of it. A
     * full count is compared with what counting on comes to: `differing_parts` among the metrics is 0 unless one of the
     * two is wrong, which raises an alert.
     */
    computePopularity: ({ plan, full, ...at }: CountRequest): Promise<Staged> =>
      stage(at, plan, async (options, dir) => {
        const { popularity, codeVersion } = deps;
        const parent = at.parent === null ? null : await views.readManifest(at.view, at.parent);
        const mode = await popularity.mode(plan, parent, { codeVersion, asOf: options.asOf });
        if (mode.kind === 'full') return popularity.compute(plan, options);
        const base = { ...(await fetchVersion(views, at.view, at.parent!, `${dir}/base`)), mode };
        if (full !== true) return popularity.compute(plan, options, base);
        const counted = await popularity.compute(plan, options);
        const laidOver = await popularity.compute(plan, { ...options, outDir: `${dir}/laid-over` }, base);
        const differing = counted.parts
          .filter(({ name, sha256 }) => laidOver.parts.find((part) => part.name === name)?.sha256 !== sha256)
          .map(({ name }) => name);
        deps.onRecount?.({ view: at.view, version: at.version, parent: at.parent!, differing });
        return { ...counted, metrics: { ...counted.metrics, differing_parts: differing.length } };
      }),

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
