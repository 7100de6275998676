import { userInfo } from 'node:os';
import { declareSchedules, type ScheduleDeclaration } from '../../workflows/schedules.ts';
import type { Config } from '../config.ts';
import type { Temporal } from '../temporal/client.ts';
import type { AppliedSchedule, ListedSchedule, ScheduleClient } from '../temporal/schedules.ts';
import { examples, type CliDeps, type Register } from './deps.ts';
import { renderTable } from './output.ts';

interface Flags {
  readonly json?: true;
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
        'marquee schedule apply',
        'marquee schedule list --json',
        'marquee schedule pause refresh:popularity',
        'marquee schedule trigger train',
      ]),
    );
  schedule
    .command('apply')
    .description('create what is missing and update what differs; applied again, nothing changes')
    .option('--json', 'print one JSON object')
    .action((flags: Flags) => applyCommand(deps, flags));
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

/** What this configuration schedules. */
export function declaredBy({
  region,
  sources,
  temporal,
  training,
  parity,
  worker,
}: Config): ScheduleDeclaration[] {
  const whereSet = (source: string | undefined, everyMs: number): number | undefined =>
    source === undefined ? undefined : everyMs;
  return declareSchedules({
    region,
    refreshIntervalMs: temporal.refreshIntervalMs,
    fullRefreshIntervalMs: temporal.fullRefreshIntervalMs,
    trainingIntervalMs: training.intervalMs,
    rowPerformanceIntervalMs: temporal.rowPerformanceIntervalMs,
    catalogueIntervalMs: whereSet(sources.catalogue, sources.catalogueIntervalMs),
    pagesIntervalMs: whereSet(sources.pages, sources.pagesIntervalMs),
    rankingPolicyIntervalMs: whereSet(sources.rankingPolicy, sources.rankingPolicyIntervalMs),
    sweepIntervalMs: worker.sweepIntervalMs,
    parityIntervalMs: parity.intervalMs,
  });
}

export async function applyDeclared(config: Config, temporal: Temporal): Promise<AppliedSchedule[]> {
  const { createSchedules } = await import('../temporal/schedules.ts');
  return createSchedules(temporal).apply(declaredBy(config));
}

async function applyCommand(deps: CliDeps, { json }: Flags): Promise<void> {
  const { withTemporal } = await import('./temporal.ts');
  const applied = await withTemporal(deps, ({ config, temporal }) => applyDeclared(config, temporal));
  if (json === true) return deps.output.json({ schedules: applied });
  for (const line of renderTable(applied.map(({ id, change }) => [id, change]))) deps.output.data(line);
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
  const { withTemporal } = await import('./temporal.ts');
  const schedules = await withTemporal(deps, async ({ config, temporal }) => {
    const declared = new Map(declaredBy(config).map((one) => [one.id, one]));
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
