/**
 * Changes a region's topic generation: opens the next, closes the one in use to writers, waits until everything in it was
 * read, and seals it with its ends. Each step may be done again after a crash.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { MarqueeError } from '../../domain/errors.ts';
import {
  closingIn,
  generationAfter,
  openNext,
  sealClosing,
  type GenerationHistory,
  type GenerationShape,
} from '../../domain/generations.ts';
import { topicName } from '../../domain/topics.ts';
import type { Config } from '../../infra/config.ts';
import { topicPlanOf } from '../../infra/connections.ts';
import type { GenerationStore } from '../../infra/generations/store.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { fenceTopic } from '../../infra/kafka/fence.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { readDrain, type Drain } from './drained.ts';

export interface GenerationDeps {
  readonly kafka: KafkaClient;
  readonly store: GenerationStore;
  readonly config: Config;
}

/**
 * Creates the topics of the generation after the configured one and records it; nobody writes there yet. Throws
 * GENERATION_REFUSED as `openNext` does.
 */
export async function openGeneration(
  { kafka, store, config }: GenerationDeps,
  shape: GenerationShape,
): Promise<GenerationHistory> {
  // Refused before anything is created.
  openNext(await store.read(), config, shape);
  const generation = generationAfter(config.generation);
  await ensureTopics(kafka, { ...topicPlanOf(config), generation, partitions: shape.partitions });
  return store.update((history) => openNext(history, config, shape));
}

export interface SealOptions {
  readonly patienceMs: number;
  readonly pollIntervalMs: number;
  readonly now: () => number;
  readonly onWait?: (drain: Drain) => void;
}

/**
 * Closes the raw topic of the closing generation, for good, and seals the generation once its groups have read all of it.
 * Throws GENERATION_NOT_SEALED when they have not within `patienceMs`: call it again.
 */
export async function sealGeneration(
  { kafka, store, config }: GenerationDeps,
  { patienceMs, pollIntervalMs, now, onWait }: SealOptions,
): Promise<GenerationHistory> {
  const history = await store.read();
  const closing = closingIn(history);
  if (closing === undefined) return history;
  const { generation } = closing;
  await fenceTopic(kafka, topicName(config.region, generation, 'raw-events'));
  const deadline = performance.now() + patienceMs;
  let before: Drain | undefined;
  for (;;) {
    const drain = await readDrain(kafka, config, generation);
    // Twice the same, so that what a group wrote while it was looked at is not missed by the one after it.
    if (
      drain.behind.length === 0 &&
      before?.behind.length === 0 &&
      isDeepStrictEqual(drain.ends, before.ends)
    )
      return store.update((known) => sealClosing(known, drain.ends, now()));
    onWait?.(drain);
    if (performance.now() > deadline)
      throw new MarqueeError('GENERATION_NOT_SEALED', { generation, what: 'the next one' });
    before = drain;
    await sleep(pollIntervalMs);
  }
}
