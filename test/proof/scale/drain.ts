/** How long a step of load took to be absorbed, by what the controller said from moment to moment. */
import { hasNoBacklog, type LoadStep, type ScaleSample } from '../../support/scale-run.ts';

export interface Drain {
  /** From the decision that was enough until as many processes were members. */
  readonly startMs: number;
  /** From that decision until nothing waited beyond the allowance; undefined where that never came. */
  readonly drainMs: number | undefined;
  /** Most records that waited. */
  readonly mostLag: number;
  /** What the controller took one process for at the end of the step, records a second. */
  readonly capacity: number;
}

/** Undefined where no more processes were asked for during the step, or they never came. */
export function drainOf(
  samples: readonly ScaleSample[],
  { from, to }: LoadStep,
  lagAllowanceMs: number,
): Drain | undefined {
  const during = samples.filter(({ at }) => at >= from && at <= to);
  const decided = during.findLastIndex(({ desired }, i) => i > 0 && desired > during[i - 1]!.desired);
  const after = during.slice(Math.max(0, decided));
  const full = after.findIndex(({ running, desired }) => running === desired);
  if (decided < 0 || full < 0) return undefined;
  const decidedAt = after[0]!.at;
  const drained = after.slice(full).find((sample) => hasNoBacklog(sample, lagAllowanceMs));
  return {
    startMs: after[full]!.at - decidedAt,
    drainMs: drained && drained.at - decidedAt,
    mostLag: Math.max(...during.map(({ lag_records: lag }) => lag)),
    capacity: during.at(-1)!.capacity_per_second,
  };
}
