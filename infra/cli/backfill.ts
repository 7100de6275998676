import type { Command } from 'commander';
import type { BackfillOrder, BackfillReport } from '../../domain/backfill.ts';
import { viewName, type ViewName } from '../../domain/views.ts';
import { viewArgument } from './arguments.ts';
import {
  approverOf,
  eventsRow,
  isOfEvents,
  registerEvents,
  showEvents,
  withEvents,
} from './backfill-events.ts';
import { describeDiff, describeEnd, describeSummary } from './backfill-text.ts';
import { EXIT, examples, type CliDeps, type Register } from './deps.ts';
import type { BackfillClient } from '../temporal/backfills.ts';
import type { EventBackfillClient, EventsReport } from '../temporal/event-backfills.ts';
import { renderTable } from './output.ts';

interface Flags {
  readonly view: ViewName;
  readonly from?: string;
  readonly to?: string;
  readonly dryRun?: true;
  readonly approve?: true;
  readonly approver?: string;
  readonly json?: true;
}

const CANCEL_WAIT_MS = 30_000;

/** `marquee backfill`, and what can be done with one that runs: list, show, approve, cancel. */
export const register: Register = (program, deps) => {
  const backfill = program
    .command('backfill')
    .description(
      'count a range of hours anew from the lake, show what would change, and publish it once approved',
    )
    .option('--from <instant>', 'first hour, like 2026-01-31T13:00:00Z')
    .option('--to <instant>', 'end of the last hour')
    .option('--view <name>', 'which view', viewArgument, viewName('popularity'))
    .option('--dry-run', 'end with the difference; nothing is published')
    .option('--approve', 'approve without asking')
    .option('--approver <name>', 'who approves, for the record (default: you)')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'before',
      examples([
        'marquee backfill --from 2026-01-01T00:00:00Z --to 2026-01-02T00:00:00Z --dry-run',
        'marquee backfill --from 2026-01-01T00:00:00Z --to 2026-01-02T00:00:00Z --approve',
        'marquee backfill list',
        'marquee backfill plan german-hours --from 2026-01-01T00:00:00Z --to 2026-01-01T02:00:00Z',
        'marquee backfill start german-hours --from 2026-01-01T00:00:00Z --to 2026-01-01T02:00:00Z --dry-run',
        'marquee backfill approve german-hours',
        'marquee backfill derive german-hours --dry-run',
      ]),
    )
    .action(async (flags: Flags) => {
      const { view, from = missing('--from'), to = missing('--to') } = flags;
      const order = { view, from, to, dryRun: flags.dryRun === true };
      await withBackfills(deps, (client) => runBackfill(deps, client, order, flags));
    });
  const missing = (flag: string): never =>
    backfill.error(`error: ${flag} is needed`, { exitCode: EXIT.usage });

  backfill
    .command('list')
    .description('say which backfills there were, newest first')
    .option('--json', 'print one JSON object')
    .action((_own: unknown, command: Command) =>
      withBackfills(deps, (client) =>
        withEvents(deps, (events) => list(deps, client, events, flagsOf(command))),
      ),
    );
  const about = (name: Verb, description: string, work: Work): Command =>
    backfill
      .command(`${name} <id>`)
      .description(description)
      .option('--json', 'print one JSON object')
      .option('--approver <name>', 'who approves, for the record (default: you)')
      .action((id: string, _own: unknown, command: Command) => {
        const flags = flagsOf(command);
        if (isOfEvents(id))
          return withEvents(deps, async (client) =>
            showEvents(deps, await EVENTS_VERBS[name](client, id, flags), flags),
          );
        return withBackfills(deps, async (client) => show(deps, await work(client, id, flags), flags));
      });
  about('show', 'say how far a backfill has come, or how it ended', (client, id) => client.get(id));
  about('approve', 'let a backfill that waits for it publish', (client, id, flags) =>
    client.approve(id, approverOf(flags)),
  );
  about('cancel', 'stop a backfill; what it had begun to publish is rejected', cancel);
  registerEvents(backfill, deps);
};

type Verb = 'show' | 'approve' | 'cancel';
const EVENTS_VERBS: Readonly<
  Record<Verb, (client: EventBackfillClient, id: string, flags: Flags) => Promise<EventsReport>>
> = {
  show: (client, id) => client.get(id),
  approve: (client, id, flags) => client.approve(id, approverOf(flags)),
  cancel: (client, id) => client.cancel(id),
};

type Work = (client: BackfillClient, id: string, flags: Flags) => Promise<BackfillReport>;

/** A worker hears of it with its next heartbeat. */
async function cancel(client: BackfillClient, id: string): Promise<BackfillReport> {
  const { awaitEnd } = await import('./backfill-progress.ts');
  await client.cancel(id);
  return awaitEnd(client, id, CANCEL_WAIT_MS);
}

/** Options of `backfill` itself may stand behind the name of its sub-command. */
const flagsOf = (command: Command): Flags => command.optsWithGlobals();

async function list(
  { output }: CliDeps,
  client: BackfillClient,
  events: EventBackfillClient,
  { json }: Flags,
): Promise<void> {
  const backfills = await client.list();
  const ofEvents = await events.list();
  if (json === true) return output.json({ backfills, events: ofEvents });
  if (backfills.length + ofEvents.length === 0) output.say('There is no backfill yet.');
  for (const line of renderTable([...ofEvents.map(eventsRow), ...backfills.map(describeSummary)]))
    output.data(line);
}

async function withBackfills<T>(deps: CliDeps, work: (client: BackfillClient) => Promise<T>): Promise<T> {
  const { createBackfills } = await import('../temporal/backfills.ts');
  const { withTemporal } = await import('./temporal.ts');
  return withTemporal(deps, ({ config, temporal }) =>
    work(createBackfills({ temporal, region: config.region, settings: config.temporal })),
  );
}

async function runBackfill(
  deps: CliDeps,
  client: BackfillClient,
  order: BackfillOrder,
  flags: Flags,
): Promise<void> {
  const { followBackfill } = await import('./backfill-progress.ts');
  const { output } = deps;
  const { id } = await client.start(order);
  output.say(`Backfill ${id} has begun. Leaving it with Ctrl-C lets it go on.`);
  let report = await followBackfill(output, client, id);
  if (report.progress?.phase === 'waiting') {
    if (flags.json !== true) printDiff(deps, report);
    const approved = flags.approve === true || (await askApproval());
    if (approved === undefined) {
      output.say(`It waits for approval: marquee backfill approve ${id}`);
    } else {
      await (approved ? client.approve(id, approverOf(flags)) : client.cancel(id));
      report = await followBackfill(output, client, id);
    }
  } else if (flags.json !== true) printDiff(deps, report);
  show(deps, report, flags);
  if (!isGood(report)) deps.exitWith(EXIT.failed);
}

/** Undefined where nobody can be asked. */
async function askApproval(): Promise<boolean | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const { confirm } = await import('@clack/prompts');
  const answer = await confirm({ message: 'Publish this?', initialValue: false, output: process.stderr });
  return answer === true;
}

function printDiff({ output }: CliDeps, { progress, result }: BackfillReport): void {
  const diff = result?.diff ?? progress?.diff;
  if (diff) for (const line of describeDiff(diff)) output.data(line);
}

function show({ output }: CliDeps, report: BackfillReport, { json }: Flags): void {
  if (json === true) output.json(report);
  else output.data(describeEnd(report));
}

/** Ended as it was meant to, or still waits for approval. */
function isGood({ state, result }: BackfillReport): boolean {
  if (state === 'running') return true;
  return result !== null && result.outcome !== 'rejected' && result.outcome !== 'expired';
}
