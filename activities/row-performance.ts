import { isDeepStrictEqual } from 'node:util';
import { schemaOf } from '../batch/parts.ts';
import { ROW_PERFORMANCE_VIEW, type PerformancePlan } from '../domain/row-performance.ts';
import type { ViewVersion } from '../domain/views.ts';
import type { ActivityDeps } from './deps.ts';
import type { VersionAt } from './publishing.ts';
import { createStage, type Staged } from './stage-version.ts';

export interface PlannedPerformance {
  /** The current version, or null before the first. */
  readonly parent: ViewVersion | null;
  /** Undefined while nothing was shown or attributed, or where the current version was worked out from the same. */
  readonly plan?: PerformancePlan;
}

/** Raised when the same plan gives other parts. */
const LAYOUT = 1;

/** Impressions and attributed plays share no cut: the view stands at no offset; one is the smallest block. */
const NO_CUT = { cut: {}, blockSize: 1 } as const;

/** Activities that work out how rows and places in them do. */
export function createRowPerformance(deps: ActivityDeps) {
  const { views, performance, codeVersion, generation } = deps;
  const stage = createStage(deps);

  return {
    async planPerformance(): Promise<PlannedPerformance> {
      const parent = (await views.readPointer(ROW_PERFORMANCE_VIEW))?.version ?? null;
      const current = parent === null ? undefined : await views.readManifest(ROW_PERFORMANCE_VIEW, parent);
      const plan = await performance.plan();
      const isSame =
        current?.codeVersion === codeVersion &&
        current.foldVersion === LAYOUT &&
        isDeepStrictEqual(current.inputs, plan?.inputs);
      return plan === undefined || isSame ? { parent } : { parent, plan };
    },

    stagePerformance: ({ plan, ...at }: VersionAt & { plan: PerformancePlan }): Promise<Staged> =>
      stage({ ...at, asOf: plan.asOf }, async (dir) => {
        const parts = await performance.compute(plan, `${dir}/parts`);
        const rowCounts = Object.fromEntries(parts.map(({ name, rows }) => [name, rows]));
        const lineage = { inputs: plan.inputs, generation, foldVersion: LAYOUT, ...NO_CUT };
        return { parts, schema: schemaOf(parts), rowCounts, metrics: {}, ...lineage };
      }),
  };
}
