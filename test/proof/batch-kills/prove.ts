/** Kills workers in every activity and holds what is to be seen afterwards against what it should be. */
import { openPlace, type Place } from './place.ts';
import { MOMENTS, type Moment, type Scenario } from './scenarios.ts';

export interface ProofSettings {
  readonly environment: Readonly<Record<string, string>>;
  /** Scenarios play in regions whose names begin with it. */
  readonly region: string;
  readonly folder: string;
  readonly say: (line: string) => void;
}

export interface KillResult {
  readonly scenario: string;
  readonly activity: string;
  readonly moment: Moment;
  readonly wasKilled: boolean;
  /** Sentences; none where all is as it should be. */
  readonly differences: readonly string[];
}

/** Scenarios go side by side, the rounds of one after each other. */
export async function proveKills(
  scenarios: readonly Scenario[],
  settings: ProofSettings,
  moments: readonly Moment[] = MOMENTS,
): Promise<KillResult[]> {
  const played = await Promise.allSettled(scenarios.map((scenario) => play(scenario, settings, moments)));
  for (const outcome of played) if (outcome.status === 'rejected') throw outcome.reason;
  return played.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
}

async function play(
  scenario: Scenario,
  settings: ProofSettings,
  moments: readonly Moment[],
): Promise<KillResult[]> {
  const { name, activities } = scenario;
  const place = await openPlace(scenario, { ...settings, region: `${settings.region}-${name}` });
  const results: KillResult[] = [];
  try {
    await place.begin();
    for (const activity of activities)
      for (const moment of moments) {
        const result = await playRound(scenario, place, activity, moment);
        settings.say(
          `${name}: killed ${moment} ${activity}: ${result.differences.join('; ') || 'as it should be'}`,
        );
        results.push(result);
      }
  } finally {
    await place.close();
  }
  return results;
}

async function playRound(
  { name: scenario, outcome }: Scenario,
  place: Place,
  activity: string,
  moment: Moment,
): Promise<KillResult> {
  const before = await place.versions();
  const currentBefore = await place.current();
  const { wasKilled } = await place.round(activity, moment);
  const made = (await place.versions()).filter(({ version }) =>
    before.every((one) => one.version !== version),
  );
  const differences: string[] = [];
  if (!wasKilled) differences.push('no worker was killed');
  if (made.length !== 1 || made[0]?.state !== outcome)
    differences.push(
      `made ${made.map(({ version, state }) => `${version} ${state}`).join(', ') || 'nothing'}`,
    );
  const expected = outcome === 'announced' ? made[0]?.version : currentBefore;
  const current = await place.current();
  if (current !== expected) differences.push(`version ${current} is current, not ${expected}`);
  differences.push(...(await place.orphans()).map((orphan) => `left over: ${orphan}`));
  return { scenario, activity, moment, wasKilled, differences };
}
