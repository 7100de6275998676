/** The entry of a thread that folds: a stage of its own, a member of the consumer group as another process would be. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Offset } from '../../domain/blocks.ts';
import { createLog } from '../../infra/log.ts';
import { openSpeedStage, type OpenStage } from './open-stage.ts';
import { failureOf, type FromThread, type ThreadStart, type ToThread } from './thread-messages.ts';

const { config, thread } = workerData as ThreadStart;
const port = parentPort!;
const log = createLog({
  name: 'speed',
  level: config.logLevel,
  fields: { region: config.region, thread },
  ...config.log,
});
const say = (message: FromThread): void => port.postMessage(message);
const questions = new Map<number, (rawHigh: Offset | undefined) => void>();
let asked = 0;
let stage: OpenStage | undefined;

const fault = (error: unknown): void => say({ type: 'fault', failure: failureOf(error) });

async function stop(): Promise<void> {
  await stage?.stop();
  process.exit();
}

port.on('message', (message: ToThread) => {
  switch (message.type) {
    case 'tombstones':
      stage?.tombstoneBelow(message.cut);
      return;
    case 'rawHigh':
      questions.get(message.question)?.(message.rawHigh);
      questions.delete(message.question);
      return;
    case 'stop':
      stop().catch(fault);
  }
});

try {
  stage = await openSpeedStage(config, log, {
    rawHighBelow: (topic, partition) => (offset) => {
      const question = asked++;
      const { promise, resolve }: PromiseWithResolvers<Offset | undefined> = Promise.withResolvers();
      questions.set(question, resolve);
      say({ type: 'rawHigh', question, offset, topic, partition });
      return promise;
    },
    onFault: fault,
    onProgress: (topic, partition, records, lag) => say({ type: 'progress', topic, partition, records, lag }),
    onOpened: (topic, partition, durationMs) => say({ type: 'opened', topic, partition, durationMs }),
    onFlush: (topic, partition, durationMs) => say({ type: 'flush', topic, partition, durationMs }),
  });
  stage.closed.catch(fault);
  say({ type: 'started' });
} catch (error) {
  fault(error);
  port.close();
}
