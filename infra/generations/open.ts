/** The generations that a process goes by, over the real store. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MarqueeError } from '../../domain/errors.ts';
import { readIn, type GenerationHistory, type InGeneration } from '../../domain/generations.ts';
import type { Config } from '../config.ts';
import { openObjectStore } from '../connections.ts';
import type { Log } from '../log.ts';
import type { S3ObjectStore } from '../object-store/s3.ts';
import { openGenerationCopy } from './copy.ts';
import { followGenerations, type GenerationFollower } from './follow.ts';
import { createGenerationStore } from './store.ts';

export interface OpenGenerationsOptions {
  /** Whether what was known last, on disk, will do while the store is away. */
  readonly remembers: boolean;
  readonly onChange?: (history: GenerationHistory) => void;
}

/** Undefined where the settings alone decide. Nothing is known before `heard`, unless remembered. */
export function openGenerations(
  config: Config,
  log: Log,
  { remembers, onChange }: OpenGenerationsOptions,
): GenerationFollower | undefined {
  if (config.generationFrom === 'settings') return undefined;
  const objects = openObjectStore(config);
  const copy = openGenerationCopy(join(config.dataDir, `generations-${config.region}.json`));
  const remembered = remembers ? copy.read() : undefined;
  const follower = followGenerations({
    read: readerOf(objects, config),
    ...(remembered && { remembered }),
    pollIntervalMs: config.generationPollIntervalMs,
    onChange(history) {
      try {
        if (remembers) copy.write(history);
      } catch (error) {
        log.warn({ err: error }, 'the topic generations cannot be remembered on disk');
      }
      onChange?.(history);
    },
    log,
  });
  return {
    ...follower,
    async close() {
      await follower.close();
      objects.close();
    },
  };
}

/** Whoever comes first to a store makes its bucket: without one nothing can be told. */
function readerOf(objects: S3ObjectStore, { region }: Config): () => Promise<GenerationHistory> {
  const store = createGenerationStore(objects, region);
  let isThere = false;
  return async () => {
    if (!isThere) await objects.ensureBucket();
    isThere = true;
    return store.read();
  };
}

/** Throws OBJECT_STORE_UNAVAILABLE when nothing is known within `patienceMs`. */
export async function knownGenerations(
  follower: GenerationFollower,
  region: string,
  patienceMs: number,
): Promise<GenerationHistory> {
  await Promise.race([follower.heard, sleep(patienceMs, undefined, { ref: false })]);
  const history = follower.current();
  if (history !== undefined) return history;
  const reason = `no answer within ${patienceMs} ms, and nothing remembered`;
  throw new MarqueeError('OBJECT_STORE_UNAVAILABLE', { key: `${region}/generations.json`, reason });
}

/** The configuration of now, for what is over soon: in the generation that is read. Throws what the store throws. */
export async function currentConfig(config: Config): Promise<Config> {
  if (config.generationFrom === 'settings') return config;
  const objects = openObjectStore(config);
  try {
    const history = await readerOf(objects, config)();
    return configIn(config, readIn(history, config));
  } finally {
    objects.close();
  }
}

/** The configuration for a process that is in this generation. */
export const configIn = (config: Config, { generation, partitions, blockSize }: InGeneration): Config => ({
  ...config,
  ...{ generation, partitions, blockSize },
});
