/**
 * Every dependency dead, slow and talking nonsense, alone and all together, while requests come. Nobody is turned away
 * meanwhile: shedding is off (`PATIENT`), so that an answer that is missing is missing for a failure's sake. What shedding does is
 * shown by the flood afterwards.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { FAULTS, type Fault } from '../../support/faulty-proxy.ts';
import { runLoad, type LoadResult } from './load.ts';
import { DEPENDENCIES, type Dependency, type Place } from './place.ts';
import { mixedRequests } from './requests.ts';

/** What a busy machine makes of requests is not what failures make of them: nobody is turned away in the matrix. */
export const PATIENT = { SERVING_SHED_LAG_MS: '60000', SERVING_SHED_IN_FLIGHT: '1000000' };

export interface Phase {
  readonly name: string;
  readonly fault: Fault | undefined;
  readonly harmed: readonly Dependency[];
}

export interface PhaseResult extends LoadResult, Pick<Phase, 'name' | 'harmed'> {
  /** What the process took, threads and background among it, per request. */
  readonly cpuMs: number;
}

/** Nothing harmed, each alone, all together; `alone: false` leaves out those in the middle. */
export function phasesOf({ alone }: { alone: boolean }): readonly Phase[] {
  const single = DEPENDENCIES.flatMap((dependency) =>
    FAULTS.map((fault) => ({ name: `${dependency} ${fault}`, fault, harmed: [dependency] })),
  );
  const together = FAULTS.map((fault) => ({ name: `all ${fault}`, fault, harmed: DEPENDENCIES }));
  return [{ name: 'nothing harmed', fault: undefined, harmed: [] }, ...(alone ? single : []), ...together];
}

export interface MatrixOptions {
  readonly perSecond: number;
  readonly forMs: number;
  /** Between phases, in which connections are made anew. */
  readonly restMs: number;
  readonly onPhase?: (result: PhaseResult) => void;
}

export async function runMatrix(
  place: Place,
  phases: readonly Phase[],
  { perSecond, forMs, restMs, onPhase }: MatrixOptions,
): Promise<readonly PhaseResult[]> {
  const results: PhaseResult[] = [];
  for (const [seed, { name, fault, harmed }] of phases.entries()) {
    for (const dependency of harmed) place.harm(dependency, fault);
    const load = await loadWithCpu(place, { perSecond, forMs, seed });
    for (const dependency of harmed) place.harm(dependency, undefined);
    results.push({ name, harmed, ...load });
    onPhase?.(results.at(-1)!);
    if (place.process().hasEnded()) throw new Error(`serving has ended in “${name}”: ${place.process().log}`);
    await sleep(restMs);
  }
  return results;
}

/** Load on a place, with the time its process took by the processor's clock. */
export async function loadWithCpu(
  place: Place,
  { perSecond, forMs, seed }: { perSecond: number; forMs: number; seed: number },
): Promise<LoadResult & Pick<PhaseResult, 'cpuMs'>> {
  const before = await cpuSecondsOf(place);
  const load = await runLoad({
    ...{ url: place.url(), perSecond, forMs, next: mixedRequests(seed) },
    lateAfterMs: place.deadlines.answer,
  });
  const cpuMs = (1000 * ((await cpuSecondsOf(place)) - before)) / Math.max(1, load.requests);
  return { ...load, cpuMs };
}

const CPU_SECONDS = /^process_cpu_seconds_total\S* (\S+)/m;

async function cpuSecondsOf(place: Place): Promise<number> {
  const metrics = await (await fetch(`${place.url()}/metrics`)).text();
  return Number(CPU_SECONDS.exec(metrics)?.[1] ?? Number.NaN);
}
