import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readExperiments, type Experiment } from '../../domain/experiments/experiment.ts';
import {
  interleavedReportOf,
  reportOf,
  type ExperimentReport,
  type InterleavedReport,
} from '../../domain/experiments/report.ts';
import { RANKING_POLICY_VIEW, type PolicySetting } from '../../domain/ranking-policy.ts';
import { DAY_MS } from '../../domain/time.ts';
import type { Config } from '../config.ts';
import type { OpenLake } from '../lake/open.ts';
import { countArgument } from './arguments.ts';
import { EXIT, examples, type CliDeps, type Register } from './deps.ts';
import { experimentLines } from './experiment-text.ts';

interface Flags {
  readonly days: number;
  readonly json?: true;
}

/** What `--json` prints. */
export interface ExperimentAnswer {
  readonly experiment: string;
  /** ISO instant; answers given since then. */
  readonly since: string;
  /** Whether the published policy declares it without a fault. */
  readonly running: boolean;
  /** What is wrong with experiments of the published policy. */
  readonly faults: readonly string[];
  /** Null for an interleaved experiment. */
  readonly shared: (ExperimentReport & { readonly moved: number }) | null;
  readonly interleaved: (InterleavedReport & { readonly row: string; readonly arms: Teams }) | null;
}

/** The arms that `a` and `b` stand for. */
type Teams = Readonly<Record<'a' | 'b', string>>;

/** `marquee experiment report`: exits 1 where shares are not as declared, 4 where nothing of it was served. */
export const register: Register = (program, deps) => {
  program
    .command('experiment')
    .description('experiments of the published ranking policy')
    .addHelpText('before', examples(['marquee experiment report taste']))
    .command('report')
    .description('plays per impression of each arm with intervals, and how far arms are apart')
    .argument('<name>', 'which experiment')
    .option('--days <count>', 'answers of so many days', countArgument(1, 3650), 28)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'before',
      examples(['marquee experiment report taste', 'marquee experiment report taste --days 7 --json']),
    )
    .action(async (name: string, { days, json }: Flags) => {
      const answer = await readAnswer(deps, name, Date.now() - days * DAY_MS);
      if (json === true) deps.output.json(answer);
      else for (const line of experimentLines(answer, deps.output.style)) deps.output.data(line);
      for (const fault of answer.faults) deps.output.say(fault);
      const { shared, interleaved } = answer;
      const profiles = shared?.arms.reduce((sum, arm) => sum + arm.profiles, 0) ?? interleaved?.profiles ?? 0;
      if (profiles === 0) {
        deps.output.say(`Nothing was served of experiment ${name} in ${days} days.`);
        return deps.exitWith(EXIT.notRunning);
      }
      if (shared?.isBalanced === false) deps.exitWith(EXIT.failed);
    });
};

async function readAnswer(deps: CliDeps, name: string, since: number): Promise<ExperimentAnswer> {
  const { openLake } = await import('../lake/open.ts');
  const { silentLog } = await import('../log.ts');
  const config = deps.loadConfig();
  const open = await openLake(config, silentLog());
  try {
    const { running, faults } = readExperiments(await publishedSettings(config, open));
    const declared = running.find((one) => one.name === name);
    return {
      experiment: name,
      since: new Date(since).toISOString(),
      running: declared !== undefined,
      faults,
      ...(await reportsOf(open, name, declared, since)),
    };
  } finally {
    await open.close();
  }
}

async function reportsOf(
  { lake }: OpenLake,
  name: string,
  declared: Experiment | undefined,
  since: number,
): Promise<Pick<ExperimentAnswer, 'shared' | 'interleaved'>> {
  const { readArms, readTeams } = await import('../../batch/experiments/read.ts');
  const row = declared?.interleavedRow;
  if (declared !== undefined && typeof row === 'string') {
    const [a, b] = declared.arms.map((arm) => arm.name);
    const report = interleavedReportOf(await readTeams(lake, row, since));
    return { shared: null, interleaved: { row, arms: { a: a!, b: b! }, ...report } };
  }
  const { sums, moved } = await readArms(lake, name, since);
  const weights = new Map((declared?.arms ?? []).map((arm) => [arm.name, arm.weight]));
  return { shared: { ...reportOf(sums, weights), moved }, interleaved: null };
}

/** Settings of the current version of `ranking-policy`; none before the first. */
async function publishedSettings(config: Config, open: OpenLake): Promise<readonly PolicySetting[]> {
  const { openObjectStore } = await import('../connections.ts');
  const { createViewRepository } = await import('../hermes/repository.ts');
  const { createSubscriber } = await import('../hermes/subscriber.ts');
  const { createPolicyLoader } = await import('../views/ranking-policy.ts');
  const { silentLog } = await import('../log.ts');
  const dir = await mkdtemp(join(tmpdir(), 'marquee-experiment-'));
  const store = openObjectStore(config);
  try {
    const repository = createViewRepository({ store, region: config.region });
    const { subscribe } = createSubscriber({ repository, dir, log: silentLog(), pollIntervalMs: 60_000 });
    const subscription = await subscribe(RANKING_POLICY_VIEW, { load: createPolicyLoader(open.duckdb) });
    await subscription.close();
    return subscription.current()?.value ?? [];
  } finally {
    store.close();
    await rm(dir, { recursive: true });
  }
}
