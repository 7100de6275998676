import { join } from 'node:path';
import type { ErasureAt, ErasureJob } from '../batch/erasure/job.ts';
import type { Trimmed } from '../batch/erasure/logs.ts';
import { withoutProfile } from '../batch/erasure/view-rows.ts';
import type { HoldingVersions, ViewErasing } from '../batch/erasure/view-versions.ts';
import { PROFILE_ROWS_VIEW } from '../batch/models/precompute.ts';
import { schemaOf } from '../batch/parts.ts';
import type { DrainStep, LogEnds } from '../domain/erasure/plan.ts';
import type { ErasureAudit, ErasureReport, TableErasure } from '../domain/erasure/report.ts';
import { MarqueeError } from '../domain/errors.ts';
import { excluding, parityOver } from '../domain/parity/state.ts';
import type { ViewName, ViewVersion } from '../domain/views.ts';
import type { LakeTable } from '../infra/lake/tables.ts';
import type { ActivityDeps } from './deps.ts';
import { reportStep } from './guard.ts';
import { fetchVersion } from './local-version.ts';
import type { VersionAt } from './publishing.ts';
import { createStage, type Staged } from './stage-version.ts';

/** What erasing needs. */
export interface ErasingDeps {
  readonly job: ErasureJob;
  readonly views: ViewErasing;
}

/** What a workflow knows of an erasure once it is marked. */
export interface MarkedErasure {
  readonly requestedAt: string;
  readonly tables: readonly LakeTable[];
  readonly drain: DrainStep;
}

/** Views with rows by profile. */
const VIEWS_BY_PROFILE: readonly ViewName[] = [PROFILE_ROWS_VIEW];

/** Activities of an erasure: none is told who it is, only which one. Throws ERASURE_NOT_FOUND once it has ended. */
export function createErasing(deps: ActivityDeps) {
  const { duckdb, parity } = deps;
  const stage = createStage(deps);
  const of = (): ErasingDeps => {
    if (deps.erasing !== undefined) return deps.erasing;
    throw new MarqueeError('ERASURE_REFUSED', { reason: 'ERASURE_KEY is not set on this worker' });
  };

  return {
    /** Draws the surrogate, fixes how far the erasure reaches, and tells every process. */
    async markErasure({ id, asOf }: { id: string; asOf: string }): Promise<MarkedErasure> {
      const { job } = of();
      const { requestedAt } = await job.mark(id, Date.parse(asOf));
      return {
        requestedAt: new Date(requestedAt).toISOString(),
        tables: job.tables,
        drain: await job.drainOf(id),
      };
    },
    logEnds: ({ topics }: { topics: 'clean' | 'derived' }): Promise<LogEnds> => of().job.ends(topics),
    /** Who has not come far enough, in words. */
    behindErasure: (step: DrainStep): Promise<readonly string[]> => of().job.behind(step),

    /** Lists the blocks that hold events of the profile: they are not compared from now on. Says how many ranges. */
    async excludeErased(at: ErasureAt): Promise<number> {
      if (parity === undefined) return 0;
      const touched = await of().job.touched(at);
      if (touched.length > 0)
        await parity.store.update((state) => touched.reduce(excluding, parityOver(state, parity.log)));
      return touched.length;
    },

    rewriteErased: ({ table, ...at }: ErasureAt & { table: LakeTable }): Promise<TableErasure> =>
      of().job.rewrite(at, table, reportStep),
    expireErased: ({ table, ...at }: ErasureAt & { table: LakeTable }) =>
      of().job.expire(at, table, reportStep),

    /** Versions that hold the profile, by view. */
    async versionsWithErased({
      id,
    }: {
      id: string;
    }): Promise<readonly ({ readonly view: ViewName } & HoldingVersions)[]> {
      const { job, views: erasing } = of();
      const profileId = await job.profileOf(id);
      const found = [];
      for (const view of VIEWS_BY_PROFILE) found.push({ view, ...(await erasing.holding(view, profileId)) });
      return found;
    },
    /** The parent's parts without the profile. */
    stageErased: ({ erasure, ...at }: VersionAt & { erasure: string }): Promise<Staged> =>
      stage(at, async (dir) => {
        const profileId = await of().job.profileOf(erasure);
        const parent = await fetchVersion(deps, at.view, at.parent!, join(dir, 'parent'));
        const parts = await withoutProfile(duckdb, parent.partPaths, profileId, join(dir, 'parts'));
        const { metrics, inputs, cut, blockSize, generation, foldVersion, rowCounts } = parent.manifest;
        const rows = parts.reduce((sum, part) => sum + part.rows, 0);
        return {
          parts,
          schema: schemaOf(parts),
          rowCounts: 'rows' in rowCounts ? { ...rowCounts, rows } : rowCounts,
          metrics: 'rows' in metrics ? { ...metrics, rows } : metrics,
          ...{ inputs, cut, blockSize, generation, foldVersion },
        };
      }),
    removeVersions: ({
      view,
      versions,
    }: {
      view: ViewName;
      versions: readonly ViewVersion[];
    }): Promise<void> => of().views.remove(view, versions),

    trimLogs: ({ cleanEnds, ...at }: ErasureAt & { cleanEnds: LogEnds }): Promise<Trimmed> =>
      of().job.trim(at, cleanEnds),
    eraseLetters: ({ id }: { id: string }): Promise<number> => of().job.letters(id),
    surveyErasure: ({ id, asOf }: { id: string; asOf: string }): Promise<ErasureAudit> =>
      of().job.survey(id, Date.parse(asOf), reportStep),
    auditErasure: (at: ErasureAt): Promise<ErasureAudit> => of().job.audit(at, reportStep),
    /** Keeps the report; and forgets who it was, unless there is something left to do. */
    async endErasure(told: Omit<ErasureReport, 'endedAt'>): Promise<ErasureReport> {
      const report = { ...told, endedAt: new Date().toISOString() };
      await of().job.end(report);
      return report;
    },
  };
}
