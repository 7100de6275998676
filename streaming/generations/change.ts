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
  readIn,
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
import { groupMembers } from '../../infra/kafka/group-members.ts';
import { logBounds } from '../../infra/kafka/offsets.ts';
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

export interface ChangeOptions extends SealOptions {
  /** How long writers that follow the record may take to leave; then the broker refuses whoever is left. */
  readonly writersMs: number;
  readonly onStep?: (step: ChangeStep) => void;
}

export const CHANGE_STEPS = ['opened', 'writers-left', 'sealed', 'read'] as const;
export type ChangeStep = (typeof CHANGE_STEPS)[number];

export interface GenerationChange {
  /** Nothing is changed where the generation in use has this shape already. */
  readonly outcome: 'changed' | 'unchanged';
  readonly history: GenerationHistory;
  /** Whether somebody reads the new generation; processes that do not follow the record must be started in it. */
  readonly isRead: boolean;
}

/**
 * Goes from the generation in use to the next, from the first step to the last; after a crash it goes on with the step it
 * was at. Throws as `openGeneration` and `sealGeneration` do.
 */
export async function changeGeneration(
  { kafka, store, config: settings }: GenerationDeps,
  shape: GenerationShape,
  options: ChangeOptions,
): Promise<GenerationChange> {
  const { writersMs, patienceMs, pollIntervalMs, onStep } = options;
  const before = await store.read();
  const inUse = readIn(before, settings);
  const config = { ...settings, ...inUse };
  const isSame = inUse.partitions === shape.partitions && inUse.blockSize === shape.blockSize;
  const isUnderWay = closingIn(before) !== undefined;
  if (isSame && !isUnderWay) return { outcome: 'unchanged', history: before, isRead: true };
  // A region that nothing ran in yet has none, and nothing to drain.
  await ensureTopics(kafka, topicPlanOf(config));
  await openGeneration({ kafka, store, config }, shape);
  onStep?.('opened');
  const raw = topicName(config.region, config.generation, 'raw-events');
  await untilStill(() => logBounds(kafka, raw), {
    stillMs: 2 * settings.generationPollIntervalMs,
    patienceMs: writersMs,
    pollIntervalMs,
  });
  onStep?.('writers-left');
  const history = await sealGeneration({ kafka, store, config }, options);
  onStep?.('sealed');
  const { generation } = history.at(-1)!;
  const readers = async (): Promise<number> =>
    (await groupMembers(kafka, `${config.region}.extract.${generation}`)).length;
  const deadline = performance.now() + patienceMs;
  while ((await readers()) === 0 && performance.now() < deadline) await sleep(pollIntervalMs);
  const isRead = (await readers()) > 0;
  if (isRead) onStep?.('read');
  return { outcome: 'changed', history, isRead };
}

/** Resolves once what is looked at has been the same for a while, or patience is over. */
async function untilStill(
  look: () => Promise<unknown>,
  of: { readonly stillMs: number; readonly patienceMs: number; readonly pollIntervalMs: number },
): Promise<void> {
  const deadline = performance.now() + of.patienceMs;
  let last: unknown;
  let since = performance.now();
  while (performance.now() < deadline) {
    const seen = await look();
    if (!isDeepStrictEqual(seen, last)) since = performance.now();
    last = seen;
    if (performance.now() - since >= of.stillMs) return;
    await sleep(Math.min(of.pollIntervalMs, of.stillMs));
  }
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
