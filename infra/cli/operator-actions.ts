/** Commands that change what is served, published or counted leave a line in the operators' log before and after. */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { isMarqueeError } from '../../domain/errors.ts';
import type { LocalConfig } from '../config.ts';
import { createOperatorLog, type OperatorEntry, type OperatorLog } from '../http/operator-log.ts';

/** Those of keys are recorded where they are carried out, with the key's id. */
const CHANGES: ReadonlySet<string> = new Set([
  'backfill',
  'backfill approve',
  'backfill cancel',
  'backfill derive',
  'backfill pause',
  'backfill resume',
  'backfill retry',
  'backfill start',
  'dead-letters fix',
  'dead-letters redrive',
  'erase',
  'generation change',
  'generation open',
  'generation seal',
  'lake compact',
  'lake expire',
  'lake orphans',
  'lake tags',
  'pin',
  'refresh',
  'rollback',
  'rollout promote',
  'rollout ramp',
  'schedule apply',
  'schema register',
  'train',
  'unpin',
]);

/** The operators' log as it is configured. */
export const operatorLogOf = ({ dataDir, ops }: Pick<LocalConfig, 'dataDir' | 'ops'>): OperatorLog =>
  createOperatorLog(ops.logPath ?? join(dataDir, 'operator-actions.ndjson'));

/** Who acts on the command line, under a number of its own for each action. */
export const actionOf = (what: string): Omit<OperatorEntry, 'state'> => ({
  action: randomUUID(),
  who: `user:${userInfo().username}`,
  from: 'command line',
  what,
});

/** Who is erased is not kept in a log either: the erasure's id says it to whoever has the key. */
const tellable = (path: string, args: readonly string[]): readonly string[] =>
  path === 'erase' ? args.map((one) => (one === 'erase' || one.startsWith('-') ? one : '<profile>')) : args;

/** `backfill list`, without the program's own name. */
function pathOf(command: Command): string {
  const { parent } = command;
  const isNested = parent !== null && parent.parent !== null;
  return isNested ? `${pathOf(parent)} ${command.name()}` : command.name();
}

/**
 * Runs a command line; `run` resolves with the exit code. A change that cannot be recorded is not made: then this rejects
 * with OPERATOR_LOG_UNAVAILABLE. A dry run, or a look at what runs, changes nothing and is not recorded.
 */
export async function recordingChanges(
  program: Command,
  args: readonly string[],
  open: () => OperatorLog,
  run: () => Promise<number>,
): Promise<number> {
  let begun: { readonly log: OperatorLog; readonly entry: Omit<OperatorEntry, 'state'> } | undefined;
  program.hook('preAction', async (_program, command) => {
    const { dryRun, show } = command.optsWithGlobals<{ dryRun?: true; show?: string }>();
    if (!CHANGES.has(pathOf(command)) || dryRun === true || show !== undefined) return;
    const [log, entry] = [open(), actionOf(['marquee', ...tellable(pathOf(command), args)].join(' '))];
    await log.record({ ...entry, state: 'begun' });
    begun = { log, entry };
  });
  const ended = (outcome: string | number): Promise<void> | undefined =>
    begun?.log.record({ ...begun.entry, state: 'ended', outcome });
  try {
    const code = await run();
    await ended(code);
    return code;
  } catch (error) {
    await ended(isMarqueeError(error) ? error.code : 'failed');
    throw error;
  }
}
