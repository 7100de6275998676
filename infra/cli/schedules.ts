import { declareSchedules } from '../../workflows/schedules.ts';
import type { Config } from '../config.ts';
import type { Temporal } from '../temporal/client.ts';
import type { AppliedSchedule } from '../temporal/schedules.ts';
import { examples, type CliDeps, type Register } from './deps.ts';
import { renderTable } from './output.ts';

/** `marquee schedules apply | list`. */
export const register: Register = (program, deps) => {
  const schedules = program
    .command('schedules')
    .description('what runs by itself: say it to Temporal, or look at it')
    .addHelpText('before', examples(['marquee schedules apply', 'marquee schedules list --json']));
  schedules
    .command('apply')
    .description('create what is missing and update what differs; applied again, nothing changes')
    .option('--json', 'print one JSON object')
    .action((options: { json?: true }) => applyCommand(deps, options.json === true));
  schedules
    .command('list')
    .description('say what is scheduled in this region, and when it runs next')
    .option('--json', 'print one JSON object')
    .action((options: { json?: true }) => listCommand(deps, options.json === true));
};

export async function applyDeclared(config: Config, temporal: Temporal): Promise<AppliedSchedule[]> {
  const { createSchedules } = await import('../temporal/schedules.ts');
  const { region, sources } = config;
  const { refreshIntervalMs } = config.temporal;
  const declared = declareSchedules({
    region,
    refreshIntervalMs,
    catalogueIntervalMs: sources.catalogue === undefined ? undefined : sources.catalogueIntervalMs,
    pagesIntervalMs: sources.pages === undefined ? undefined : sources.pagesIntervalMs,
  });
  return createSchedules(temporal).apply(declared);
}

async function applyCommand(deps: CliDeps, json: boolean): Promise<void> {
  const { withTemporal } = await import('./temporal.ts');
  const applied = await withTemporal(deps, ({ config, temporal }) => applyDeclared(config, temporal));
  if (json) return deps.output.json({ schedules: applied });
  for (const line of renderTable(applied.map(({ id, change }) => [id, change]))) deps.output.data(line);
}

async function listCommand(deps: CliDeps, json: boolean): Promise<void> {
  const { createSchedules } = await import('../temporal/schedules.ts');
  const { withTemporal } = await import('./temporal.ts');
  const listed = await withTemporal(deps, ({ config, temporal }) =>
    createSchedules(temporal).list(`${config.region}:`),
  );
  if (json) return deps.output.json({ schedules: listed });
  if (listed.length === 0) deps.output.say('Nothing is scheduled: run `marquee schedules apply`.');
  const rows = listed.map(({ id, everyMs, paused, lastRun, nextRun }) => [
    id,
    everyMs === null ? '' : `every ${everyMs / 1000} s`,
    paused ? 'paused' : '',
    `last ${lastRun ?? 'never'}`,
    `next ${nextRun ?? 'never'}`,
  ]);
  for (const line of renderTable(rows)) deps.output.data(line);
}
