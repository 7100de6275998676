/** The models that rows are ranked with, as last published; put together anew when one of their views has a version. */
import { createNearlineModels, type NearlineModels } from '../../domain/nearline/models.ts';
import type { NeighbourPairs, TrainedFactors } from '../../domain/ranking/model-columns.ts';
import type { PolicySetting } from '../../domain/ranking-policy.ts';
import { RANKING_POLICY_VIEW } from '../../domain/ranking-policy.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { followView, type FollowDeps, type FollowedView } from '../../infra/hermes/followed-view.ts';
import { createFactorsLoader, ITEM_FACTORS_VIEW } from '../../infra/views/factors.ts';
import { createNeighboursLoader, NEIGHBOURS_VIEW } from '../../infra/views/neighbours.ts';
import { createPolicyLoader } from '../../infra/views/ranking-policy.ts';

export interface FollowedModels {
  /** Undefined while nothing was published. */
  current(): NearlineModels | undefined;
  /** Resolves when the store was asked once for each view, whatever it said. */
  readonly asked: Promise<void>;
  close(): Promise<void>;
}

const without = 'rows are ranked without it';

export interface ModelsDeps extends FollowDeps {
  readonly duckdb: Pick<DuckDb, 'use'>;
}

export function followModels(deps: ModelsDeps): FollowedModels {
  const { duckdb, log } = deps;
  let models: NearlineModels | undefined;
  let isStale = false;

  const onVersion = (): void => {
    isStale = true;
  };
  const factors: FollowedView<TrainedFactors> = followView(deps, ITEM_FACTORS_VIEW, {
    ...{ load: createFactorsLoader(duckdb), without, onVersion },
  });
  const neighbours: FollowedView<NeighbourPairs> = followView(deps, NEIGHBOURS_VIEW, {
    ...{ load: createNeighboursLoader(duckdb), without, onVersion },
  });
  const policy: FollowedView<readonly PolicySetting[]> = followView(deps, RANKING_POLICY_VIEW, {
    ...{ load: createPolicyLoader(duckdb), without, onVersion },
  });
  const all = [factors, neighbours, policy];

  /** Views that come together are put together once, by whoever ranks next. */
  function refresh(): void {
    isStale = false;
    try {
      models = createNearlineModels({
        factors: factors.current(),
        neighbours: neighbours.current(),
        policy: policy.current(),
      });
    } catch (error) {
      log.error({ err: error }, 'rows go on being ranked with the models before');
    }
  }

  return {
    current() {
      if (isStale) refresh();
      return models;
    },
    asked: Promise.all(all.map((one) => one.asked)).then(() => undefined),
    async close() {
      await Promise.all(all.map((one) => one.close()));
    },
  };
}
