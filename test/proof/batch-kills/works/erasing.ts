/** Profiles are erased under a live lane: nothing of them is found, and nothing that was counted has moved. */
import { erasureWorld, type ErasureWorld } from '../../erasure/world.ts';
import type { KillRegion } from '../region.ts';
import type { Work } from '../scenario.ts';
import { ERASURE_SETTINGS } from '../../erasure/world.ts';

export const ERASING_SETTINGS = {
  ...ERASURE_SETTINGS,
  ...{ PROFILE_STORE: 'cassandra', PROFILE_ROWS_STORE: 'cassandra' },
};

export async function erasing(region: KillRegion): Promise<Work> {
  const world: ErasureWorld = await erasureWorld(region.config, { withWorker: region.withWorker });
  let erased = 0;
  let found: string[] = [];
  return {
    prepare: () => world.live(),
    async begin() {
      const profile = `profile-${++erased}`;
      const before = await world.stood(profile);
      const { id } = await world.erasures.start({ profileId: profile, dryRun: false });
      return async () => {
        found = world.faultsOf(await world.erasures.result(id));
        // Counts what there is of another, and changes nothing.
        const survey = await world.erasures.start({ profileId: `profile-${erased + 1}`, dryRun: true });
        const { outcome, audit } = await world.erasures.result(survey.id);
        if (outcome !== 'dry-run' || audit.findings.length === 0) found.push('nothing is known of another');
        found.push(...(await world.movedSince(before, id)));
      };
    },
    differences: () => Promise.resolve(found),
    close: world.close,
  };
}
