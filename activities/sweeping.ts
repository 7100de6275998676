import type { ActivityDeps } from './deps.ts';
import { reportStep } from './guard.ts';

/** Activities that tidy up after runs that could not do so themselves. */
export function createSweeping({ places, sweep }: ActivityDeps) {
  return {
    /** Removes working files of runs that ended long ago without it; says of which. */
    async sweepWork({ asOf }: { asOf: string }): Promise<{ swept: readonly string[] }> {
      const options = { nowMs: Date.parse(asOf), keepMs: sweep.keepMs, onWork: reportStep };
      return { swept: await places.sweep(options) };
    },
  };
}
