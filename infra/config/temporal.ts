import { z } from 'zod';
import { flag, integer, optionalText, requiredText, text } from './setting.ts';

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
  fullRefreshIntervalMs: integer('POPULARITY_FULL_REFRESH_INTERVAL_MS', {
    default: 86_400_000,
    min: 60_000,
    max: 30 * 86_400_000,
    reason: 'How often popularity is counted whole, which must come to what counting on came to.',
  }),
  rowPerformanceIntervalMs: integer('ROW_PERFORMANCE_REFRESH_INTERVAL_MS', {
    default: 3_600_000,
    min: 10_000,
    max: 30 * 86_400_000,
    reason: 'How often it is worked out how rows and places in them did in the last four weeks.',
  }),
  versioning: flag('WORKER_VERSIONING', {
    default: false,
    reason:
      'Whether runs end on the code that they began with. True: a new build gets work once it is rolled out (docs/batch.md).',
  }),
  buildId: optionalText('WORKER_BUILD_ID', {
    pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
    expects: 'letters, digits, dots, hyphens and underscores',
    reason: 'What a build is called in a rollout. Unset: the version of the package.',
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
  tls: flag('TEMPORAL_TLS', {
    default: false,
    reason: 'Whether Temporal is reached over TLS, its certificate verified.',
  }),
  tlsCa: optionalText('TEMPORAL_TLS_CA', {
    expects: 'a PEM file',
    reason: "Who signs Temporal's certificate. Unset: the authorities that the system trusts.",
  }),
  tlsCert: optionalText('TEMPORAL_TLS_CERT', {
    expects: 'a PEM file',
    reason: 'The certificate of this process, where Temporal asks for one; goes with TEMPORAL_TLS_KEY.',
  }),
  tlsKey: optionalText('TEMPORAL_TLS_KEY', { expects: 'a PEM file', reason: 'The key of that certificate.' }),
  apiKey: optionalText('TEMPORAL_API_KEY', {
    secret: true,
    reason: 'Proves who asks Temporal, e.g. Temporal Cloud; sent over TLS alone.',
  }),
});
