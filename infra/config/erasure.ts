import { z } from 'zod';
import { choice, flag, integer, optionalText } from './setting.ts';

const DAY_MS = 86_400_000;

export const erasureSection = z.object({
  key: optionalText('ERASURE_KEY', {
    secret: true,
    pattern: /^.{32,}$/,
    expects: 'a text of at least 32 characters',
    reason:
      'What ids of erased profiles are hashed with, the same in every process of a region and for ever: with another one, erased profiles come back in a replay. Without it nothing can be erased.',
  }),
  deadlineMs: integer('ERASURE_DEADLINE_MS', {
    default: 30 * DAY_MS,
    min: 1000,
    max: 365 * DAY_MS,
    reason:
      'By when nothing of a profile may be left. An erasure that is not done by then fails, and says what holds it up.',
  }),
  graceMs: integer('ERASURE_SNAPSHOT_GRACE_MS', {
    default: 3_600_000,
    min: 0,
    max: 7 * DAY_MS,
    reason:
      'How long snapshots of the lake that still hold the profile stay after the tables were rewritten, so that jobs that read them can end.',
  }),
  topics: choice('ERASURE_TOPICS', ['delete', 'retention'], {
    default: 'delete',
    reason:
      'How the logs forget: records up to the position are deleted once the lake and every reader have them (delete), or they age out (retention); then the deadline must be longer than what topics keep.',
  }),
  pollMs: integer('ERASURE_POLL_MS', {
    default: 5000,
    min: 100,
    max: 3_600_000,
    reason:
      'How soon it is looked again whether others have come as far as an erasure needs; half as long again after each look, up to 120 times as long.',
  }),
  keepsRegisters: flag('ERASURE_KEEPS_REGISTERS', {
    default: true,
    reason:
      'Whether surrogates are drawn so that counts of distinct profiles stay what they were, which tells some twelve bits of a hash of the id; false draws them wholly at random, and estimates move within their error.',
  }),
});
