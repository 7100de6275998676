/**
 * One life of a process after another: what it builds lasts until it is told to stop, fails, or the topic generation it
 * is in changes. Then everything is closed in order and built again, in the next generation.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isMarqueeError } from '../domain/errors.ts';
import { readIn, type GenerationHistory, type InGeneration } from '../domain/generations.ts';
import type { Config } from './config.ts';
import { configIn, knownGenerations } from './generations/open.ts';
import type { GenerationFollower } from './generations/follow.ts';
import type { Log } from './log.ts';

export interface ServiceContext {
  readonly config: Config;
  readonly log: Log;
  /** Registers what must be closed; the last registered is closed first. */
  onClose(close: () => Promise<void> | void): void;
  /** Ends the process with an error: whatever it waits on has failed for good. */
  fail(error: unknown): void;
}

export type Build = (context: ServiceContext) => Promise<unknown>;

export interface LivesOptions {
  readonly name: string;
  readonly config: Config;
  readonly log: Log;
  readonly build: Build;
  /** Opened by whoever runs the lives, who closes it; without it there is one life, in the configured generation. */
  readonly openGenerations?: (onChange: (history: GenerationHistory) => void) => GenerationFollower;
  /** Resolves when the process is told to stop. */
  readonly stopped: Promise<void>;
  /** Closing takes longer than `shutdownTimeoutMs`. */
  readonly onStuck: (end: LifeEnd) => void;
}

/**
 * `stopped`: told to. `failed`: for good. `changed`: another generation is read now. `unfinished`: the generation before
 * has to be finished first. `finished`: the time for that is over.
 */
export type LifeEnd = 'stopped' | 'failed' | 'changed' | 'unfinished' | 'finished';

const RESTART_START_MS = 500;
const RESTART_LONGEST_MS = 10_000;
/** How long the store may take to say which generation is read, before it is said that it does not. */
const PATIENCE_MS = 5000;
/** How long a process goes back to the generation before, when nobody is left there to write its last checkpoints. */
const FINISH_MS = 15_000;

/** Resolves when stopped or failed. */
export async function runLives(options: LivesOptions): Promise<'stopped' | 'failed'> {
  const { config, log, stopped } = options;
  let change = Promise.withResolvers<void>();
  const generations = options.openGenerations?.(() => change.resolve());
  let place: InGeneration = config;
  let before: InGeneration | undefined;
  const look = async (): Promise<void> => {
    if (generations === undefined) return;
    const history = await knownGenerations(generations, config.region, PATIENCE_MS);
    change = Promise.withResolvers();
    place = readIn(history, config);
    before = history.findLast(({ state }) => state === 'sealed');
  };
  const hasMoved = async (): Promise<void> => {
    for (;;) {
      await change.promise;
      change = Promise.withResolvers();
      const next = readIn(generations?.current() ?? [], config);
      if (next.generation !== place.generation) return;
    }
  };
  const life = createLife(options);
  try {
    for (let isFinishing = false; ;) {
      const isKnown = await life.patiently(look);
      if (!isKnown) return 'stopped';
      const at = isFinishing && before !== undefined ? before : place;
      const ending = isFinishing
        ? sleep(FINISH_MS, 'finished' as const, { ref: false })
        : hasMoved().then(() => 'changed' as const);
      const end = await life.live(configIn(config, at), ending);
      if (end === 'stopped' || end === 'failed') return end;
      isFinishing = end === 'unfinished';
      const sentence = isFinishing
        ? 'the generation before is finished first'
        : 'the topic generation is another';
      log.info({ from: at.generation, why: end }, `${sentence}: begun anew`);
      if (isFinishing) await Promise.race([sleep(RESTART_START_MS), stopped]);
    }
  } finally {
    await generations?.close();
  }
}

interface Life {
  /** Tries again while a server is away; false when stopped meanwhile. */
  patiently(work: () => Promise<void>): Promise<boolean>;
  /** Builds, waits for an end, and closes everything in order. */
  live(config: Config, ending: Promise<LifeEnd>): Promise<LifeEnd>;
}

function createLife({ name, log, build, stopped, onStuck, config: settings }: LivesOptions): Life {
  let isStopped = false;
  void stopped.then(() => (isStopped = true));

  const patiently: Life['patiently'] = async (work) => {
    for (let pauseMs = RESTART_START_MS; !isStopped; pauseMs = Math.min(pauseMs * 2, RESTART_LONGEST_MS)) {
      try {
        await work();
        return true;
      } catch (error) {
        if (!isMarqueeError(error) || !error.retryable) throw error;
        log.warn({ err: error, pause_ms: pauseMs }, `${name} cannot start yet and will try again`);
        await Promise.race([sleep(pauseMs), stopped]);
      }
    }
    return false;
  };

  const live: Life['live'] = async (config, ending) => {
    const closers: (() => Promise<void> | void)[] = [];
    const closeAll = async (): Promise<void> => {
      for (const close of closers.splice(0).toReversed()) {
        await Promise.resolve()
          .then(close)
          .catch((error: unknown) => log.error({ err: error }, 'closing failed'));
      }
    };
    const failed = Promise.withResolvers<LifeEnd>();
    const fail = (error: unknown): void => {
      // Whoever leaves the generation before may still owe it a checkpoint, or may have been killed.
      if (isMarqueeError(error, 'GENERATION_NOT_SEALED')) {
        log.warn({ err: error }, `${name} cannot go on yet`);
        return failed.resolve('unfinished');
      }
      log.fatal({ err: error }, `${name} cannot go on`);
      failed.resolve('failed');
    };
    const isOver = { value: false };
    const attempt = async (): Promise<void> => {
      try {
        await build({ config, log, onClose: (close) => void closers.push(close), fail });
      } catch (error) {
        await closeAll();
        throw error;
      }
    };
    const starting = patiently(async () => {
      if (!isOver.value) await attempt();
    })
      .then((isUp) => isUp && !isOver.value && log.info(`${name} is up`))
      .catch(fail);
    const end = await Promise.race([stopped.then(() => 'stopped' as const), failed.promise, ending]);
    isOver.value = true;
    const stuck = setTimeout(() => onStuck(end), settings.shutdownTimeoutMs);
    stuck.unref();
    await closeAll();
    await starting;
    await closeAll();
    clearTimeout(stuck);
    return end;
  };
  return { patiently, live };
}
