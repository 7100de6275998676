import { MODELS } from '../batch/models/models.ts';
import { PROFILE_ROWS_VIEW } from '../batch/models/precompute.ts';
import type { ViewName, ViewVersion } from '../domain/views.ts';
import { REFRESHED_VIEWS } from '../domain/workflow-ids.ts';
import type { ActivityDeps } from './deps.ts';
import { reportStep } from './guard.ts';

export interface ExpiredVersions {
  readonly view: ViewName;
  readonly versions: readonly ViewVersion[];
}

/** Activities that tidy up after runs that could not do so themselves, and after versions that nobody needs any more. */
export function createSweeping({ places, sweep, retention, declared }: ActivityDeps) {
  return {
    /** Removes working files of runs that ended long ago without it; says of which. */
    async sweepWork({ asOf }: { asOf: string }): Promise<{ swept: readonly string[] }> {
      const options = { nowMs: Date.parse(asOf), keepMs: sweep.keepMs, onWork: reportStep };
      return { swept: await places.sweep(options) };
    },
    /** Removes the parts of versions that are no longer kept; says of which. */
    async expireVersions(): Promise<{ expired: readonly ExpiredVersions[] }> {
      const expired: ExpiredVersions[] = [];
      const { views } = await declared.folder.read();
      for (const view of [...publishedViews(), ...views.map((one) => one.view)]) {
        const { versions } = await retention.expire(view, (version) => reportStep(`${view}/${version}`));
        if (versions.length > 0) expired.push({ view, versions });
      }
      return { expired };
    },
  };
}

const publishedViews = (): readonly ViewName[] => [
  ...REFRESHED_VIEWS,
  ...new Set(Object.values(MODELS).map((create) => create().view)),
  PROFILE_ROWS_VIEW,
];
