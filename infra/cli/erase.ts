import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { ErasureClient, ErasureStanding } from '../temporal/erasures.ts';
import { EXIT, examples, type CliDeps, type Register } from './deps.ts';
import { describeReport, describeStanding, listLines } from './erase-text.ts';

interface Flags {
  readonly json?: true;
  readonly dryRun?: true;
  readonly wait?: true;
}

const POLL_MS = 1000;

/** `marquee erase PROFILE`, and what can be asked of erasures: show, list. Nothing that is printed names the profile. */
export const register: Register = (program, deps) => {
  const erase = program
    .command('erase')
    .description('put a random surrogate in the place of a profile, everywhere, and prove that it is gone')
    .argument('<profile>', 'id of the profile')
    .option('--dry-run', 'say how much there is of it; nothing is erased')
    .option('--wait', 'wait until the audit has found nothing')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'before',
      examples([
        'marquee erase u-4711 --dry-run',
        'marquee erase u-4711 --wait',
        'marquee erasure list',
        'marquee erasure show 6c9d3652bc3a288c1cbc6200286a6a99.0',
      ]),
    )
    .action((profile: string, flags: Flags) =>
      withErasures(deps, (client) => run(deps, client, profile, flags)),
    );
  erase.addHelpText(
    'after',
    '\nAsked for again while it runs, or after it ended overdue, it is the same erasure.',
  );

  const erasure = program
    .command('erasure')
    .description('what became of erasures')
    .addHelpText(
      'before',
      examples(['marquee erasure list', 'marquee erasure show 6c9d3652bc3a288c1cbc6200286a6a99.0']),
    );
  erasure
    .command('list')
    .description('all erasures that there were, newest first')
    .option('--json', 'print one JSON object')
    .action((flags: Flags) =>
      withErasures(deps, async (client) => {
        const erasures = await client.list();
        if (flags.json === true) deps.output.json({ erasures });
        else if (erasures.length === 0) deps.output.say('There is no erasure yet.');
        else for (const line of listLines(erasures)) deps.output.data(line);
      }),
    );
  erasure
    .command('show <id>')
    .description('how far an erasure has come, or what it came to')
    .option('--json', 'print one JSON object')
    .option('--wait', 'wait until it has ended')
    .action((id: string, _own: unknown, command: Command) =>
      withErasures(deps, (client) => show(deps, client, id, command.opts<Flags>())),
    );
};

async function withErasures<T>(deps: CliDeps, work: (client: ErasureClient) => Promise<T>): Promise<T> {
  const { openErasures } = await import('../erasure/open.ts');
  const { openObjectStore } = await import('../connections.ts');
  const { warnWithoutWorker, withTemporal } = await import('./temporal.ts');
  return withTemporal(deps, async (command) => {
    const store = openObjectStore(command.config);
    try {
      await warnWithoutWorker(deps, command);
      return await work(openErasures(command.config, { temporal: command.temporal, store }));
    } finally {
      store.close();
    }
  });
}

async function run(deps: CliDeps, client: ErasureClient, profileId: string, flags: Flags): Promise<void> {
  const { output } = deps;
  const dryRun = flags.dryRun === true;
  const { id } = await client.start({ profileId, dryRun });
  output.say(`Erasure ${id}${dryRun ? ' looks' : ' has begun'}. Leaving it with Ctrl-C lets it go on.`);
  if (!dryRun) return show(deps, client, id, flags);
  const report = await client.result(id);
  if (flags.json === true) output.json(report);
  else for (const line of describeReport(report)) output.data(line);
}

async function show(deps: CliDeps, client: ErasureClient, id: string, flags: Flags): Promise<void> {
  const { output } = deps;
  let standing: ErasureStanding = await client.get(id);
  for (let said = ''; flags.wait === true && standing.state === 'running'; standing = await client.get(id)) {
    const line = describeStanding(standing);
    if (line !== said) output.say(line);
    said = line;
    await sleep(POLL_MS);
  }
  if (flags.json === true) output.json(standing);
  else if (standing.report === null) output.data(describeStanding(standing));
  else for (const line of describeReport(standing.report)) output.data(line);
  if (standing.state === 'overdue' || standing.state === 'failed') deps.exitWith(EXIT.failed);
}
