/**
 * What comes to a topic generation after it was sealed: answers that were late, last figures, rows that were answered with.
 * A change of generations does not wait for them, since they have no end; the sinks of the next generation bring them to
 * the lake, until nothing has come for a while.
 */
import { generationNumber, type GenerationHistory, type GenerationRecord } from '../../domain/generations.ts';
import type { Generation, Region } from '../../domain/ids.ts';
import { ENDLESS_TOPICS, topicName } from '../../domain/topics.ts';
import { logUnavailable, type KafkaClient } from '../../infra/kafka/client.ts';
import { lagOf } from '../generations/drained.ts';
import { runSinkStage, type SinkStageDeps } from './stage.ts';

export interface TailDeps extends Omit<SinkStageDeps, 'generation' | 'partitions' | 'only'> {
  readonly of: Pick<GenerationRecord, 'generation' | 'partitions'>;
  /** How long nothing may have come until it is over. */
  readonly quietMs: number;
}

export interface Tail {
  /** Resolves once all that came is in the lake and nothing has come for `quietMs`, or after `stop`; rejects as the stage does. */
  readonly closed: Promise<void>;
  stop(): Promise<void>;
}

/** The generation whose tail a sink of this one reads: the last one sealed before it. */
export const tailBefore = (history: GenerationHistory, name: Generation): GenerationRecord | undefined =>
  history.findLast(
    ({ generation, state }) => state === 'sealed' && generationNumber(generation) < generationNumber(name),
  );

/** Whether the topics are still there: those of a sealed generation are the operator's to delete. Throws LOG_UNAVAILABLE. */
export async function hasTail(kafka: KafkaClient, region: Region, generation: Generation): Promise<boolean> {
  try {
    const there = new Set(await (await kafka.admin()).listTopics());
    return ENDLESS_TOPICS.every((topic) => there.has(topicName(region, generation, topic)));
  } catch (error) {
    throw logUnavailable(error);
  }
}

/** How often within `quietMs` is looked whether it is over. */
const LOOKS = 10;

export function runTail({ of, quietMs, ...deps }: TailDeps): Tail {
  const { kafka, region, log } = deps;
  const { generation, partitions } = of;
  const groupId = `${region}.sink.${generation}`;
  const topics = ENDLESS_TOPICS.map((topic) => topicName(region, generation, topic));
  let lastNews = performance.now();
  const stage = runSinkStage({
    ...{ ...deps, generation, partitions, only: ENDLESS_TOPICS },
    onFlush(flush) {
      lastNews = performance.now();
      deps.onFlush?.(flush);
    },
  });
  let stopped: Promise<void> | undefined;
  let next: NodeJS.Timeout | undefined;
  const stop = (): Promise<void> => {
    clearTimeout(next);
    return (stopped ??= stage.stop());
  };
  /** A broker that does not answer says nothing: it is looked again. */
  const look = async (): Promise<void> => {
    if (performance.now() - lastNews < quietMs) return;
    const { records } = await lagOf(kafka, groupId, topics);
    if (records > 0 || stopped !== undefined) return;
    log.info({ generation }, 'nothing comes to the generation before any more');
    await stop();
  };
  const lookLater = (): void => {
    next = setTimeout(() => {
      look()
        .catch((err: unknown) =>
          log.warn({ err, generation }, 'the end of the generation before is not known'),
        )
        .finally(() => {
          if (stopped === undefined) lookLater();
        });
    }, quietMs / LOOKS);
  };
  lookLater();
  return { closed: stage.closed, stop };
}
