import { Argument } from 'commander';
import type { PublishOutcome } from '../../domain/publishing.ts';
import type { ViewName } from '../../domain/views.ts';
import { REFRESHED_VIEWS } from '../../domain/workflow-ids.ts';
import { EXIT, examples, type Register } from './deps.ts';

/** `marquee refresh [view]`: exits 1 when the version was rejected. */
export const register: Register = (program, deps) => {
  program
    .command('refresh')
    .description(
      'count popularity or the performance of rows anew, or read what a source says, now, and publish it',
    )
    .addArgument(new Argument('[view]', 'which view').choices(REFRESHED_VIEWS).default(REFRESHED_VIEWS[0]))
    .option('--json', 'print the outcome as one JSON object')
    .addHelpText(
      'before',
      examples(['marquee refresh', 'marquee refresh catalogue', 'marquee refresh pages --json']),
    )
    .action(async (view: ViewName, options: { json?: true }) => {
      const { createRefreshes } = await import('../temporal/refreshes.ts');
      const { uiAddress, warnWithoutWorker, withTemporal } = await import('./temporal.ts');
      const outcome = await withTemporal(deps, async (command) => {
        const { config, temporal } = command;
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
