import { z } from 'zod';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/time.ts';
import { decimal, integer } from './setting.ts';

const lateness = (env: string, what: string) =>
  integer(env, {
    default: DAY_MS,
    min: MINUTE_MS,
    max: 31 * DAY_MS,
    reason: `How long after it happened an event may be logged to change ${what}; state is kept that long.`,
  });

export const behaviourSection = z.object({
  metricsPort: integer('BEHAVIOUR_METRICS_PORT', {
    default: 0,
    min: 0,
    max: 65_535,
    reason: 'Where probes and metrics are answered, on loopback; 0 takes any free port.',
  }),
  maxBatchRecords: integer('BEHAVIOUR_MAX_BATCH_RECORDS', {
    default: 2000,
    min: 1,
    max: 100_000,
    reason: 'Clean records folded before what they lead to is sent: less, sooner signals.',
  }),
  storeIntervalMs: integer('BEHAVIOUR_STORE_INTERVAL_MS', {
    default: 2000,
    min: 10,
    max: 600_000,
    reason:
      'How often state is stored: how much log a restart folds again, and how old the memory that serving reads.',
  }),
  cachedProfiles: integer('BEHAVIOUR_CACHED_PROFILES', {
    default: 20_000,
    min: 0,
    max: 10_000_000,
    reason: 'Profiles per partition and rule whose state is kept in memory.',
  }),
  checkpointIntervalMs: integer('BEHAVIOUR_CHECKPOINT_INTERVAL_MS', {
    default: 30_000,
    min: 100,
    max: HOUR_MS,
    reason:
      'How often state is written to the object store: how much log is folded again after a move without goodbye.',
  }),
  checkpointPartBytes: integer('BEHAVIOUR_CHECKPOINT_PART_BYTES', {
    default: 8 * 2 ** 20,
    min: 1024,
    max: 2 ** 28,
    reason: 'Size of the parts of a checkpoint before compression; memory holds two of a rule.',
  }),
  checkpointMaxParts: integer('BEHAVIOUR_CHECKPOINT_MAX_PARTS', {
    default: 64,
    min: 1,
    max: 1000,
    reason: 'Parts with changes after which a checkpoint is written whole: a restore reads no more of them.',
  }),
  checkpointMaxChanges: integer('BEHAVIOUR_CHECKPOINT_MAX_CHANGES', {
    default: 1_000_000,
    min: 1,
    max: 100_000_000,
    reason:
      'Profiles per partition and rule noted as changed since the last checkpoint, about 100 bytes each; with more it is written whole.',
  }),
  releaseMs: integer('BEHAVIOUR_RELEASE_MS', {
    default: 3000,
    min: 0,
    max: 60_000,
    reason: 'How long a last checkpoint may take when a partition is given up; the rest is folded again.',
  }),
  handoverMs: integer('BEHAVIOUR_HANDOVER_MS', {
    default: 4000,
    min: 0,
    max: 60_000,
    reason:
      'How long the owner before is given for that, when it is on another machine and has said nothing: longer than it may take.',
  }),
});

export const attributionSection = z.object({
  windowMs: integer('ATTRIBUTION_WINDOW_MS', {
    default: HOUR_MS,
    min: 1000,
    max: 31 * DAY_MS,
    reason: 'How long before a play the impression may be that led there.',
  }),
  discoveryDays: integer('ATTRIBUTION_DISCOVERY_DAYS', {
    default: 30,
    min: 1,
    max: 366,
    reason: 'In how many days before a play its title was first seen; impressions are remembered that long.',
  }),
  latenessMs: lateness('ATTRIBUTION_LATENESS_MS', 'where a play came from'),
  sightings: integer('ATTRIBUTION_SIGHTINGS_PER_PROFILE', {
    default: 5000,
    min: 100,
    max: 20_000,
    reason: 'Impressions remembered per profile; past it the oldest quarter is forgotten, and counted.',
  }),
  pendingPlays: integer('ATTRIBUTION_PENDING_PLAYS', {
    default: 1000,
    min: 10,
    max: 100_000,
    reason: 'Plays per profile whose source may still change.',
  }),
});

export const memorySection = z.object({
  titles: integer('MEMORY_TITLES_PER_PROFILE', {
    default: 500,
    min: 10,
    max: 50_000,
    reason: 'Titles whose impressions are remembered per profile, the strongest.',
  }),
  rowsPerTitle: integer('MEMORY_ROWS_PER_TITLE', {
    default: 8,
    min: 1,
    max: 64,
    reason: 'Rows kept apart per title; the rest are counted as one.',
  }),
  rowNames: integer('MEMORY_ROW_NAMES_PER_PROFILE', {
    default: 64,
    min: 1,
    max: 255,
    reason: 'Names of rows per profile; past it the weakest is counted with the other rows of its titles.',
  }),
  plays: integer('MEMORY_PLAYS_PER_PROFILE', {
    default: 200,
    min: 1,
    max: 10_000,
    reason: 'Titles played last, which the frequency cap lets go.',
  }),
});

export const signalsSection = z.object({
  latenessMs: lateness('SIGNALS_LATENESS_MS', 'a signal'),
  sittingGapMs: integer('SIGNALS_SITTING_GAP_MS', {
    default: 30 * MINUTE_MS,
    min: MINUTE_MS,
    max: DAY_MS,
    reason: 'Longest gap between plays of one sitting.',
  }),
  playGapMs: integer('SIGNALS_PLAY_GAP_MS', {
    default: 6 * HOUR_MS,
    min: MINUTE_MS,
    max: 7 * DAY_MS,
    reason: 'A play to which nothing came for this long has ended.',
  }),
  plays: integer('SIGNALS_PLAYS_PER_PROFILE', {
    default: 400,
    min: 10,
    max: 10_000,
    reason: 'Plays kept one by one per profile; past it the oldest changes no signal any more.',
  }),
  playEvents: integer('SIGNALS_EVENTS_PER_PLAY', {
    default: 64,
    min: 4,
    max: 10_000,
    reason: 'Events kept apart per play.',
  }),
  lastingSignals: integer('SIGNALS_LASTING_PER_PROFILE', {
    default: 100,
    min: 0,
    max: 10_000,
    reason: 'Signals per profile that can change no more and are kept until they expire, the newest.',
  }),
  completedTitles: integer('SIGNALS_COMPLETED_TITLES', {
    default: 1000,
    min: 10,
    max: 100_000,
    reason: 'Completed titles remembered per profile, the newest, to know a rewatch.',
  }),
  recentPlays: integer('SIGNALS_RECENT_PLAYS', {
    default: 100,
    min: 4,
    max: 1000,
    reason: 'Plays that are recent when a shift of genres is looked for.',
  }),
  shiftEvidence: integer('SIGNALS_SHIFT_EVIDENCE', {
    default: 5,
    min: 1,
    max: 1000,
    reason: 'Recent plays of a genre in an hour of the day before it may be a shift.',
  }),
  shiftLift: decimal('SIGNALS_SHIFT_LIFT', {
    default: 2,
    min: 1,
    max: 1000,
    reason: 'How much more often than usual a genre is played in an hour that is called a shift.',
  }),
  mixes: integer('SIGNALS_GENRE_MIXES', {
    default: 200,
    min: 10,
    max: 10_000,
    reason: 'Distinct mixes of genres counted per profile.',
  }),
  searches: integer('SIGNALS_SEARCHES_PER_PROFILE', {
    default: 200,
    min: 10,
    max: 10_000,
    reason: 'Searches kept per profile.',
  }),
});
