import { z } from 'zod';
import { integer } from './setting.ts';

export const backfillSection = z.object({
  shardRows: integer('BACKFILL_SHARD_ROWS', {
    default: 100_000,
    min: 100,
    max: 10_000_000,
    reason:
      'Raw offsets that one activity folds anew; a worker holds the clean records of one shard in memory.',
  }),
  maxShards: integer('BACKFILL_MAX_SHARDS', {
    default: 2000,
    min: 1,
    max: 10_000,
    reason: 'A backfill of events with more shards is refused: its history would grow too long.',
  }),
  window: integer('BACKFILL_WINDOW', {
    default: 4,
    min: 1,
    max: 100,
    reason: 'Shards of a backfill under way at a time, over all workers.',
  }),
  rowsPerSecond: integer('BACKFILL_ROWS_PER_SECOND', {
    default: 10_000,
    min: 1,
    max: 10_000_000,
    reason: 'Raw events that a worker folds in a second: what a plan is estimated by.',
  }),
  settleMs: integer('BACKFILL_SETTLE_MS', {
    default: 600_000,
    min: 0,
    max: 30 * 86_400_000,
    reason: 'Raw events younger than this may still be on their way to the lake, and are not filled in.',
  }),
  landingMs: integer('BACKFILL_LANDING_MS', {
    default: 300_000,
    min: 1000,
    max: 86_400_000,
    reason: 'How long a fill waits until what it sent is in the lake, before it goes on.',
  }),
});
