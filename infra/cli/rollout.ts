import type { Build, RolloutClient } from '../temporal/rollouts.ts';
import { countArgument } from './arguments.ts';
import { examples, type CliDeps, type Register } from './deps.ts';
import { renderTable } from './output.ts';

interface Flags {
  readonly percent: number;
  readonly json?: true;
}

/** `marquee rollout list | ramp | promote`: which build of the workers gets new runs. */
export const register: Register = (program, deps) => {
  const rollout = program
    .command('rollout')
    .description('bring a new build of the workers in by shares; runs end on the build they began with')
    .addHelpText(
      'before',
      examples([
        'marquee rollout list',
        'marquee rollout ramp 1.4.0 --percent 10',
        'marquee rollout promote 1.4.0',
      ]),
    );
  rollout
    .command('list')
    .description('say which builds there are, and what share of new runs each gets')
    .option('--json', 'print one JSON object')
    .action((flags: Flags) => withRollouts(deps, flags, async () => undefined));
  rollout
    .command('ramp <build>')
    .description('give a build a share of new runs')
    .option('--percent <share>', 'from 0, which takes them back, to 100', countArgument(0, 100), 10)
    .option('--json', 'print one JSON object')
    .action((build: string, flags: Flags) =>
      withRollouts(deps, flags, (client) => client.ramp(build, flags.percent)),
    );
  rollout
    .command('promote <build>')
    .description('give a build all new runs; the same brings an older one back')
    .option('--json', 'print one JSON object')
    .action((build: string, flags: Flags) => withRollouts(deps, flags, (client) => client.promote(build)));
};

async function withRollouts(
  deps: CliDeps,
  { json }: Flags,
  work: (client: RolloutClient) => Promise<void>,
): Promise<void> {
  const { createRollouts } = await import('../temporal/rollouts.ts');
  const { withTemporal } = await import('./temporal.ts');
  const builds = await withTemporal(deps, async ({ temporal }) => {
    const client = createRollouts(temporal);
    await work(client);
    return client.builds();
  });
  if (json === true) return deps.output.json({ builds });
  if (builds.length === 0) deps.output.say('No worker was started with WORKER_VERSIONING=true yet.');
  for (const line of renderTable(builds.map(row))) deps.output.data(line);
}

const row = ({ buildId, state, percent }: Build): string[] => [buildId, state, `${percent} % of new runs`];
