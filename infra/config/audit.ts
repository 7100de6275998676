import { z } from 'zod';
import { decimal, integer, optionalText } from './setting.ts';

const DAY_MS = 86_400_000;

export const auditSection = z.object({
  metricsPort: integer('AUDIT_METRICS_PORT', {
    default: 0,
    min: 0,
    max: 65_535,
    reason: 'Where probes and metrics are answered, on loopback; 0 takes any free port.',
  }),
  windowMs: integer('AUDIT_WINDOW_MS', {
    default: 10_000,
    min: 100,
    max: 3_600_000,
    reason: 'Length of the windows of append time that figures are told for, and so how often.',
  }),
  tickMs: integer('AUDIT_TICK_MS', {
    default: 1000,
    min: 50,
    max: 60_000,
    reason: 'How often it is judged what is wrong.',
  }),
  checkpointIntervalMs: integer('AUDIT_CHECKPOINT_INTERVAL_MS', {
    default: 5000,
    min: 50,
    max: 3_600_000,
    reason: 'How much log a restart reads again, at most.',
  }),
  startBackMs: integer('AUDIT_START_BACK_MS', {
    default: 600_000,
    min: 0,
    max: 7 * DAY_MS,
    reason: 'How far back an audit without state begins to read.',
  }),
  keptWindows: integer('AUDIT_KEPT_WINDOWS', {
    default: 30,
    min: 1,
    max: 10_000,
    reason: 'Closed windows kept for records that come late; what comes later than that is only counted.',
  }),
  judgedMs: integer('AUDIT_JUDGED_MS', {
    default: 60_000,
    min: 1000,
    max: 3_600_000,
    reason: 'How much of the newest log verdicts look at.',
  }),
  settleMs: integer('AUDIT_SETTLE_MS', {
    default: 2000,
    min: 0,
    max: 600_000,
    reason:
      'Taken off the time up to which the log is known: what the clocks of broker and audit may differ by.',
  }),
  maxProducers: integer('AUDIT_MAX_PRODUCERS', {
    default: 64,
    min: 1,
    max: 10_000,
    reason: 'Producers told apart; those beyond are counted together. Bounds memory.',
  }),
  maxRows: integer('AUDIT_MAX_ROWS', {
    default: 256,
    min: 1,
    max: 100_000,
    reason: 'Pairs of row and country told apart in one window; bounds the number of figures.',
  }),
  maxPlays: integer('AUDIT_MAX_PLAYS', {
    default: 200_000,
    min: 1,
    max: 10_000_000,
    reason: 'Plays remembered while their windows are kept, so that a later attribution is no second play.',
  }),
  refusedShare: decimal('AUDIT_REFUSED_SHARE', {
    default: 0.02,
    min: 0,
    max: 1,
    reason: "From which share of a producer's records on refusals for one reason are called wrong.",
  }),
  leastRecords: integer('AUDIT_LEAST_RECORDS', {
    default: 5,
    min: 1,
    max: 1_000_000,
    reason: 'Fewer faulty records than this are an accident.',
  }),
  faultyShare: decimal('AUDIT_FAULTY_SHARE', {
    default: 0.05,
    min: 0,
    max: 1,
    reason: 'The same share for unknown titles and pages and for times in the future or far past.',
  }),
  sequenceShare: decimal('AUDIT_SEQUENCE_SHARE', {
    default: 0.001,
    min: 0,
    max: 1,
    reason: 'The same share for sequence numbers lost or repeated.',
  }),
  sequenceGraceMs: integer('AUDIT_SEQUENCE_GRACE_MS', {
    default: 20_000,
    min: 0,
    max: 3_600_000,
    reason: 'How long a sequence number may be overtaken by later ones before it is lost.',
  }),
  leastSilenceMs: integer('AUDIT_LEAST_SILENCE_MS', {
    default: 30_000,
    min: 1000,
    max: DAY_MS,
    reason: 'Nothing shorter is called silence, so that a restart of a producer is not.',
  }),
  silenceExponent: integer('AUDIT_SILENCE_EXPONENT', {
    default: 9,
    min: 1,
    max: 30,
    reason: 'A silence is named when it was to be expected less often than 10 to the minus this.',
  }),
  declineMs: integer('AUDIT_DECLINE_MS', {
    default: 1_800_000,
    min: 60_000,
    max: DAY_MS,
    reason: 'In this time traffic may fall by a factor of e unmissed in hours that are not yet learned.',
  }),
  forgetMs: integer('AUDIT_FORGET_MS', {
    default: 7 * DAY_MS,
    min: 60_000,
    max: 60 * DAY_MS,
    reason: 'A producer silent for so long is taken to be gone.',
  }),
  driftMs: integer('AUDIT_DRIFT_MS', {
    default: 3_600_000,
    min: 10_000,
    max: DAY_MS,
    reason: 'Over how much of the log attributes are counted before their shares begin anew.',
  }),
  contractsIntervalMs: integer('AUDIT_CONTRACTS_INTERVAL_MS', {
    default: 60_000,
    min: 100,
    max: DAY_MS,
    reason: 'How often the registered contracts are read anew.',
  }),
  lagRecords: integer('AUDIT_LAG_RECORDS', {
    default: 100_000,
    min: 1,
    max: 1_000_000_000,
    reason: 'From how many unread records of a partition on the audit calls itself behind.',
  }),
  servingMetricsUrl: optionalText('AUDIT_SERVING_METRICS_URL', {
    expects: 'an address, e.g. http://127.0.0.1:4000/metrics',
    pattern: /^https?:\/\/\S+$/,
    reason:
      'Metrics of serving, for the share of fallback rows and the size of the catalogue. Unset: neither is told.',
  }),
});
