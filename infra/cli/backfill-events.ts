/** `marquee backfill plan | start | derive | diff | pause | resume | retry`: backfills of events. The other verbs know them by their ids. */
import { Option, type Command } from 'commander';
import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ANSWERS,
  BACKFILL_REASONS,
  parseEventsOrder,
  TIME_AXES,
  type AskedEvents,
  type BackfillReason,
  type Answers,
  type TimeAxis,
} from '../../domain/backfills/order.ts';
import type { EventsPlan } from '../../domain/backfills/run.ts';
import type { EventBackfillClient, EventsReport } from '../temporal/event-backfills.ts';
import {
  describeAudit,
  describeEventsDiff,
  describeEventsEnd,
  describeOrder,
  describePlan,
  eventsRow,
} from './backfill-events-text.ts';
import { EXIT, type CliDeps } from './deps.ts';

interface Flags {
  readonly reason: BackfillReason;
  readonly time: TimeAxis;
  readonly from?: string;
  readonly to?: string;
  readonly title?: string;
  readonly producer?: string;
  readonly answers: Answers;
  readonly dryRun?: true;
  readonly detach?: true;
  readonly approve?: true;
  readonly approver?: string;
  readonly json?: true;
}

const POLL_MS = 500;
const BAD_OUTCOMES: readonly string[] = ['refused', 'rejected', 'expired'];

/** Whether a run that is named is one of events; others are of a view: `<view>.<run>`. */
export const isOfEvents = (idOrName: string): boolean =>
  idOrName.startsWith('events.') || !idOrName.includes('.');

export function registerEvents(backfill: Command, deps: CliDeps): void {
  const ordered = (
    name: string,
    description: string,
    work: (asked: AskedEvents, flags: Flags) => Promise<void>,
  ) =>
    backfill
      .command(`${name} <name>`)
      .description(description)
      .addOption(
        new Option('--reason <reason>', 'why')
          .choices(BACKFILL_REASONS)
          .default('correct' satisfies BackfillReason),
      )
      .addOption(
        new Option('--time <axis>', 'whether the range is of arrival or of the event')
          .choices(TIME_AXES)
          .default('arrival'),
      )
      .option('--from <instant>', 'beginning of the range, like 2026-01-31T13:00:00Z')
      .option('--to <instant>', 'end of the range, excluded')
      .option('--title <id>', 'events of this title alone')
      .option('--producer <name>', 'events of this producer alone')
      .addOption(
        new Option('--answers <which>', 'what side inputs said then, or the catalogue and pages of now')
          .choices(ANSWERS)
          .default('recorded'),
      )
      .option('--json', 'print one JSON object')
      .action((called: string, _own: unknown, command: Command) => {
        const flags: Flags = command.optsWithGlobals();
        return work(askedOf(called, flags), flags);
      });
  ordered('plan', 'say what a backfill of events would read and take; nothing is begun', (asked, flags) =>
    showPlan(deps, asked, flags),
  );
  const begun = (command: Command): Command =>
    command
      .option('--dry-run', 'end with the differences; nothing is changed')
      .option('--approve', 'approve without asking')
      .option('--approver <name>', 'who approves, for the record (default: you)')
      .option('--detach', 'do not wait for it');
  begun(
    ordered(
      'start',
      'fold raw events anew, show what would change, and change it once approved',
      (asked, flags) =>
        withEvents(deps, (client) => begin(deps, client, asked.name, flags, () => client.start(asked))),
    ),
  );
  begun(
    backfill
      .command('derive <run>')
      .description('say anew what follows from the events of a backfill that was laid over the lake')
      .option('--json', 'print one JSON object')
      .action((run: string, _own: unknown, command: Command) => {
        const flags: Flags = command.optsWithGlobals();
        return withEvents(deps, (client) =>
          begin(deps, client, run, flags, () => client.derive(run, flags.dryRun === true)),
        );
      }),
  );
  const verb = (
    name: string,
    description: string,
    act: (client: EventBackfillClient, id: string) => Promise<EventsReport>,
  ) =>
    backfill
      .command(`${name} <run>`)
      .description(description)
      .option('--json', 'print one JSON object')
      .action((run: string, _own: unknown, command: Command) =>
        withEvents(deps, async (client) =>
          showEvents(deps, await act(client, run), command.optsWithGlobals()),
        ),
      );
  verb('pause', 'let no further shard or step of a backfill of events begin', (client, id) =>
    client.pause(id),
  );
  verb('resume', 'let a paused backfill of events go on', (client, id) => client.resume(id));
  backfill
    .command('diff <run>')
    .description('say what a backfill of events would change, or changed')
    .option('--json', 'print one JSON object')
    .action((run: string, _own: unknown, command: Command) =>
      withEvents(deps, async (client) => showDiff(deps, await client.get(run), command.optsWithGlobals())),
    );
  backfill
    .command('retry <run> <shard>')
    .description('fold a shard again: a failed one, or any while approval is waited for')
    .option('--json', 'print one JSON object')
    .action((run: string, shard: string, _own: unknown, command: Command) =>
      withEvents(deps, async (client) =>
        showEvents(deps, await client.retry(run, Number(shard)), command.optsWithGlobals()),
      ),
    );
}

