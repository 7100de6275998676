import type { BackfillDiff, HourRange } from '../domain/backfill.ts';
import type { ComputePlan, RefreshMode } from '../domain/publishing.ts';
import { FOLD_VERSION } from '../domain/speed-view.ts';
import type { ViewName, ViewVersion } from '../domain/views.ts';
import type { LocalPart } from '../batch/parts.ts';
import type { ComputeOptions, IncrementalBase, PopularityParts } from '../batch/popularity/job.ts';
import type { Span } from '../batch/popularity/spans.ts';
import type { ActivityDeps } from './deps.ts';
import { reportStep } from './guard.ts';
import { fetchVersion } from './local-version.ts';
import type { VersionAt } from './publishing.ts';
import { createStage, type Staged } from './stage-version.ts';
import { fetchParts, listParts, putParts } from './training-files.ts';
import { withWorkFolder } from './work-folder.ts';

interface CountRequest extends VersionAt {
  readonly plan: ComputePlan;
  /** Counted whole, although the parent could be gone on from. */
  readonly full?: boolean;
  /** As planCounting found; found out where it is absent. */
  readonly mode?: RefreshMode;
}

/** How a view is counted. */
export interface CountingPlan {
  readonly mode: RefreshMode;
  /** Days of append time, in order; counted in one activity where there are none. */
  readonly pieces: readonly Span[];
  /** Pieces under way at a time. */
  readonly window: number;
}

interface PieceRequest {
  readonly plan: ComputePlan;
  readonly work: string;
  readonly piece: Span;
  readonly asOf: string;
}

interface JoinRequest extends CountRequest, Pick<CountingPlan, 'mode' | 'pieces'> {
  readonly work: string;
  readonly mode: RefreshMode;
}

const folderOf = ({ fromDay, toDay }: Span): string => `days-${fromDay}-${toDay}`;

/** Activities that count from the lake. */
export function createStaging(deps: ActivityDeps) {
  const { views } = deps;
  const stageVersion = createStage(deps);
  const filesOf = (work: string, piece: Span) => deps.places.open(work, folderOf(piece));

  const stage = (
    at: VersionAt,
    plan: ComputePlan,
    compute: (options: ComputeOptions, dir: string) => Promise<PopularityParts>,
  ): Promise<Staged> =>
    stageVersion(at, async (dir) => {
      const options = { outDir: `${dir}/parts`, asOf: Date.parse(at.asOf), onProgress: reportStep };
      return { ...(await compute(options, dir)), ...plan, foldVersion: FOLD_VERSION };
    });

  /** How the version may be counted, and what it would be laid over. */
  async function modeOf(at: VersionAt, plan: ComputePlan): Promise<RefreshMode> {
    const parent = at.parent === null ? null : await views.readManifest(at.view, at.parent);
    return deps.popularity.mode(plan, parent, { codeVersion: deps.codeVersion, asOf: Date.parse(at.asOf) });
  }

  async function baseOf(at: VersionAt, mode: IncrementalBase['mode'], dir: string): Promise<IncrementalBase> {
    return { ...(await fetchVersion(deps, at.view, at.parent!, `${dir}/base`)), mode };
  }

  /** Holds what was counted in full against what counting on from the parent comes to. */
  async function compared(
    at: VersionAt,
    counted: PopularityParts,
    laidOver: PopularityParts,
  ): Promise<PopularityParts> {
    const differing = counted.parts
      .filter(({ name, sha256 }) => laidOver.parts.find((part) => part.name === name)?.sha256 !== sha256)
      .map(({ name }) => name);
    deps.onRecount?.({ view: at.view, version: at.version, parent: at.parent!, differing });
    return { ...counted, metrics: { ...counted.metrics, differing_parts: differing.length } };
  }

  return {
    /**
     * Counts the view up to the plan's cut, in DuckDB over the lake: what is new laid over the parent, or all of it. A
     * full count is compared with what counting on comes to: `differing_parts` among the metrics is 0 unless one of the
     * two is wrong, which raises an alert.
     */
    computePopularity: ({ plan, full, mode: known, ...at }: CountRequest): Promise<Staged> =>
      stage(at, plan, async (options, dir) => {
        const { popularity } = deps;
        const mode = known ?? (await modeOf(at, plan));
        if (mode.kind === 'full') return popularity.compute(plan, options);
        const base = await baseOf(at, mode, dir);
        if (full !== true) return popularity.compute(plan, options, base);
        const counted = await popularity.compute(plan, options);
        return compared(
          at,
          counted,
          await popularity.compute(plan, { ...options, outDir: `${dir}/laid-over` }, base),
        );
      }),

    /** How the view is to be counted: the pieces that workers count apart, none where one activity counts it. */
    async planCounting({ plan, full, ...at }: CountRequest): Promise<CountingPlan> {
      const mode = await modeOf(at, plan);
      const { window, ...limits } = deps.counting;
      const isWhole = mode.kind === 'full' || full === true;
      const pieces = isWhole ? await deps.popularity.pieces(plan, Date.parse(at.asOf), limits) : [];
      return { mode, pieces, window };
    },

    /** Counts one piece into the working place; one that is there already stays. */
    async countPiece({ plan, work, piece, asOf }: PieceRequest): Promise<void> {
      const files = filesOf(work, piece);
      if ((await listParts(files)) !== undefined) return;
      await withWorkFolder(deps.workDir, async (dir) => {
        const options = { outDir: dir, asOf: Date.parse(asOf), onProgress: reportStep };
        await putParts(files, await deps.popularity.countPiece(plan, piece, options));
      });
    },

    /** Makes the pieces a version, compared as in computePopularity. */
    joinPieces: ({ plan, full, work, pieces, mode, ...at }: JoinRequest): Promise<Staged> =>
      stage(at, plan, async (options, dir) => {
        const parts: LocalPart[][] = [];
        for (const piece of pieces)
          parts.push(await fetchParts(filesOf(work, piece), `${dir}/${folderOf(piece)}`));
        const counted = await deps.popularity.join(parts, options);
        if (mode.kind === 'full' || full !== true) return counted;
        const laidOver = { ...options, outDir: `${dir}/laid-over` };
        return compared(
          at,
          counted,
          await deps.popularity.compute(plan, laidOver, await baseOf(at, mode, dir)),
        );
      }),

    /** Counts a range of hours and lays it over the parent. */
    recomputeRange: ({
      plan,
      range,
      ...at
    }: VersionAt & { plan: ComputePlan; range: HourRange }): Promise<Staged> =>
      stage(at, plan, async (options, dir) => {
        const base = await fetchVersion(deps, at.view, at.parent as ViewVersion, `${dir}/base`);
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
        deps.ranges.diff(await fetchVersion(deps, view, base, dir), plan, range),
      ),
  };
}
