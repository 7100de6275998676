/**
 * The canary on the seeded audience, in this process: viewers of both cohorts are shown pages by the same folds, lists and ranking as
 * behind the API, and the verdict is what the worker's would be. Time is simulated as `examples/audience/main.ts --speed` does.
 */
import { trainModels } from '../../../bench/lib/evaluate-home/models.ts';
import { createPageSource } from '../../../bench/lib/evaluate-home/page-source.ts';
import { titleTableOf } from '../../../bench/lib/evaluate-home/titles.ts';
import { drawCandidate } from '../../../domain/canary/arms.ts';
import type { Candidate } from '../../../domain/canary/candidate.ts';
import type { CanaryPlan } from '../../../domain/canary/settings.ts';
import { judgeCanary, type CanaryJudgement, type CanaryRules } from '../../../domain/canary/verdict.ts';
import { profileId, titleId } from '../../../domain/ids.ts';
import { readRankingPolicy } from '../../../domain/ranking/policy.ts';
import type { RankingModels } from '../../../domain/ranking/types.ts';
import { DAY_MS, HOUR_MS } from '../../../domain/time.ts';
import { viewName, viewVersion } from '../../../domain/views.ts';
import { SIMULATED_CLOCK, type AskPage, type TellEvents } from '../../../examples/audience/page.ts';
import { runAudience } from '../../../examples/audience/run.ts';
import { sessionsOf } from '../../../examples/audience/sessions.ts';
import { createAudience, type Viewer } from '../../../examples/audience/tastes.ts';
import type { DataSet } from '../../../infra/datasets/data-set.ts';
import { createTally } from './tally.ts';

/** A Monday. */
const FROM_MS = Date.UTC(2026, 9, 5);
const PAGE = { rows: 8, limit: 20 };

export interface CanaryStage {
  readonly data: DataSet;
  readonly viewers: readonly Viewer[];
  readonly table: ReturnType<typeof titleTableOf>;
  readonly models: RankingModels;
  /** How often each title was watched before the audience comes. */
  readonly watched: readonly number[];
}

/** The audience, and models trained on what it watched before. */
export async function stageCanary(
  data: DataSet,
  options: { readonly viewers?: number; readonly factors: number },
): Promise<CanaryStage> {
  const table = titleTableOf(data);
  const viewers = createAudience(data, { seed: 1, viewers: options.viewers });
  const history = viewers.flatMap(({ profileId: profile, history: of }) =>
    of.map(({ titleId: id }, index) => ({
      ...{ profile, title: table.numberOf(titleId(id)) },
      at: FROM_MS - (of.length - index) * HOUR_MS,
    })),
  );
  const watched = new Array<number>(table.count).fill(0);
  for (const { title } of history) watched[title]! += 1;
  return {
    data,
    viewers,
    table,
    watched,
    models: await trainModels(history, table, { seed: 1, factors: options.factors }),
  };
}

/** Factors in which the titles that are watched most have lost theirs: every row is there, and says nothing. */
export function emptied({ models, table, watched }: CanaryStage, share: number): RankingModels {
  const factors = models.factors!;
  const values = factors.values.slice();
  const most = Array.from({ length: table.count }, (_, title) => title)
    .sort((a, b) => watched[b]! - watched[a]!)
    .slice(0, Math.floor(table.count * share));
  for (const title of most) values.fill(0, title * factors.width, (title + 1) * factors.width);
  const { gram: _, ...rest } = factors;
  return { ...models, factors: { ...rest, values } };
}

export interface CanaryRun {
  /** Draws sessions and cohorts. */
  readonly seed: number;
  readonly candidate: RankingModels;
  readonly plan: CanaryPlan;
  readonly rules: CanaryRules;
  /** Simulated milliseconds in a real one. */
  readonly speed: number;
}

export interface CanaryEnd extends CanaryJudgement {
  /** Real time from the start on at that speed, milliseconds. */
  readonly tookMs: number;
}

class Decided extends Error {}

export async function runCanary(stage: CanaryStage, run: CanaryRun): Promise<CanaryEnd> {
  const { seed, plan, rules, speed } = run;
  const { budgetMs, longerMs = 0, lookMs } = plan;
  const totalMs = budgetMs + longerMs;
  const candidate: Candidate = {
    ...{ view: viewName('item-factors'), version: viewVersion(1 + seed), share: plan.share },
    ...{ runId: 'simulated', manifestSha256: '0'.repeat(64) },
    openedAt: new Date(FROM_MS).toISOString(),
    endsAt: new Date(FROM_MS + totalMs).toISOString(),
  };
  const armOf = (profile: string) => drawCandidate([candidate], profileId(profile))?.cohort;
  const viewers = stage.viewers.filter((viewer) => armOf(viewer.profileId) !== undefined);
  const days = Math.ceil((totalMs * speed) / DAY_MS);
  const sessions = sessionsOf(viewers, { seed, fromMs: FROM_MS, days });
  const tally = createTally(armOf);
  const source = createPageSource({
    ...{ table: stage.table, models: stage.models, viewers: stage.viewers, fromMs: FROM_MS, ...PAGE },
    modelsOf: (profile) => (armOf(profile) === 'candidate' ? run.candidate : undefined),
    ...{ policy: readRankingPolicy([]).policy, pages: 'ranked', knows: 'impressions' },
  });
  let end: CanaryEnd | undefined;
  let looked = 0;
  let isDue = longerMs > 0;
  const look = (tookMs: number): void => {
    const moment = tookMs >= totalMs ? 'last' : isDue && tookMs >= budgetMs ? 'due' : 'within';
    if (moment === 'due') isDue = false;
    const judged = judgeCanary(tally.reading(), rules, moment);
    if (judged.outcome !== null) end = { ...judged, tookMs };
  };
  const ask: AskPage = async (profile, context) => {
    for (; (looked + 1) * lookMs * speed <= context.now - FROM_MS && end === undefined; looked += 1)
      look((looked + 1) * lookMs);
    if (end !== undefined) throw new Decided();
    const page = await source.ask(profile, context);
    tally.answered(profile);
    return page;
  };
  const tell: TellEvents = (events) => {
    for (const event of events) tally.told(event);
    return source.tell(events);
  };
  try {
    await runAudience(sessions, {
      ask,
      tell,
      clock: SIMULATED_CLOCK,
      seed,
      region: 'local',
      runId: 'canary',
    });
  } catch (error) {
    if (!(error instanceof Decided)) throw error;
  }
  if (end === undefined) look(totalMs);
  return end!;
}
