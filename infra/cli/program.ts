/** The `marquee` command line. Data goes to stdout, talk to stderr. */
import { Command, CommanderError } from 'commander';
import { isMarqueeError, type ErrorCode } from '../../domain/errors.ts';
import { loadConfig, loadLocalConfig, wantsNoColor, type Env } from '../config.ts';
import type { OperatorLog } from '../http/operator-log.ts';
import { EXIT, EXIT_CODE_HELP, examples, type CliDeps, type ExitCode, type Register } from './deps.ts';
import { register as audit } from './audit.ts';
import { register as backfill } from './backfill.ts';
import { register as deadLetters } from './dead-letters.ts';
import { register as declared } from './declared.ts';
import { register as demo } from './demo.ts';
import { register as doctor } from './doctor.ts';
import { register as down } from './down.ts';
import { register as erase } from './erase.ts';
import { register as experiment } from './experiment.ts';
import { register as generation } from './generation.ts';
import { register as keys } from './keys.ts';
import { register as lake } from './lake.ts';
import { register as logs } from './logs.ts';
import { register as models } from './models.ts';
import { createOutput, type Sink } from './output.ts';
import { operatorLogOf, recordingChanges } from './operator-actions.ts';
import { register as parity } from './parity.ts';
import { register as refresh } from './refresh.ts';
import { register as replay } from './replay.ts';
import { register as rollout } from './rollout.ts';
import { register as scale } from './scale.ts';
import { register as schedules } from './schedules.ts';
import { register as schema } from './schema.ts';
import { register as status } from './status.ts';
import { register as train } from './train.ts';
import { register as up } from './up.ts';
import { register as view } from './view.ts';
import { register as views } from './views.ts';
import { register as why } from './why.ts';

/** Every command, in the order of the help. What a command needs beyond arguments it imports in its action. */
const COMMANDS: readonly Register[] = [
  demo,
  up,
  down,
  status,
  doctor,
  logs,
  keys,
  audit,
  scale,
  generation,
  refresh,
  train,
  models,
  views,
  view,
  declared,
  parity,
  why,
  experiment,
  backfill,
  erase,
  lake,
  schedules,
  rollout,
  deadLetters,
  schema,
  replay,
];

const CODE_OF: Partial<Record<ErrorCode, ExitCode>> = {
  CONFIG_INVALID: EXIT.usage,
  SERVER_MISSING: EXIT.missing,
  DOWNLOAD_CORRUPT: EXIT.missing,
  SERVER_UNHEALTHY: EXIT.notRunning,
  WORKFLOW_SERVICE_UNAVAILABLE: EXIT.notRunning,
  OBJECT_STORE_UNAVAILABLE: EXIT.notRunning,
  BACKFILL_RANGE_INVALID: EXIT.usage,
  BACKFILL_ORDER_INVALID: EXIT.usage,
  ERASURE_REFUSED: EXIT.usage,
  REPLAY_INVALID: EXIT.usage,
  DECLARATION_INVALID: EXIT.usage,
  DECLARATION_NOT_FOUND: EXIT.usage,
  KEY_REFUSED: EXIT.usage,
};

export interface Terminal {
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Settings; the process's own environment unless given. */
  readonly env?: Env;
}

/** Runs one command line and resolves with its exit code; never throws. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = EXIT.ok;
  const { stdout, stderr, env } = terminal;
  const output = createOutput({ stdout, stderr, noColor: wantsNoColor(env) });
  const deps: CliDeps = {
    output,
    loadConfig: () => loadConfig(env),
    loadLocalConfig: () => loadLocalConfig(env),
    exitWith: (wanted) => (code = wanted),
  };
  const program = createProgram(terminal);
  for (const register of COMMANDS) register(program, deps);
  try {
    const open = (): OperatorLog => operatorLogOf(deps.loadLocalConfig());
    return await recordingChanges(program, args, open, async () => {
      await program.parseAsync([...args], { from: 'user' });
      return code;
    });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 1 ? EXIT.usage : error.exitCode;
    output.say(isMarqueeError(error) ? error.message : String((error as Error).stack ?? error));
    return isMarqueeError(error) ? (CODE_OF[error.code] ?? EXIT.failed) : EXIT.failed;
  }
}

function createProgram({ stdout, stderr }: Terminal): Command {
  return new Command('marquee')
    .description('What people watch and what they were shown, turned into what they see next.')
    .addHelpText('before', examples(['marquee up', 'marquee status', 'npm run demo']))
    .addHelpText('after', EXIT_CODE_HELP)
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .exitOverride()
    .showHelpAfterError('(add --help for what there is)');
}
