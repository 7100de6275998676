import type { Command } from 'commander';
import type { LedgerLine } from '../../domain/subscriber-status.ts';
import { isMarqueeError } from '../../domain/errors.ts';
import {
  servedVersion,
  viewVersion,
  LARGEST_VERSION,
  type ViewName,
  type ViewVersion,
} from '../../domain/views.ts';
import { countArgument, durationArgument, viewArgument } from './arguments.ts';
import { EXIT, examples, type CliDeps, type Register } from './deps.ts';
import { renderTable } from './output.ts';
import type { Ledger } from '../hermes/ledger.ts';
import type { Steered, Steering } from '../hermes/steering.ts';
import { trialsOf } from '../hermes/canaries.ts';
import type { VersionSummary, ViewRepository } from '../hermes/repository.ts';
import { describeSteered, describeTrials, ledgerRow } from './view-text.ts';
import type { ViewDeps } from './view-deps.ts';

interface Flags {
  readonly wait: number;
  readonly reason: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/**
 * What `--json` prints, in a dry run as after a change: who follows, as they stand to the version to be served, and who has not
 * followed within the time to wait.
 */
export interface SteeredAnswer extends Steered {
  /** Null while nobody can say, since Kafka is away. */
  readonly subscribers: readonly LedgerLine[] | null;
  readonly laggards: readonly string[];
  /** From the change until all who report had followed, or waiting was over; null in a dry run. */
  readonly waitedMs: number | null;
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
  await withViews(deps, async ({ views, canaries, openLedger, now }) => {
    const pointer = await views.readPointer(view);
    if (pointer === undefined) {
      deps.output.say(`View ${view} was never announced.`);
      return deps.exitWith(EXIT.failed);
    }
    const subscribers = await askLedger(deps, openLedger, (ledger) =>
      ledger.of(view, servedVersion(pointer)),
    );
    const trials = await trialsOf(canaries, view, pointer.version, now());
    const refused = await newestRefused(views, view, pointer.version);
    if (json === true) return deps.output.json({ ...pointer, ...trials, refused, subscribers });
    const pin = pointer.pin === null ? '' : `, pinned to ${pointer.pin}`;
    deps.output.data(`${view} ${pointer.version}, announced ${pointer.announcedAt}${pin}`);
    for (const line of describeTrials(trials)) deps.output.data(line);
    if (refused !== null)
      deps.output.data(`version ${refused.version} was refused by ${refused.rule}: ${refused.reason}`);
    for (const line of renderTable((subscribers ?? []).map(ledgerRow))) deps.output.data(line);
  });
}

/** Versions looked through. */
const LOOKED_AT = 10;

/** The newest version that came after the announced one and was refused; null where there is none. */
async function newestRefused(
  views: Pick<ViewRepository, 'listVersions'>,
  view: ViewName,
  announced: ViewVersion,
): Promise<Pick<VersionSummary, 'version' | 'rule' | 'reason'> | null> {
  const versions = await views.listVersions(view, LOOKED_AT);
  const found = versions.find(({ version, state }) => version > announced && state === 'rejected');
  return found === undefined ? null : { version: found.version, rule: found.rule, reason: found.reason };
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
    const since = all.now();
    const waitMs = steered.dryRun ? 0 : flags.wait;
    const subscribers = await askLedger(deps, all.openLedger, (ledger) =>
      followed(ledger, all, { view, to: steered.to, waitMs }),
    );
    const behind = (subscribers ?? []).filter(({ standing }) => standing === 'behind');
    const laggards = steered.dryRun ? [] : behind.map(({ subscriber }) => subscriber);
    const waitedMs = steered.dryRun ? null : all.now() - since;
    const answer: SteeredAnswer = { ...steered, subscribers, laggards, waitedMs };
    if (flags.json === true) deps.output.json(answer);
    else {
      deps.output.data(describeSteered(steered));
      for (const line of renderTable((subscribers ?? []).map(ledgerRow))) deps.output.data(line);
      if (waitedMs !== null && subscribers !== null && laggards.length === 0)
        deps.output.say(`All who report follow, after ${waitedMs} ms.`);
    }
    if (laggards.length > 0 || subscribers === null) deps.exitWith(EXIT.failed);
  });
}

/** What the ledger says; null, with a line of talk, where Kafka cannot be asked. What was done stands all the same. */
async function askLedger(
  { output }: CliDeps,
  open: ViewDeps['openLedger'],
  ask: (ledger: Ledger) => readonly LedgerLine[] | Promise<readonly LedgerLine[]>,
): Promise<readonly LedgerLine[] | null> {
  let ledger: Ledger;
  try {
    ledger = await open();
  } catch (error) {
    if (!isMarqueeError(error, 'LOG_UNAVAILABLE')) throw error;
    output.say(`Nobody can say who has followed: ${error.message}`);
    return null;
  }
  try {
    return await ask(ledger);
  } finally {
    await ledger.close();
  }
}

/** The ledger once nobody who reports is behind, or when the time to wait is over. */
async function followed(
  ledger: Ledger,
  { sleep, now }: ViewDeps,
  { view, to, waitMs }: { view: ViewName; to: ViewVersion; waitMs: number },
): Promise<readonly LedgerLine[]> {
  const until = now() + waitMs;
  for (;;) {
    const lines = ledger.of(view, to);
    if (now() >= until || lines.every(({ standing }) => standing !== 'behind')) return lines;
    await sleep(POLL_MS);
  }
}
