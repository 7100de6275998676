import { join, resolve } from 'node:path';
import type { Config } from '../config.ts';
import { bearing } from '../http/bearing.ts';
import { FOLDING_FLAGS } from '../local/node-flags.ts';
import { EXIT, examples, type CliDeps, type Register } from './deps.ts';
import { renderTable } from './output.ts';

interface Flags {
  readonly follow?: true;
  readonly keep?: true;
  readonly json?: true;
  readonly controller?: string;
}

const KINDS = ['speed', 'behaviour', 'extract'] as const;
type Kind = (typeof KINDS)[number];
const ROOT = resolve(import.meta.dirname, '../..');
const EXTENSION = import.meta.filename.endsWith('.ts') ? 'ts' : 'js';
const ASK_TIMEOUT_MS = 5000;

/** `marquee scale`: exits 4 when no controller answers. With --follow, processes run as long as it does. */
export const register: Register = (program, deps) => {
  program
    .command('scale')
    .argument('[process]', `which of ${KINDS.join(', ')}, with --follow`, 'speed')
    .description('say how many processes there should be; with --follow, start and stop them here')
    .option('-f, --follow', 'keep as many processes as the controller asks for, until interrupted')
    .option('--keep', 'leave the processes running when interrupted; the next --follow takes them over')
    .option('--controller <url>', 'where the controller answers; else CONTROLLER_HOST and CONTROLLER_PORT')
    .option('--json', 'print one JSON object; with --follow, one a line for every start and stop')
    .addHelpText(
      'before',
      examples(['marquee scale', 'marquee scale --json', 'marquee scale speed --follow']),
    )
    .action(async (name: string, flags: Flags) => {
      const kind = KINDS.find((one) => one === name);
      if (kind === undefined)
        return program.error(`error: there is no process ${name} to scale; there are ${KINDS.join(', ')}`, {
          exitCode: EXIT.usage,
        });
      const config = deps.loadConfig();
      const url = flags.controller ?? `http://${config.controller.host}:${config.controller.port}`;
      const token = config.auth.clientToken;
      await (flags.follow === true ? follow(deps, config, kind, url, flags) : show(deps, url, token, flags));
    });
};

interface Answer {
  /** None where the controller refuses. */
  readonly processes?: readonly Readonly<Record<string, string | number | null>>[];
}

async function show(deps: CliDeps, url: string, token: string | undefined, { json }: Flags): Promise<void> {
  const asking = fetch(`${url}/v1/scale`, {
    headers: bearing(token),
    signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
  });
  const answer = await asking.then((found) => found.json() as Promise<Answer>).catch(() => undefined);
  if (answer !== undefined && answer.processes === undefined) {
    deps.output.say(
      `The controller at ${url} refuses: set AUTH_CLIENT_TOKEN to a key with the scope ops:read.`,
    );
    return deps.exitWith(EXIT.failed);
  }
  if (answer?.processes === undefined) {
    deps.output.say(`No controller answers at ${url}: run \`npm run start:controller\`.`);
    return deps.exitWith(EXIT.notRunning);
  }
  if (json === true) return deps.output.json(answer);
  const rows = answer.processes.map((one) => [
    ...[String(one['process']), `${one['running']} running`, `${one['desired']} desired`],
    ...[`lag ${one['lag_records']}`, `${one['arrivals_per_second']}/s`, String(one['why'])],
  ]);
  for (const line of renderTable(rows)) deps.output.data(line);
}

async function follow(deps: CliDeps, config: Config, kind: Kind, url: string, flags: Flags): Promise<void> {
  const { openFleet } = await import('../local/fleet.ts');
  const { askController, followScale } = await import('../local/follow-scale.ts');
  const { output } = deps;
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interruption.abort());
  const fleet = openFleet({
    name: kind,
    command: commandOf(kind),
    // How many members there are is the controller's to say.
    env: { [`${kind.toUpperCase()}_METRICS_PORT`]: '0', SPEED_THREADS: '1' },
    file: join(config.dataDir, `fleet-${kind}.json`),
    logDir: join(config.dataDir, 'logs', 'scale'),
    stopTimeoutMs: config.local.stopTimeoutMs,
    ...config.scale,
    onEvent(event) {
      if (event.type === 'gave-up') {
        output.say(`${event.deaths} processes have ended by themselves; none is started for a while.`);
      } else if (flags.json === true) {
        output.json({ event: event.type, process: kind, pid: event.member.pid, log: event.member.log });
      } else output.data(`${event.type} ${kind} ${event.member.number} (pid ${event.member.pid})`);
    },
  });
  try {
    await followScale({
      fleet,
      ask: () => askController(url, kind, config.auth.clientToken),
      pollIntervalMs: config.scale.pollIntervalMs,
      signal: interruption.signal,
      onSilence: () => output.say(`No controller answers at ${url}: what runs goes on.`),
      onVoice: () => output.say('The controller answers again.'),
    });
  } finally {
    if (flags.keep !== true) await fleet.stop();
  }
}

/** Exported for the proof, which follows in its own process. */
export const commandOf = (kind: Kind): readonly [string, ...string[]] => [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  ...(kind === 'extract' ? [] : FOLDING_FLAGS),
  `${join(ROOT, 'infra', 'bin', kind)}.${EXTENSION}`,
];
