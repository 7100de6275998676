/** The life of a process: configuration, build, run until told to stop, close in order. */
import { isMarqueeError } from '../domain/errors.ts';
import { loadConfig, type Config } from './config.ts';
import { openGenerations } from './generations/open.ts';
import { runLives, type Build, type LifeEnd } from './lives.ts';
import { createLog } from './log.ts';

export type { ServiceContext } from './lives.ts';

/** What a process ends with. */
export const EXIT_CODES = {
  stopped: 0,
  /** The reason is the last log line. */
  failed: 1,
  /** Told to stop, and closing took longer than `shutdownTimeoutMs`. */
  stuck: 2,
  /** The topic generation has changed, and closing took longer than that: start it again, it goes on in the new one. */
  restart: 3,
} as const;

/**
 * Runs a process until SIGTERM or SIGINT, or until it fails. While a server it needs is away at the start, it tries
 * again. When the topic generation changes it closes and builds anew, in the next one; with `follows: false` it sees to
 * that itself. Exit codes: see `EXIT_CODES`.
 */
export async function runService(
  name: string,
  build: Build,
  { follows = true }: { readonly follows?: boolean } = {},
): Promise<void> {
  const config = configOrExit();
  const log = createLog({ name, level: config.logLevel, fields: { region: config.region }, ...config.log });
  const stopped = Promise.withResolvers<void>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopped.resolve());
  const isFollowing = follows && config.generationFrom === 'store';
  const end = await runLives({
    ...{ name, config, log, build, stopped: stopped.promise },
    ...(isFollowing && {
      openGenerations: (onChange) => openGenerations(config, log, { remembers: false, onChange })!,
    }),
    onStuck(why: LifeEnd) {
      log.fatal(`${name} did not close in time`);
      process.exit(why === 'stopped' || why === 'failed' ? EXIT_CODES.stuck : EXIT_CODES.restart);
    },
  });
  log.info(`${name} has stopped`);
  process.exit(EXIT_CODES[end]);
}

/** The configuration of this process; where it is not usable the process ends, with a line for every fault. */
export function configOrExit(): Config {
  try {
    return loadConfig();
  } catch (error) {
    if (!isMarqueeError(error, 'CONFIG_INVALID')) throw error;
    process.stderr.write(`${error.message.replaceAll('; ', ';\n  ')}\n`);
    process.exit(EXIT_CODES.failed);
  }
}
