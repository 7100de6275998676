import { userInfo } from 'node:os';
import { WORKFLOW_TYPES } from '../../domain/workflow-ids.ts';
import type { ScheduleDeclaration } from '../../workflows/schedules.ts';
import type { Config } from '../config.ts';
import type { Temporal } from '../temporal/client.ts';
import type { AppliedSchedule, ListedSchedule, ScheduleClient } from '../temporal/schedules.ts';
import { examples, type CliDeps, type Register } from './deps.ts';
import { renderTable } from './output.ts';

interface Flags {
  readonly json?: true;
}

interface ApplyFlags extends Flags {
  readonly dryRun?: true;
  readonly prune?: true;
}

/** `marquee schedule apply | list | pause | resume | trigger`. */
export const register: Register = (program, deps) => {
  const schedule = program
    .command('schedule')
    .alias('schedules')
    .description('what runs by itself: say it to Temporal, look at it, pause it')
    .addHelpText(
      'before',
      examples([
        'marquee schedule apply --dry-run',
        'marquee schedule apply',
        'marquee schedule apply --prune --dry-run',
        'marquee schedule list --json',
        'marquee schedule pause refresh:popularity',
        'marquee schedule trigger train',
      ]),
    );
  schedule
    .command('apply')
    .description(
      'create what is missing, update what differs, remove that of declared views whose file is gone; applied again, nothing changes',
    )
    .option('--dry-run', 'say what would be done, and change nothing')
    .option('--prune', 'also remove every schedule of the region that these settings do not declare')
    .option('--json', 'print one JSON object')
    .action((flags: ApplyFlags) => applyCommand(deps, flags));
  schedule
    .command('list')
    .description('say what is scheduled in this region, why so, and when it runs next')
    .option('--json', 'print one JSON object')
    .action((flags: Flags) => listCommand(deps, flags));
  const about = (name: string, description: string, done: string, work: About): void => {
    schedule
      .command(`${name} <id>`)
      .description(description)
      .option('--json', 'print one JSON object')
      .action((id: string, flags: Flags) => aboutCommand(deps, { id, done, work }, flags));
  };
  const note = (): string => `by ${userInfo().username}`;
  about('pause', 'begin no run by itself until it is resumed', 'paused', (client, id) =>
    client.pause(id, note()),
  );
  about('resume', 'let a paused schedule go on', 'resumed', (client, id) => client.resume(id, note()));
  about('trigger', 'begin a run now, unless one runs', 'triggered', (client, id) => client.trigger(id));
};

type About = (client: ScheduleClient, id: string) => Promise<void>;

/**
 * Of views whose file was taken out of the folder the schedule goes as well; without a folder nobody can say, and they stay.
 * Any other that the settings do not declare goes when that is asked for: other settings may, on another machine.
 * DECLARATION_INVALID, and nothing is scheduled, where a file that declares a view cannot be made one of.
 */
async function applyDeclared(
  config: Config,
  temporal: Temporal,
  { dryRun, prune }: { dryRun: boolean; prune: boolean },
): Promise<Applied> {
  const { createSchedules } = await import('../temporal/schedules.ts');
  const { declaredBy, requireDeclared } = await import('../bin/declared-schedules.ts');
  await requireDeclared(config);
  const declarations = await declaredBy(config);
  const client = createSchedules(temporal);
  const applied = await client.apply(declarations, { dryRun });
  const declared = new Set(declarations.map(({ id }) => id));
  const knowsFiles = config.declared.viewsDir !== undefined;
  const others = (await client.list(`${config.region}:`, MOST_SCHEDULES)).filter(
    ({ id }) => !declared.has(id),
  );
  const isGone = ({ workflowType }: ListedSchedule): boolean =>
    prune || (knowsFiles && workflowType === WORKFLOW_TYPES.refreshDeclared);
  const gone = others.filter(isGone).map(({ id }) => id);
  const undeclared = others.filter((one) => !isGone(one)).map(({ id }) => id);
  const removed = dryRun ? gone.map((id) => ({ id, change: 'removed' as const })) : await client.remove(gone);
  return { schedules: [...applied, ...removed], undeclared };
}

