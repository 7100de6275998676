import { InvalidArgumentError } from 'commander';
import { EVERY_PROFILE, SCOPES, type Scope } from '../../domain/access.ts';
import { isMarqueeError } from '../../domain/errors.ts';
import type { ToldKey, Keys } from '../keys/key-commands.ts';
import { EXIT, examples, type CliDeps, type Register } from './deps.ts';
import { actionOf, operatorLogOf } from './operator-actions.ts';
import { renderTable } from './output.ts';

interface CreateFlags {
  readonly scope: readonly Scope[];
  readonly profile?: string;
  readonly anyProfile?: true;
  readonly name?: string;
  readonly expires: number | null;
  readonly json?: true;
}

const DAY_MS = 86_400_000;
const UNIT_MS = { h: 3_600_000, d: DAY_MS } as const;

/** `marquee keys create | list | revoke`. */
export const register: Register = (program, deps) => {
  const keys = program
    .command('keys')
    .description('make, list and revoke API keys; only their hashes are kept')
    .addHelpText(
      'before',
      examples([
        'marquee keys create --scope rows:read --any-profile --name website',
        'marquee keys create --scope events:write --scope rows:read --profile p-7 --expires 90d --json',
        'marquee keys list',
        'marquee keys revoke 3f2a9c0d11e8b7a4',
      ]),
    );
  keys
    .command('create')
    .description('make a key and print it, this once')
    .requiredOption('--scope <scope...>', `what it may do: ${SCOPES.join(', ')}`, collectScope, [])
    .option('--profile <id>', 'the one profile whose rows it reads and whose events it writes')
    .option('--any-profile', 'it may read and write every profile: for a back end')
    .option('--name <text>', 'what it is for')
    .option(
      '--expires <when>',
      '`90d`, `12h`, an instant, or `never`',
      expiryArgument,
      expiryArgument('365d'),
    )
    .option('--json', 'print one JSON object')
    .action((flags: CreateFlags) => createCommand(deps, flags));
  keys
    .command('list')
    .description('say which keys there are and what they may do')
    .option('--json', 'print one JSON object')
    .action((flags: { json?: true }) => listCommand(deps, flags));
  keys
    .command('revoke <id>')
    .description('stop a key from working, on every machine within AUTH_KEYS_RELOAD_MS')
    .option('--json', 'print one JSON object')
    .action((id: string, flags: { json?: true }) => revokeCommand(deps, id, flags));
};

async function createCommand(deps: CliDeps, flags: CreateFlags): Promise<void> {
  const { output } = deps;
  const { scope: scopes, profile, anyProfile, name = null, expires: expiresAt } = flags;
  if (profile !== undefined && anyProfile === true) {
    output.say('error: --profile and --any-profile exclude each other');
    return deps.exitWith(EXIT.usage);
  }
  const reach = anyProfile === true ? EVERY_PROFILE : (profile ?? null);
  await withKeys(deps, `keys create ${scopes.join(' ')} for ${reach ?? 'no profile'}`, async (keys) => {
    const { key, told } = await keys.create({ scopes, profile: reach, name, expiresAt });
    if (flags.json === true) output.json({ key, ...told });
    else {
      output.say('This key is shown once and cannot be found again:');
      output.data(key);
    }
    return `made ${told.id}`;
  });
}

async function listCommand(deps: CliDeps, { json }: { json?: true }): Promise<void> {
  await withKeys(deps, undefined, async (keys) => {
    const { reachInWords } = await import('../keys/key-list.ts');
    const all = await keys.list();
    if (json === true) {
      deps.output.json({ keys: all });
      return 'told';
    }
    const rows = all.map((key: ToldKey) => [
      ...[key.id, key.state, key.scopes.join(' '), reachInWords(key.profile)],
      ...[key.expiresAt === null ? 'never expires' : `until ${key.expiresAt}`, key.name ?? ''],
    ]);
    for (const line of renderTable(rows)) deps.output.data(line);
    if (all.length === 0) deps.output.say('There is no key. Make one with `marquee keys create`.');
    return 'told';
  });
}

async function revokeCommand(deps: CliDeps, id: string, { json }: { json?: true }): Promise<void> {
  await withKeys(deps, `keys revoke ${id.slice(0, 40)}`, async (keys) => {
    const told = await keys.revoke(id);
    if (json === true) deps.output.json(told);
    else deps.output.say(`Key ${id} works no more.`);
    return 'done';
  });
}

/** Opens the keys for one command; what changes them is recorded as an operator's action, with what `act` answers. */
async function withKeys(
  deps: CliDeps,
  changes: string | undefined,
  act: (keys: Keys) => Promise<string>,
): Promise<void> {
  const { createKeys } = await import('../keys/key-commands.ts');
  const { keyStoreOf } = await import('../http/auth/authenticate.ts');
  const { openObjectStore } = await import('../connections.ts');
  const local = deps.loadLocalConfig();
  const shared = local.auth.keysIn === 'store' ? deps.loadConfig() : undefined;
  const objects = shared && openObjectStore(shared);
  const store = keyStoreOf({ ...local, region: shared?.region ?? '' }, objects ?? NOWHERE);
  const log = operatorLogOf(local);
  const entry = actionOf(changes ?? '');
  const ended = (outcome: string): Promise<void> =>
    changes === undefined ? Promise.resolve() : log.record({ ...entry, state: 'ended', outcome });
  try {
    if (changes !== undefined) await log.record({ ...entry, state: 'begun' });
    await ended(await act(createKeys(store)));
  } catch (error) {
    await ended(isMarqueeError(error) ? error.code : 'failed');
    throw error;
  } finally {
    objects?.close();
  }
}

/** Never asked: keys are in a file. */
const NOWHERE = {
  get: () => Promise.resolve(undefined),
  put: () => Promise.reject(new Error('keys are in a file')),
};

function collectScope(text: string, before: readonly Scope[]): readonly Scope[] {
  const scope = SCOPES.find((one) => one === text);
  if (scope === undefined) throw new InvalidArgumentError(`Expected one of ${SCOPES.join(', ')}.`);
  return [...new Set([...before, scope])];
}

/** Epoch milliseconds, or null for never. */
function expiryArgument(text: string): number | null {
  if (text === 'never') return null;
  const found = /^(\d{1,5})([hd])$/.exec(text);
  const at =
    found === null ? Date.parse(text) : Date.now() + Number(found[1]) * UNIT_MS[found[2] as 'h' | 'd'];
  if (Number.isFinite(at) && at > Date.now()) return at;
  throw new InvalidArgumentError('Expected 90d, 12h, an instant to come, or never.');
}
