/** The proof of serving: the matrix of failures, a start with everything gone, and too many requests. */
import { setTimeout as sleep } from 'node:timers/promises';
import { runLoad } from './load.ts';
import { loadWithCpu, PATIENT, runMatrix, type Phase, type PhaseResult } from './matrix.ts';
import { FLOOD, runOverload, type OverloadResult } from './overload.ts';
import { DEPENDENCIES, openPlace, untilWhole } from './place.ts';
import { mixedRequests } from './requests.ts';
import { verdictOf, type Verdict } from './verdict.ts';

export interface ProveServingOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly region: string;
  readonly folder: string;
  readonly phases: readonly Phase[];
  readonly perSecond: number;
  readonly forMs: number;
  readonly say: (line: string) => void;
  readonly onPhase?: (result: PhaseResult) => void;
}

export interface ServingProof {
  readonly phases: readonly PhaseResult[];
  readonly overload: OverloadResult;
  readonly verdict: Verdict;
}

const TITLES = 1000;
const SLOW_BY_MS = 5000;
const REST_MS = 1500;
const PATIENCE_MS = 60_000;

export async function proveServing(options: ProveServingOptions): Promise<ServingProof> {
  const { environment, region, folder, perSecond, forMs, say, onPhase } = options;
  const place = await openPlace({
    environment,
    region,
    folder,
    titles: TITLES,
    slowByMs: SLOW_BY_MS,
    settings: PATIENT,
  });
  try {
    await untilWhole(place, PATIENCE_MS);
    await runLoad({ url: place.url(), perSecond, forMs: REST_MS, next: mixedRequests(0) });
    const phases = [
      ...(await runMatrix(place, options.phases, {
        ...{ perSecond, forMs, restMs: REST_MS },
        ...(onPhase && { onPhase }),
      })),
    ];
    await untilWhole(place, PATIENCE_MS);
    say('everything is merged again');
    for (const one of DEPENDENCIES) place.harm(one, 'dead');
    await place.restart();
    const cold = {
      name: 'start, all dead',
      harmed: DEPENDENCIES,
      ...(await loadWithCpu(place, { perSecond, forMs, seed: 99 })),
    };
    phases.push(cold);
    onPhase?.(cold);
    for (const one of DEPENDENCIES) place.harm(one, undefined);
    await place.restart({});
    await untilWhole(place, PATIENCE_MS);
    await sleep(REST_MS);
    const overload = await runOverload({ url: place.url(), forMs: Math.max(forMs, 5000), ...FLOOD });
    return { phases, overload, verdict: verdictOf({ phases, overload, deadlines: place.deadlines }) };
  } finally {
    await place.close();
  }
}
