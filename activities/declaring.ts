import { isDeepStrictEqual } from 'node:util';
import { declarationInput, type DeclaredJob } from '../batch/declared/job.ts';
import type { DeclaredFolder } from '../batch/declared/folder.ts';
import { schemaOf } from '../batch/parts.ts';
import type { DeclaredPlan, PlannedDeclared } from '../domain/declared-view.ts';
import type { ViewName } from '../domain/views.ts';
import type { ActivityDeps } from './deps.ts';
import type { VersionAt } from './publishing.ts';
import { createStage, type Staged } from './stage-version.ts';

export interface DeclaringDeps {
  readonly folder: DeclaredFolder;
  readonly job: DeclaredJob;
}

/** Raised when the same plan gives other parts, or another manifest. */
const LAYOUT = 2;

/** SQL says nothing of offsets: the view stands at none; one is the smallest block. */
const NO_CUT = { cut: {}, blockSize: 1 } as const;

/** Activities that make views that files declare. DECLARATION_NOT_FOUND, DECLARATION_INVALID. */
export function createDeclaring(deps: ActivityDeps) {
  const { views, declared, codeVersion, generation } = deps;
  const stage = createStage(deps);
  const inputsOf = (plan: DeclaredPlan) => [...plan.inputs, declarationInput(plan.declared)];

  return {
    /** Reads the declaration as it is now, and names the newest snapshots of what it reads. */
    async planDeclared({ view }: { view: ViewName }): Promise<PlannedDeclared> {
      const plan = await declared.job.plan(await declared.folder.find(view));
      const parent = (await views.readPointer(view))?.version ?? null;
      if (plan === undefined) return { parent, unchanged: true };
      const current = parent === null ? undefined : await views.readManifest(view, parent);
      const unchanged =
        current?.codeVersion === codeVersion &&
        current.foldVersion === LAYOUT &&
        isDeepStrictEqual(current.inputs, inputsOf(plan));
      return { parent, unchanged, plan };
    },

    stageDeclared: ({ plan, ...at }: VersionAt & { plan: DeclaredPlan }): Promise<Staged> =>
      stage({ ...at, asOf: plan.asOf }, async (dir) => {
        const part = await declared.job.compute(plan, `${dir}/parts`);
        const lineage = { inputs: inputsOf(plan), generation, foldVersion: LAYOUT, ...NO_CUT };
        return {
          ...{ parts: [part], schema: schemaOf([part]), rowCounts: { [part.name]: part.rows } },
          ...{ metrics: {}, key: plan.declared.key, ...lineage },
        };
      }),
  };
}
