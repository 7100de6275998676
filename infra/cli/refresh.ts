import type { PublishOutcome } from '../../domain/publishing.ts';
import { viewName, type ViewName } from '../../domain/views.ts';
import { countId, REFRESHED_VIEWS } from '../../domain/workflow-ids.ts';
import type { Config } from '../config.ts';
import { viewArgument } from './arguments.ts';
import { EXIT, examples, type CliDeps, type Register } from './deps.ts';
import { aboutJob, JOB_VERBS, type JobVerb } from './jobs.ts';

type Flags = { readonly [F in JobVerb | 'json']?: true };

const POPULARITY = viewName('popularity');

/** `marquee refresh [view]`: exits 1 when the version was rejected. */
export const register: Register = (program, deps) => {
  program
    .command('refresh')
    .description(
      'make a view anew, now, and publish it: count, read what its source says, or run the SQL that declares it',
    )
    .argument('[view]', 'which view', viewArgument, POPULARITY)
    .option('--show', 'say how far the count of popularity has come that is under way')
    .option('--pause', 'let it rest after the pieces that are under way')
    .option('--resume', 'let it go on')
    .option('--cancel', 'end it; its version is rejected')
    .option('--json', 'print the outcome, or the report, as one JSON object')
    .addHelpText(
      'before',
      examples([
        'marquee refresh',
        'marquee refresh catalogue',
        'marquee refresh plays-by-hour --json',
        'marquee refresh --show',
      ]),
    )
    .action(async (view: ViewName, options: Flags) => {
      const verb = JOB_VERBS.find((one) => options[one] === true);
      if (verb !== undefined) return aboutCount(deps, view, verb, options);
      const { createRefreshes } = await import('../temporal/refreshes.ts');
      const { uiAddress, warnWithoutWorker, withTemporal } = await import('./temporal.ts');
      const outcome = await withTemporal(deps, async (command) => {
        const { config, temporal } = command;
        await requireRefreshed(config, view);
        const refreshes = createRefreshes({ temporal, region: config.region });
        const id = await refreshes.start(view);
        deps.output.say(`Refresh ${uiAddress(command, id) ?? id} is under way.`);
        await warnWithoutWorker(deps, command);
        return refreshes.result(id);
      });
      if (options.json === true) deps.output.json(outcome);
      else deps.output.data(describeOutcome(outcome));
      if (outcome.outcome === 'rejected') deps.exitWith(EXIT.failed);
    });
};

/** JOB_NOT_FOUND where it was never counted, or is made otherwise. */
async function aboutCount(deps: CliDeps, view: ViewName, verb: JobVerb, flags: Flags): Promise<void> {
  const { createJobs } = await import('../temporal/jobs.ts');
  const { withTemporal } = await import('./temporal.ts');
  await withTemporal(deps, ({ config, temporal }) =>
    aboutJob(deps.output, createJobs(temporal), { verb, id: countId(config.region, view) }, flags),
  );
}

/** DECLARATION_NOT_FOUND for a view that nothing makes by itself, DECLARATION_INVALID for one whose file says nothing usable. */
async function requireRefreshed(config: Config, view: ViewName): Promise<void> {
  if (REFRESHED_VIEWS.includes(view)) return;
  const { openDeclaredFolder } = await import('../bin/declared-schedules.ts');
  await openDeclaredFolder(config).find(view);
}

/** One sentence for people. */
export function describeOutcome(published: PublishOutcome): string {
  const { view, version } = published;
  switch (published.outcome) {
    case 'announced': {
      const rows = Object.entries(published.rowCounts).map(([part, count]) => `${part} ${count}`);
      const told = published.notified
        ? ''
        : '; subscribers were not told and will find it at their next poll';
      return `View ${view} is now at version ${version} (rows: ${rows.join(', ')})${told}.`;
    }
    case 'rejected':
      return `Version ${version} of view ${view} was rejected by ${published.rule}: ${published.reason}`;
    case 'unchanged':
      if (published.reason !== undefined) return `View ${view} stays as it is: ${published.reason}.`;
      return version === null
        ? `There is nothing to count yet for view ${view}.`
        : `View ${view} stays at version ${version}: nothing has changed.`;
  }
}