const askedOf = (name: string, flags: Flags): AskedEvents => ({
  ...{ name, reason: flags.reason, axis: flags.time, from: flags.from, to: flags.to },
  ...{
    titleId: flags.title,
    producer: flags.producer,
    answers: flags.answers,
    dryRun: flags.dryRun === true,
  },
});

export async function withEvents<T>(
  deps: CliDeps,
  work: (client: EventBackfillClient) => Promise<T>,
): Promise<T> {
  const { createEventBackfills } = await import('../temporal/event-backfills.ts');
  const { withTemporal } = await import('./temporal.ts');
  return withTemporal(deps, ({ config, temporal }) =>
    work(createEventBackfills({ temporal, region: config.region, settings: config.temporal })),
  );
}

/** Worked out here: it needs no worker. */
async function showPlan(deps: CliDeps, asked: AskedEvents, { json }: Flags): Promise<void> {
  const { planBackfill } = await import('./backfill-plan.ts');
  const config = deps.loadConfig();
  const order = parseEventsOrder(asked, config.temporal.backfillMaxHours);
  const plan: EventsPlan = await planBackfill(config, order);
  if (json === true) return deps.output.json({ order, plan });
  deps.output.say(`Backfill ${order.name}: ${describeOrder(order)}`);
  for (const line of describePlan(plan)) deps.output.data(line);
}

async function begin(
  deps: CliDeps,
  client: EventBackfillClient,
  name: string,
  flags: Flags,
  start: () => Promise<{ readonly id: string }>,
): Promise<void> {
  const { output } = deps;
  const { id } = await start();
  output.say(`Backfill ${name} (${id}) has begun. Leaving it with Ctrl-C lets it go on.`);
  if (flags.detach === true) return showEvents(deps, await client.get(id), flags);
  let report = await follow(deps, client, id);
  if (report.progress?.phase === 'waiting') {
    if (flags.json !== true) showDiff(deps, report, flags);
    if (flags.approve === true) {
      await client.approve(id, approverOf(flags));
      report = await follow(deps, client, id);
    } else output.say(`It waits for approval: marquee backfill approve ${name}`);
  } else if (flags.json !== true && report.result?.diff) showDiff(deps, report, flags);
  showEvents(deps, report, flags);
  if (report.error !== null || BAD_OUTCOMES.includes(report.result?.outcome ?? ''))
    deps.exitWith(EXIT.failed);
}

/** Until it waits for approval or has ended, telling on stderr how far it has come. */
async function follow({ output }: CliDeps, client: EventBackfillClient, id: string): Promise<EventsReport> {
  let said = '';
  for (;;) {
    const report = await client.get(id);
    const { state, progress } = report;
    const isWaiting = progress?.phase === 'waiting' && progress.approval === null;
    const isStuck = progress !== null && progress.failedShards.length > 0;
    if (state !== 'running' || isWaiting || isStuck) return report;
    const line = describeEventsEnd(report);
    if (line !== said) output.say(line);
    said = line;
    await sleep(POLL_MS);
  }
}

export const approverOf = ({ approver }: { readonly approver?: string }): string =>
  approver ?? userInfo().username;

export function showEvents(
  { output }: CliDeps,
  report: EventsReport,
  { json }: { readonly json?: true },
): void {
  if (json === true) output.json(report);
  else output.data(describeEventsEnd(report));
}

function showDiff({ output }: CliDeps, report: EventsReport, { json }: { readonly json?: true }): void {
  const { plan, audit, diff } = report.result ?? report.progress ?? { plan: null, audit: null, diff: null };
  if (json === true) return output.json({ id: report.id, order: report.order, plan, audit, diff });
  // The plan of one that derives is that of the run before it, and nothing is read by it.
  if (plan !== null && report.order.derives === undefined)
    for (const line of describePlan(plan)) output.data(line);
  if (audit !== null) for (const line of describeAudit(audit)) output.data(line);
  if (diff !== null) for (const line of describeEventsDiff(diff)) output.data(line);
  else output.data('It has not come so far that anything could be compared.');
}

export { eventsRow };
