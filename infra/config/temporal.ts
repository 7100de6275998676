import { z } from 'zod';
import { integer, optionalText, requiredText, text } from './setting.ts';

export const temporalSection = z.object({
  address: requiredText('TEMPORAL_ADDRESS', {
    pattern: /^[^\s:]+:\d+$/,
    expects: 'host:port',
    reason: 'Where to reach Temporal. Unset: the local stack.',
  }),
  namespace: text('TEMPORAL_NAMESPACE', {
    default: 'default',
    reason: 'The Temporal namespace of the workflows.',
  }),
  taskQueue: optionalText('TEMPORAL_TASK_QUEUE', {
    reason: 'The queue that workers poll. Unset: `marquee-<region>`.',
  }),
  maxConcurrentActivities: integer('WORKER_MAX_CONCURRENT_ACTIVITIES', {
    default: 4,
    min: 1,
    max: 200,
    reason: 'Activities at a time in one worker; each may hold a DuckDB instance.',
  }),
  refreshIntervalMs: integer('POPULARITY_REFRESH_INTERVAL_MS', {
    default: 600_000,
    min: 10_000,
    max: 86_400_000,
    reason: 'How often the popularity view is recomputed; the speed layer covers what came since.',
  }),
  connectTimeoutMs: integer('TEMPORAL_CONNECT_TIMEOUT_MS', {
    default: 5000,
    min: 100,
    max: 120_000,
    reason: 'How long Temporal may take to accept a connection or to answer one request.',
  }),
  backfillMaxHours: integer('BACKFILL_MAX_HOURS', {
    default: 744,
    min: 1,
    max: 100_000,
    reason: 'Hours one backfill may recompute: a month, so that a slip of the pen does not recompute years.',
  }),
  approvalTimeoutMs: integer('BACKFILL_APPROVAL_TIMEOUT_MS', {
    default: 86_400_000,
    min: 1000,
    max: 30 * 86_400_000,
    reason: 'A backfill that nobody approved for this long ends without publishing.',
  }),
  uiUrl: optionalText('TEMPORAL_UI_URL', {
    pattern: /^https?:\/\/\S+$/,
    expects: 'an http or https address',
    reason: 'Printed where a workflow is named, so that it can be opened. Unset: the local stack.',
  }),
  testServerPath: optionalText('TEMPORAL_TEST_SERVER_PATH', {
    expects: 'the path of a program',
    reason: 'The time-skipping test server for the workflow tests. Unset: the local stack.',
  }),
});
