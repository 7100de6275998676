/**
 * The stage in several threads of one process, of which the main one is the first. Each is a member of the consumer group
 * with connections of its own, so partitions are shared out between threads as between processes, and nothing that folds is
 * shared.
 */
import { extname } from 'node:path';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Config } from '../../infra/config.ts';
import type { Log } from '../../infra/log.ts';
import { openSpeedStage, type OpenStage, type StageHooks } from './open-stage.ts';
import { errorOf, failureOf, type FromThread, type ThreadStart, type ToThread } from './thread-messages.ts';

/** How many threads a process of this configuration folds in: no more than there are partitions of a topic. */
export function threadsOf({ speed: { threads }, partitions }: Pick<Config, 'speed' | 'partitions'>): number {
  return Math.min(partitions, threads === 0 ? availableParallelism() : threads);
}

/** The stage in as many threads as are configured: in this one, which has loaded everything anyway, and in others beside it. */
export async function openStages(config: Config, log: Log, hooks: StageHooks): Promise<OpenStage> {
  const others = threadsOf(config) - 1;
  if (others === 0) return openSpeedStage(config, log, hooks);
  const opened = await Promise.allSettled([
    openSpeedStage(config, log, hooks),
    startSpeedThreads(others, config, hooks),
  ]);
  const stages = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const stop = async (): Promise<void> => {
    const ended = await Promise.allSettled(stages.map((stage) => stage.stop()));
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
  };
  const failed = opened.find((one) => one.status === 'rejected');
  if (failed !== undefined) {
    await stop().catch((err: unknown) => log.warn({ err }, 'a stage that began did not end in order'));
    throw failed.reason;
  }
  const closed = Promise.all(stages.map((stage) => stage.closed)).then(() => undefined);
  closed.catch(() => undefined);
  return {
    closed,
    stop,
    tombstoneBelow(cut) {
      for (const stage of stages) stage.tombstoneBelow(cut);
    },
  };
}

const ENTRY = new URL(`./thread${extname(import.meta.filename)}`, import.meta.url);

/** Resolves once every thread has begun; rejects with the first failure, with all of them ended. */
async function startSpeedThreads(count: number, config: Config, hooks: StageHooks): Promise<OpenStage> {
  const threads = Array.from({ length: count }, (_, i) => startThread({ config, thread: i + 2 }, hooks));
  const stop = async (): Promise<void> => {
    await Promise.all(threads.map((thread) => thread.stop()));
  };
  try {
    await Promise.all(threads.map(({ started }) => started));
  } catch (error) {
    await stop();
    throw error;
  }
  const closed = Promise.all(threads.map((thread) => thread.closed)).then(() => undefined);
  closed.catch(() => undefined);
  return {
    closed,
    stop,
    tombstoneBelow(cut) {
      for (const thread of threads) thread.tell({ type: 'tombstones', cut });
    },
  };
}

interface Thread {
  readonly started: Promise<void>;
  readonly closed: Promise<void>;
  tell(message: ToThread): void;
  stop(): Promise<void>;
}

function startThread(start: ThreadStart, hooks: StageHooks): Thread {
  const worker = new Worker(ENTRY, { workerData: start });
  const started = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  for (const { promise } of [started, closed]) promise.catch(() => undefined);
  const tell = (message: ToThread): void => worker.postMessage(message);
  let hasStarted = false;

  /** Before it has begun, the one who waits for that is told; afterwards the process. */
  const fail = (error: Error): void => {
    if (hasStarted) hooks.onFault(error);
    started.reject(error);
    closed.reject(error);
  };

  worker.on('message', (message: FromThread) => {
    switch (message.type) {
      case 'started':
        hasStarted = true;
        return started.resolve();
      case 'progress':
        return hooks.onProgress(message.topic, message.partition, message.records, message.lag);
      case 'opened':
        return hooks.onOpened(message.topic, message.partition, message.durationMs);
      case 'flush':
        return hooks.onFlush(message.topic, message.partition, message.durationMs);
      case 'rawHigh': {
        const { topic, partition, offset, question } = message;
        hooks
          .rawHighBelow(
            topic,
            partition,
          )(offset)
          .then((rawHigh) => tell({ type: 'rawHigh', question, rawHigh }), fail);
        return;
      }
      case 'fault':
        fail(errorOf(message.failure));
    }
  });
  worker.on('error', (error) => fail(errorOf(failureOf(error))));
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  void ended.then(() => {
    started.reject(new Error(`thread ${start.thread} has ended before it began`));
    closed.resolve();
  });
  return {
    started: started.promise,
    closed: closed.promise,
    tell,
    async stop() {
      tell({ type: 'stop' });
      await ended;
    },
  };
}
