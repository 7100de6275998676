/** Puts together what trying a version out takes. */
import type { ActivityDeps } from '../../activities/activities.ts';
import { createCanaryReader } from '../../batch/experiments/read-canary.ts';
import type { Config } from '../config.ts';
import { createCanaries } from '../hermes/canaries.ts';
import type { DuckDbLake } from '../lake/lake.ts';
import type { ObjectStore } from '../object-store/port.ts';

export interface CanaryParts {
  readonly config: Pick<Config, 'region' | 'canary'>;
  readonly lake: DuckDbLake;
  readonly store: ObjectStore;
}

export const openCanary = ({
  config: { region, canary: settings },
  lake,
  store,
}: CanaryParts): NonNullable<ActivityDeps['canary']> => ({
  canaries: createCanaries({ store, region }),
  settings,
  reader: createCanaryReader(lake),
  now: Date.now,
});
