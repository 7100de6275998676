/** Kills workers in every activity and holds what is to be seen afterwards against what it should be. */
import { throughKills } from './doomed.ts';
import { openRegion, type KillRegion } from './region.ts';
import { MOMENTS, type Moment, type Scenario, type Work } from './scenario.ts';

export interface ProofSettings {
  readonly environment: Readonly<Record<string, string>>;
  /** Scenarios play in regions whose names begin with it. */
  readonly region: string;
  readonly folder: string;
  /** Scenarios under way at a time. */
  readonly atATime: number;
  readonly say: (line: string) => void;
}

/** One run of the work, in which workers were killed at the same moment of each of its activities. */
export interface KillResult {
  readonly scenario: string;
  readonly moment: Moment;
  readonly kills: readonly string[];
  /** Sentences; none where all is as it should be. */
  readonly differences: readonly string[];
}

/** Scenarios go side by side, the runs of one after each other. */
export async function proveKills(
  scenarios: readonly Scenario[],
  settings: ProofSettings,
  moments: readonly Moment[] = MOMENTS,
): Promise<KillResult[]> {
  const left = [...scenarios];
  const lane = async (): Promise<KillResult[]> => {
    const results: KillResult[] = [];
    for (let next = left.shift(); next !== undefined; next = left.shift())
      results.push(...(await play(next, settings, moments)));
    return results;
  };
  const played = await Promise.allSettled(Array.from({ length: settings.atATime }, lane));
  for (const outcome of played) if (outcome.status === 'rejected') throw outcome.reason;
  return played.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
}

async function play(
  scenario: Scenario,
  settings: ProofSettings,
  moments: readonly Moment[],
): Promise<KillResult[]> {
  const place = { ...settings, region: `${settings.region}-${scenario.name}` };
  const region = await openRegion(scenario.name, scenario.settings ?? {}, place);
  const results: KillResult[] = [];
  let work: Work | undefined;
  try {
    work = await scenario.open(region);
    await work.prepare?.();
    for (const moment of moments)
      results.push(await run(scenario, { region, work, moment, say: settings.say }));
  } finally {
    await work?.close?.();
    await region.close();
  }
  return results;
}

async function run(
  { name: scenario, activities }: Scenario,
  {
    region,
    work,
    moment,
    say,
  }: { region: KillRegion; work: Work; moment: Moment; say: (line: string) => void },
): Promise<KillResult> {
  const startedMs = Date.now();
  const kills = activities.map((activity) => `${activity}:${moment}`);
  const missed = await throughKills({
    kills,
    spawn: region.spawn,
    begin: async () => {
      const ended = await work.begin();
      return async () => {
        await ended();
        await region.settled();
      };
    },
    onKill: (kill) => say(`${scenario}: killed ${kill.replace(/(.*):(.*)/, '$2 $1')}`),
  });
  const differences = [
    ...missed.map((kill) => `no worker was killed at ${kill}`),
    ...(await work.differences()),
    ...(await region.leftovers()),
  ];
  const took = Math.round((Date.now() - startedMs) / 1000);
  say(
    `${scenario}, ${kills.length} kills ${moment} in ${took} s: ${differences.join('; ') || 'as it should be'}`,
  );
  return { scenario, moment, kills: kills.filter((kill) => !missed.includes(kill)), differences };
}