interface Applied {
  readonly schedules: readonly AppliedSchedule[];
  /** Those that are there, are not declared, and stay. */
  readonly undeclared: readonly string[];
}

/** More than any folder declares. */
const MOST_SCHEDULES = 10_000;

async function applyCommand(deps: CliDeps, { json, dryRun, prune }: ApplyFlags): Promise<void> {
  const { withTemporal } = await import('./temporal.ts');
  const applied = await withTemporal(deps, ({ config, temporal }) =>
    applyDeclared(config, temporal, { dryRun: dryRun === true, prune: prune === true }),
  );
  const { schedules, undeclared } = applied;
  if (json === true) return deps.output.json({ ...(dryRun && { dryRun }), ...applied });
  for (const line of renderTable(schedules.map(({ id, change }) => [id, change]))) deps.output.data(line);
  if (undeclared.length > 0)
    deps.output.say(`Not declared by these settings, and left: ${undeclared.join(', ')} (--prune).`);
  if (dryRun === true) deps.output.say('Nothing was changed.');
}

/** Ids may be given without the region. */
async function aboutCommand(
  deps: CliDeps,
  { id, done, work }: { id: string; done: string; work: About },
  { json }: Flags,
): Promise<void> {
  const { createSchedules } = await import('../temporal/schedules.ts');
  const { withTemporal } = await import('./temporal.ts');
  const told = await withTemporal(deps, async ({ config, temporal }) => {
    const whole = id.startsWith(`${config.region}:`) ? id : `${config.region}:${id}`;
    await work(createSchedules(temporal), whole);
    return { id: whole, done };
  });
  if (json === true) deps.output.json(told);
  else deps.output.data(`Schedule ${told.id} is ${done}.`);
}

async function listCommand(deps: CliDeps, { json }: Flags): Promise<void> {
  const { createSchedules } = await import('../temporal/schedules.ts');
  const { declaredBy } = await import('../bin/declared-schedules.ts');
  const { withTemporal } = await import('./temporal.ts');
  const schedules = await withTemporal(deps, async ({ config, temporal }) => {
    const declared = new Map((await declaredBy(config)).map((one) => [one.id, one]));
    const listed = await createSchedules(temporal).list(`${config.region}:`);
    return listed.map((one) => ({ ...one, ...policyOf(declared.get(one.id)) }));
  });
  if (json === true) return deps.output.json({ schedules });
  if (schedules.length === 0) deps.output.say('Nothing is scheduled: run `marquee schedule apply`.');
  for (const line of renderTable(schedules.map(row))) deps.output.data(line);
}

type Policy = Pick<ScheduleDeclaration, 'overlap' | 'catchupWindowMs' | 'jitterMs' | 'reason'>;

/** Nothing for a schedule that is not declared any more. */
const policyOf = (declared: ScheduleDeclaration | undefined): Policy | { readonly reason: null } =>
  declared === undefined
    ? { reason: null }
    : {
        overlap: declared.overlap,
        catchupWindowMs: declared.catchupWindowMs,
        jitterMs: declared.jitterMs,
        reason: declared.reason,
      };

function row(listed: ListedSchedule & (Policy | { readonly reason: null })): string[] {
  const { id, everyMs, paused, lastRun, nextRun, reason } = listed;
  return [
    id,
    everyMs === null ? '' : `every ${everyMs / 1000} s`,
    'overlap' in listed ? `overlap ${listed.overlap}` : '',
    'catchupWindowMs' in listed ? `made up for ${listed.catchupWindowMs / 1000} s` : '',
    paused ? 'paused' : '',
    `last ${lastRun ?? 'never'}`,
    `next ${nextRun ?? 'never'}`,
    reason ?? 'not declared any more',
  ];
}
