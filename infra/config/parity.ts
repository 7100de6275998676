import { z } from 'zod';
import { integer } from './setting.ts';

const DAY_MS = 86_400_000;

export const paritySection = z.object({
  intervalMs: integer('PARITY_INTERVAL_MS', {
    default: 3_600_000,
    min: 10_000,
    max: DAY_MS,
    reason: 'How often lanes are compared besides after each version of popularity: for what was left.',
  }),
  blocks: integer('PARITY_BLOCKS', {
    default: 64,
    min: 1,
    max: 100_000,
    reason:
      'Blocks compared in one step of a run: their rows, and what those look back at, are counted at a time.',
  }),
  drilled: integer('PARITY_DRILLED_BLOCKS', {
    default: 8,
    min: 1,
    max: 1000,
    reason: 'Differing blocks of a step that are looked into by title, and open differences looked at again.',
  }),
  titles: integer('PARITY_TITLES', {
    default: 10,
    min: 1,
    max: 1000,
    reason: 'Titles named of one block; the others are counted.',
  }),
  cells: integer('PARITY_CELLS', {
    default: 5,
    min: 1,
    max: 1000,
    reason: 'Differing figures told of one title.',
  }),
  keptReports: integer('PARITY_KEPT_REPORTS', {
    default: 20,
    min: 1,
    max: 1000,
    reason: 'Reports that `marquee parity` can show.',
  }),
  duplicatesBackMs: integer('PARITY_DUPLICATES_BACK_MS', {
    default: 7 * DAY_MS,
    min: 1000,
    max: 400 * DAY_MS,
    reason: 'How far back an event id is looked for that was repeated later than the dedupe window.',
  }),
});

export const workerSection = z.object({
  metricsPort: integer('WORKER_METRICS_PORT', {
    default: 0,
    min: 0,
    max: 65_535,
    reason: 'Where probes and metrics of the worker are answered, on loopback; 0 takes any free port.',
  }),
  sweepIntervalMs: integer('WORK_SWEEP_INTERVAL_MS', {
    default: DAY_MS,
    min: 60_000,
    max: 30 * DAY_MS,
    reason: 'How often working files that terminated runs left are looked for.',
  }),
  versionsKept: integer('VIEW_VERSIONS_KEPT', {
    default: 12,
    min: 1,
    max: 10_000,
    reason:
      'Good versions of a view that are kept beside the current one for a roll back, and as many refused ones to look into.',
  }),
  heldPartsMb: integer('WORKER_PARTS_MB', {
    default: 1024,
    min: 0,
    max: 1_048_576,
    reason:
      'Parts of popularity that workers of a machine hold on disk, so that they need not fetch those that the next version has too.',
  }),
  keepMs: integer('WORK_KEEP_MS', {
    default: 7 * DAY_MS,
    min: DAY_MS,
    max: 365 * DAY_MS,
    reason:
      'Working files are removed so long after they were first looked at; no run takes longer than half a day.',
  }),
});
