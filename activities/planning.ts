import { isDeepStrictEqual } from 'node:util';
import { MarqueeError } from '../domain/errors.ts';
import type { CutVector, Manifest } from '../domain/manifest.ts';
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
  async function planRefresh({
    view,
    full = false,
  }: {
    view: ViewName;
    full?: boolean;
  }): Promise<RefreshPlan> {
    const pointer = await views.readPointer(view);
    const found = await popularity.plan();
    if (!pointer) return { plan: found, parent: null, unchanged: isEmpty(found) };
    const current = await views.readManifest(view, pointer.version);
    const plan = neverBehind(found, current);
    const unchanged =
      !full &&
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
    if (Object.keys(cut).length === 0) throw new MarqueeError('REQUEST_INVALID', notCounted(view));
    const { inputs } = await popularity.plan();
    return { version: pointer.version, plan: { inputs, cut, blockSize, generation } };
  }

  return { planRefresh, planBackfill };
}

/** A view that reads no topic has no hours to count anew. */
const notCounted = (view: ViewName) => ({
  field: 'view',
  shape: view,
  expected: 'a view that counts events',
});

/** Not one block has been read. */
const isEmpty = ({ cut }: ComputePlan): boolean =>
  Object.values(cut).every((offsets) => offsets.every((at) => at === 0));

/**
 * A correction may have deleted the newest rows of a partition. The lake had been read past them, and the speed layer
 * may have let go of their blocks: the cut never goes back.
 */
function neverBehind(plan: ComputePlan, current: Manifest): ComputePlan {
  if (plan.generation !== current.generation) return plan;
  const ahead = Object.entries(plan.cut).map(([topic, offsets]) => [
    topic,
    offsets.map((offset, partition) => Math.max(offset, current.cut[topic]?.[partition] ?? 0)),
  ]);
  return { ...plan, cut: Object.fromEntries(ahead) as CutVector };
}

const planOf = ({ inputs, cut, blockSize, generation }: Manifest) => ({
  inputs,
  cut,
  blockSize,
  generation,
});
