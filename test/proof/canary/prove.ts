/** What is proven of the canary: a candidate with emptied titles is stopped in its time, an equal one passes, run after run. */
import { seededDataSet } from '../../../infra/datasets/seeded.ts';
import type { CanaryPlan } from '../../../domain/canary/settings.ts';
import type { CanaryRules } from '../../../domain/canary/verdict.ts';
import type { DataSet } from '../../../infra/datasets/data-set.ts';
import { emptied, runCanary, stageCanary, type CanaryEnd } from './in-process.ts';

/** As configured by default, with as large cohorts as there may be: the audience is small. */
export const PLAN: CanaryPlan = { share: 0.5, budgetMs: 1_800_000, longerMs: 1_800_000, lookMs: 30_000 };
/** An equal candidate stays to an end: so long is enough for twenty looks each. */
export const EQUAL_BUDGET_MS = 600_000;
export const RULES: CanaryRules = {
  ...{ alpha: 0.01, effect: 0.3, beta: 0.05, tolerance: 0.05, minProfiles: 50 },
  tooLittle: 'reject',
};
/** A simulated day in 144 seconds. */
export const SPEED = 600;
/** So large a share of titles may be missing, or say nothing, before validators refuse. */
const EMPTIED = 0.33;

export interface CanaryProof {
  readonly runs: number;
  readonly equal_passed: number;
  readonly emptied_stopped: number;
  /** Minutes from the start to the verdict on the emptied candidate. */
  readonly minutes_to_stop_median: number;
  readonly minutes_to_stop_longest: number;
  readonly minutes_to_pass_longest: number;
  readonly budget_minutes: number;
  readonly viewers: number;
  readonly data: string;
}

const MINUTE_MS = 60_000;

export async function proveCanary(
  runs: number,
  say: (line: string) => void,
  data: DataSet = seededDataSet('asked for'),
): Promise<CanaryProof> {
  const stage = await stageCanary(data, { factors: 32 });
  const ends: { readonly equal: CanaryEnd[]; readonly emptied: CanaryEnd[] } = { equal: [], emptied: [] };
  const candidates = { equal: stage.models, emptied: emptied(stage, EMPTIED) };
  for (let seed = 1; seed <= runs; seed += 1)
    for (const kind of ['emptied', 'equal'] as const) {
      const plan = kind === 'equal' ? { ...PLAN, budgetMs: EQUAL_BUDGET_MS } : PLAN;
      const run = { seed, candidate: candidates[kind], plan, rules: RULES, speed: SPEED };
      const end = await runCanary(stage, run);
      ends[kind].push(end);
      say(`run ${seed}, ${kind}: ${end.outcome} after ${end.tookMs / MINUTE_MS} minutes: ${end.reason}`);
    }
  const stopped = ends.emptied.filter(({ outcome }) => outcome === 'stopped');
  const passed = ends.equal.filter(({ outcome }) => outcome === 'passed');
  const minutesOf = (of: readonly CanaryEnd[]): number[] =>
    of.map(({ tookMs }) => tookMs / MINUTE_MS).sort((a, b) => a - b);
  const minutes = minutesOf(stopped);
  return {
    runs,
    equal_passed: passed.length,
    emptied_stopped: stopped.length,
    minutes_to_stop_median: minutes[minutes.length >> 1] ?? 0,
    minutes_to_stop_longest: minutes.at(-1) ?? 0,
    minutes_to_pass_longest: minutesOf(passed).at(-1) ?? 0,
    budget_minutes: PLAN.budgetMs / MINUTE_MS,
    viewers: stage.viewers.length,
    data: data.source,
  };
}
