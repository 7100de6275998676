import { z } from 'zod';
import { integer, optionalText } from './setting.ts';

/** The service that knows who profiles are; without an address nobody asks it. */
export const profileServiceSection = z.object({
  url: optionalText('PROFILE_SERVICE_URL', {
    expects: 'an http(s) address',
    pattern: /^https?:\/\/\S+$/,
    reason: 'Where profiles are looked up while events are extracted. Unset: they are not.',
  }),
  deadlineMs: integer('PROFILE_SERVICE_DEADLINE_MS', {
    default: 150,
    min: 5,
    max: 60_000,
    reason:
      'The longest that one batch of events waits for the service; who is not answered by then is unavailable.',
  }),
  batchSize: integer('PROFILE_SERVICE_BATCH_SIZE', {
    default: 500,
    min: 1,
    max: 10_000,
    reason: 'Most profiles asked for in one call.',
  }),
  maxAnswerBytes: integer('PROFILE_SERVICE_MAX_ANSWER_BYTES', {
    default: 1 << 20,
    min: 256,
    max: 64 << 20,
    reason: 'A longer answer is cut off and believed in nothing.',
  }),
  cacheEntries: integer('PROFILE_SERVICE_CACHE_ENTRIES', {
    default: 200_000,
    min: 1,
    max: 50_000_000,
    reason: 'Profiles whose answers are kept in memory, the least recently used going first.',
  }),
  ttlMs: integer('PROFILE_SERVICE_TTL_MS', {
    default: 300_000,
    min: 0,
    max: 7 * 86_400_000,
    reason: 'How long an answer counts as fresh.',
  }),
  staleMs: integer('PROFILE_SERVICE_STALE_MS', {
    default: 3_600_000,
    min: 0,
    max: 7 * 86_400_000,
    reason: 'How long after that it is still given, as stale, while it is asked for anew.',
  }),
  maxConcurrent: integer('PROFILE_SERVICE_MAX_CONCURRENT', {
    default: 4,
    min: 1,
    max: 1000,
    reason: 'Calls under way at a time: a slow service holds no more than these.',
  }),
  maxWaiting: integer('PROFILE_SERVICE_MAX_WAITING', {
    default: 32,
    min: 0,
    max: 100_000,
    reason: 'Calls that may wait for their turn; further ones are given up at once.',
  }),
  breakerFailures: integer('PROFILE_SERVICE_BREAKER_FAILURES', {
    default: 5,
    min: 1,
    max: 10_000,
    reason: 'After this many calls in a row that failed, were late or lied, nobody calls for a while.',
  }),
  breakerPauseMs: integer('PROFILE_SERVICE_BREAKER_PAUSE_MS', {
    default: 5000,
    min: 10,
    max: 3_600_000,
    reason: 'How long that while is; then one call tries whether the service is back.',
  }),
});
