/** The life of a process: configuration, build, run until told to stop, close in order. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isMarqueeError } from '../domain/errors.ts';
import { createLog, type Log } from './log.ts';
import { loadConfig, type Config } from './config.ts';

export interface ServiceContext {
  readonly config: Config;
  readonly log: Log;
  /** Registers what must be closed; the last registered is closed first. */
  onClose(close: () => Promise<void> | void): void;
  /** Ends the process with an error: whatever it waits on has failed for good. */
  fail(error: unknown): void;
}

const RESTART_START_MS = 500;
const RESTART_LONGEST_MS = 10_000;

/**
 * Runs a process until SIGTERM or SIGINT, or until it fails. While a server it needs is away at the start, it tries again. Exit codes: 0 stopped, 1 failed (the reason is the last log
 * line), 2 closing took longer than `shutdownTimeoutMs`.
 */
export async function runService(
  name: string,
  build: (context: ServiceContext) => Promise<void>,
): Promise<void> {
  const config = loadConfig();
  const log = createLog({ name, level: config.logLevel, fields: { region: config.region } });
  const closers: (() => Promise<void> | void)[] = [];
  const ended = Promise.withResolvers<number>();
  const fail = (error: unknown): void => {
    log.fatal({ err: error }, `${name} cannot go on`);
    ended.resolve(1);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ended.resolve(0));
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).toReversed()) {
      await Promise.resolve()
        .then(close)
        .catch((error: unknown) => log.error({ err: error }, 'closing failed'));
    }
  };
  const isEnded = { value: false };
  void ended.promise.then(() => (isEnded.value = true));
  const start = async (): Promise<void> => {
    for (
      let pauseMs = RESTART_START_MS;
      !isEnded.value;
      pauseMs = Math.min(pauseMs * 2, RESTART_LONGEST_MS)
    ) {
      try {
        await build({ config, log, onClose: (close) => void closers.push(close), fail });
        return log.info(`${name} is up`);
      } catch (error) {
        if (!isMarqueeError(error) || !error.retryable) return fail(error);
        log.warn({ err: error, pause_ms: pauseMs }, `${name} cannot start yet and will try again`);
        await closeAll();
        await Promise.race([sleep(pauseMs), ended.promise]);
      }
    }
  };
  const starting = start();
  const code = await ended.promise;
  setTimeout(() => {
    log.fatal(`${name} did not close in time`);
    process.exit(2);
  }, config.shutdownTimeoutMs).unref();
  await closeAll();
  await starting;
  await closeAll();
  log.info(`${name} has stopped`);
  process.exit(code);
}
