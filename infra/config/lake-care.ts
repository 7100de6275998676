import { z } from 'zod';
import { DAY_MS, HOUR_MS } from '../../domain/time.ts';
import { integer } from './setting.ts';

const MIB = 2 ** 20;

/** Care of the lake's tables: docs/lake.md. */
export const lakeCareSection = z.object({
  intervalMs: integer('LAKE_CARE_INTERVAL_MS', {
    default: DAY_MS,
    min: 60_000,
    max: 30 * DAY_MS,
    reason: 'How often tags, compaction, expiry and orphans of all tables are seen to.',
  }),
  statsIntervalMs: integer('LAKE_STATS_INTERVAL_MS', {
    default: 5 * 60_000,
    min: 1000,
    max: DAY_MS,
    reason:
      'How often a worker looks what the tables are made of, for its metrics: it reads their manifests.',
  }),
  smallBytes: integer('LAKE_SMALL_FILE_BYTES', {
    default: 32 * MIB,
    min: 1024,
    max: 1024 * MIB,
    reason: 'A file below this is small: reading it costs more in requests than in bytes.',
  }),
  targetBytes: integer('LAKE_TARGET_FILE_BYTES', {
    default: 128 * MIB,
    min: 1024,
    max: 4096 * MIB,
    reason: 'Bytes of small files that go into one new file; their rows are ordered in memory or on disk.',
  }),
  leastFiles: integer('LAKE_COMPACT_LEAST_FILES', {
    default: 4,
    min: 2,
    max: 1000,
    reason: 'An hour with fewer small files is left as it is.',
  }),
  mostHours: integer('LAKE_COMPACT_HOURS', {
    default: 48,
    min: 1,
    max: 1000,
    reason: 'Hours of one commit: what a killed worker loses of its work.',
  }),
  mostBytes: integer('LAKE_COMPACT_BYTES', {
    default: 1024 * MIB,
    min: 1024,
    max: 65_536 * MIB,
    reason: 'Bytes that one commit reads, but for its first hour.',
  }),
  sealAfterMs: integer('LAKE_SEAL_AFTER_MS', {
    default: 2 * HOUR_MS,
    min: 0,
    max: 30 * DAY_MS,
    reason:
      'An hour is sealed once there are rows so much younger than its end; what comes later still waits for the next time.',
  }),
  snapshotKeepMs: integer('LAKE_SNAPSHOT_KEEP_MS', {
    default: 3 * DAY_MS,
    min: DAY_MS,
    max: 365 * DAY_MS,
    reason:
      'Snapshots without a tag go so long after they were the newest: longer than any run takes, and as far back as anybody travels.',
  }),
  orphanAgeMs: integer('LAKE_ORPHAN_AGE_MS', {
    default: 3 * DAY_MS,
    min: 2 * HOUR_MS,
    max: 365 * DAY_MS,
    reason:
      'Files that no snapshot names go so long after that was first seen: longer than any commit takes, and than a reader of an expired snapshot.',
  }),
});
