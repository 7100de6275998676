import { isDeepStrictEqual } from 'node:util';
import { MarqueeError } from '../domain/errors.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { ComputePlan } from '../domain/publishing.ts';
import { FOLD_VERSION } from '../domain/speed-view.ts';
import type { ViewName, ViewVersion } from '../domain/views.ts';
import type { ActivityDeps } from './deps.ts';

export interface RefreshPlan {
  readonly plan: ComputePlan;
  /** The current version, or null before the first. */
  readonly parent: ViewVersion | null;
  /** The current version was computed from the same by the same code, or there is nothing to count yet. */
  readonly unchanged: boolean;
}

/** What a range is recomputed from, and the version it is laid over. */
export interface BasePlan {
  readonly version: ViewVersion;
  readonly plan: ComputePlan;
}

/** Activities that name Iceberg snapshots and take the cut. */
export function createPlanning({ views, popularity, codeVersion }: ActivityDeps) {
  async function planRefresh({ view }: { view: ViewName }): Promise<RefreshPlan> {
    const pointer = await views.readPointer(view);
    const plan = await popularity.plan();
    if (!pointer)
      return {
        plan,
        parent: null,
        unchanged: Object.values(plan.cut)
          .flat()
          .every((cut) => cut === 0),
      };
    const current = await views.readManifest(view, pointer.version);
    const unchanged =
      current.codeVersion === codeVersion &&
      current.foldVersion === FOLD_VERSION &&
      isDeepStrictEqual(planOf(current), plan);
    return { plan, parent: pointer.version, unchanged };
  }

  /** The newest snapshots, read up to the current version's cut. VIEW_NOT_FOUND before the first version. */
  async function planBackfill({ view }: { view: ViewName }): Promise<BasePlan> {
    const pointer = await views.readPointer(view);
    if (!pointer) throw new MarqueeError('VIEW_NOT_FOUND', { view, version: 'announced' });
    const { cut, blockSize, generation } = await views.readManifest(view, pointer.version);
    const { inputs } = await popularity.plan();
    return { version: pointer.version, plan: { inputs, cut, blockSize, generation } };
  }

  return { planRefresh, planBackfill };
}

const planOf = ({ inputs, cut, blockSize, generation }: Manifest): ComputePlan => ({
  inputs,
  cut,
  blockSize,
  generation,
});
