import { z } from 'zod';
import { integer, text } from './setting.ts';

/** Models: when they are trained, and how the work is shared. */
export const trainingSection = z.object({
  intervalMs: integer('TRAINING_INTERVAL_MS', {
    default: 86_400_000,
    min: 60_000,
    max: 30 * 86_400_000,
    reason: 'How often all models are trained; fold-in covers what a profile watched since.',
  }),
  seed: integer('TRAINING_SEED', {
    default: 1,
    min: 0,
    max: 2 ** 32 - 1,
    reason: 'Of all chance in training: the same seed, inputs and code give the same version.',
  }),
  threads: integer('TRAINING_THREADS', {
    default: 1,
    min: 0,
    max: 64,
    reason: 'Threads of one training or shard beside its own.',
  }),
  entriesPerShard: integer('TRAINING_ENTRIES_PER_SHARD', {
    default: 5_000_000,
    min: 1,
    max: 1_000_000_000,
    reason: 'Pairs of profile and title that one activity learns from; more are cut into shards.',
  }),
  maxShards: integer('TRAINING_MAX_SHARDS', {
    default: 64,
    min: 1,
    max: 500,
    reason: 'Most shards of one side of an iteration.',
  }),
  window: integer('TRAINING_WINDOW', {
    default: 16,
    min: 1,
    max: 500,
    reason: 'Shards under way at a time, over all workers.',
  }),
});

/** Rows for all profiles, made ahead. */
export const precomputeSection = z.object({
  model: text('PRECOMPUTE_MODEL', {
    default: 'als',
    pattern: /^[a-z][a-z0-9-]{0,62}$/,
    expects: "a model's name",
    reason: 'By whose scores rows are ordered that are made ahead for all profiles.',
  }),
  shards: integer('PRECOMPUTE_SHARDS', {
    default: 16,
    min: 1,
    max: 1000,
    reason: 'Parts of a version, by hash of the profile, each made by one activity.',
  }),
  window: integer('PRECOMPUTE_WINDOW', {
    default: 8,
    min: 1,
    max: 500,
    reason: 'Shards under way at a time, over all workers.',
  }),
  length: integer('PRECOMPUTE_LENGTH', {
    default: 75,
    min: 1,
    max: 1000,
    reason: 'Titles kept for each profile: a row of the page five times over, so that filters leave enough.',
  }),
  intervalMs: integer('PRECOMPUTE_INTERVAL_MS', {
    default: 3_600_000,
    min: 0,
    max: 7 * 86_400_000,
    reason: 'Rows this young are not made anew after a refresh, unless another model was announced.',
  }),
});
