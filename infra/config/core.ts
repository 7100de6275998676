import { generation, region } from '../../domain/ids.ts';
import type { z } from 'zod';
import { choice, integer, text } from './setting.ts';

const POWER_OF_TWO_FAULT = 'a power of two';

const regionText = text('MARQUEE_REGION', {
  default: 'local',
  pattern: /^[a-z][a-z0-9-]{0,39}$/,
  expects: 'a lower-case name of at most 40 letters, digits and hyphens',
  reason: 'The island this process belongs to; part of every topic, object key and lake row.',
});

const generationText = text('MARQUEE_GENERATION', {
  default: 'g1',
  pattern: /^g[1-9]\d{0,3}$/,
  expects: 'g1, g2, …',
  reason:
    "The region's first topic generation, or with MARQUEE_GENERATION_FROM=settings the one in use; partition count and block size are fixed for its life.",
});

const blockSizeNumber = integer('MARQUEE_BLOCK_SIZE', {
  default: 1024,
  min: 16,
  max: 1 << 24,
  reason:
    'Offsets per block, a power of two. A block must hold many events per cell: 1024 suits a demo, 262144 or more production.',
});

/** Settings at the top level of the configuration. */
export const coreShape = {
  region: regionText.transform(region).meta(regionText.meta() ?? {}),
  generation: generationText.transform(generation).meta(generationText.meta() ?? {}),
  partitions: integer('MARQUEE_PARTITIONS', {
    default: 4,
    min: 1,
    max: 1024,
    reason: 'Partitions of every log topic of this generation: the most processes that can share one stage.',
  }),
  blockSize: blockSizeNumber
    .refine((value) => (value & (value - 1)) === 0, { error: POWER_OF_TWO_FAULT })
    .meta({ ...blockSizeNumber.meta(), expects: 'a power of two from 16 to 16777216' }),
  generationFrom: choice('MARQUEE_GENERATION_FROM', ['store', 'settings'], {
    default: 'store',
    reason:
      'Where a process learns its topic generation: from the record in the object store, changing with it, or from the three settings above alone, which otherwise hold until a change is recorded.',
  }),
  generationPollIntervalMs: integer('MARQUEE_GENERATION_POLL_INTERVAL_MS', {
    default: 2000,
    min: 50,
    max: 60_000,
    reason: 'How often a process looks whether the topic generation has changed.',
  }),
  dataDir: text('MARQUEE_DATA_DIR', {
    default: 'data',
    expects: 'a folder',
    reason: 'Where the local stack, last good copies and local state live; survives restarts.',
  }),
  logLevel: choice('MARQUEE_LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
    default: 'info',
    reason: 'The least severe log line that is written.',
  }),
  shutdownTimeoutMs: integer('MARQUEE_SHUTDOWN_TIMEOUT_MS', {
    default: 10_000,
    min: 100,
    max: 300_000,
    reason: 'How long a process may take to close in order before it exits anyway.',
  }),
} satisfies z.ZodRawShape;
