import type { Command } from 'commander';
import type { LedgerLine } from '../../domain/subscriber-status.ts';
import { servedVersion, viewVersion, LARGEST_VERSION, type ViewName } from '../../domain/views.ts';
import { countArgument, durationArgument, viewArgument } from './arguments.ts';
import { EXIT, examples, type CliDeps, type Register } from './deps.ts';
import { renderTable } from './output.ts';
import type { Steered, Steering } from '../hermes/steering.ts';
import { describeSteered, ledgerRow } from './view-text.ts';
import type { ViewDeps } from './view-deps.ts';

interface Flags {
  readonly wait: number;
  readonly reason: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** What `--json` prints after a change: who has followed it, and who has not within the time to wait. */
export interface SteeredAnswer extends Steered {
  readonly subscribers: readonly LedgerLine[];
  readonly laggards: readonly string[];
}

const POLL_MS = 100;

/** `marquee view`, `pin`, `unpin` and `rollback`: exit 1 while a subscriber that reports has not followed. */
export const register: Register = (program, deps) => {
  program
    .command('view')
    .description('say what is served of a view, and by whom')
    .argument('<view>', 'which view', viewArgument)
    .option('--json', 'print one JSON object')
    .addHelpText('before', examples(['marquee view popularity', 'marquee view item-factors --json']))
    .action((view: ViewName, flags: Flags) => show(deps, view, flags));
  const steering = (name: string, what: string, lines: readonly string[]): Command =>
    program
      .command(name)
      .description(what)
      .argument('<view>', 'which view', viewArgument)
      .option('--wait <duration>', 'how long subscribers may take to follow', durationArgument, 10_000)
      .option('--dry-run', 'say what would be served, and change nothing')
      .option('--json', 'print one JSON object')
      .addHelpText('before', examples(lines));
  steering('pin', 'serve this version until it is let go, whatever is announced', ['marquee pin clusters 7'])
    .argument('<version>', 'which version', countArgument(1, LARGEST_VERSION))
    .action((view: ViewName, version: number, flags: Flags) =>
      steer(deps, view, flags, (to) => to.pin(view, viewVersion(version), flags.dryRun)),
    );
  steering('unpin', 'serve what is announced again', ['marquee unpin clusters']).action(
    (view: ViewName, flags: Flags) => steer(deps, view, flags, (to) => to.unpin(view, flags.dryRun)),
  );
  steering('rollback', 'refuse the announced version for good, and serve the newest good one before it', [
    'marquee rollback popularity --dry-run',
    'marquee rollback popularity --reason "counts are halved"',
  ])
    .option('--reason <text>', 'what is wrong with it', 'rolled back by an operator')
    .action((view: ViewName, flags: Flags) =>
      steer(deps, view, flags, (to) => to.rollBack(view, flags.reason, flags.dryRun)),
    );
};

async function show(deps: CliDeps, view: ViewName, { json }: Flags): Promise<void> {
  const { withViews } = await import('./view-deps.ts');
  await withViews(deps, async ({ views, openLedger }) => {
    const pointer = await views.readPointer(view);
    if (pointer === undefined) {
      deps.output.say(`View ${view} was never announced.`);
      return deps.exitWith(EXIT.failed);
    }
    const ledger = await openLedger();
    try {
      const subscribers = ledger.of(view, servedVersion(pointer));
      if (json === true) return deps.output.json({ ...pointer, subscribers });
      const pin = pointer.pin === null ? '' : `, pinned to ${pointer.pin}`;
      deps.output.data(`${view} ${pointer.version}, announced ${pointer.announcedAt}${pin}`);
      for (const line of renderTable(subscribers.map(ledgerRow))) deps.output.data(line);
    } finally {
      await ledger.close();
    }
  });
}

async function steer(
  deps: CliDeps,
  view: ViewName,
  flags: Flags,
  act: (steering: Steering) => Promise<Steered>,
): Promise<void> {
  const { withViews } = await import('./view-deps.ts');
  await withViews(deps, async (all) => {
    const steered = await act(all.steering);
    const subscribers = steered.dryRun ? [] : await followed(all, view, steered, flags.wait);
    const laggards = subscribers.filter(({ standing }) => standing === 'behind').map((one) => one.subscriber);
    if (flags.json === true) deps.output.json({ ...steered, subscribers, laggards } satisfies SteeredAnswer);
    else {
      deps.output.data(describeSteered(steered));
      for (const line of renderTable(subscribers.map(ledgerRow))) deps.output.data(line);
    }
    if (laggards.length > 0) deps.exitWith(EXIT.failed);
  });
}

/** The ledger once nobody who reports is behind, or when the time to wait is over. */
async function followed(
  { openLedger, sleep, now }: ViewDeps,
  view: ViewName,
  { to }: Steered,
  waitMs: number,
): Promise<LedgerLine[]> {
  const until = now() + waitMs;
  const ledger = await openLedger();
  try {
    for (;;) {
      const lines = ledger.of(view, to);
      if (now() >= until || lines.every(({ standing }) => standing !== 'behind')) return lines;
      await sleep(POLL_MS);
    }
  } finally {
    await ledger.close();
  }
}
