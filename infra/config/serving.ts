import { z } from 'zod';
import { deliverySettings, profileReadSettings } from './delivery.ts';
import { entrySettings } from './entries.ts';
import { choice, decimal, integer, optionalText, text } from './setting.ts';

export const servingSection = z.object({
  ...deliverySettings,
  ...profileReadSettings,
  ...entrySettings,
  host: text('SERVING_HOST', {
    default: '127.0.0.1',
    reason: 'The address to listen on; 0.0.0.0 in a container.',
  }),
  port: integer('SERVING_PORT', {
    default: 4000,
    min: 0,
    max: 65_535,
    reason: 'Where rows are asked for; 0 takes any free port.',
  }),
  workers: integer('SERVING_WORKERS', {
    default: 1,
    min: 1,
    max: 256,
    reason:
      'Processes that answer on the port, each with all data of its own: as many as there are cores, where memory allows. Operators reach each on a port of its own, one after the other.',
  }),
  worker: integer('SERVING_WORKER', {
    default: 0,
    min: 0,
    max: 255,
    reason: 'Which of them a process is; whoever starts them says so.',
  }),
  catalogPath: optionalText('SERVING_CATALOG_PATH', {
    expects: 'an NDJSON file',
    reason: 'Titles with names, genres and availability by country. Unset: `<data folder>/catalogue.ndjson`.',
  }),
  pollIntervalMs: integer('SERVING_POLL_INTERVAL_MS', {
    default: 2000,
    min: 50,
    max: 600_000,
    reason: 'How often view pointers are read, should an announcement be lost.',
  }),
  deadlineMs: integer('SERVING_DEADLINE_MS', {
    default: 200,
    min: 5,
    max: 60_000,
    reason: 'The time one answer may take before the next step of the fallback ladder answers.',
  }),
  profilesDeadlineMs: integer('SERVING_PROFILES_DEADLINE_MS', {
    default: 200,
    min: 5,
    max: 60_000,
    reason: 'The time the profile store may take before an answer says that it is away.',
  }),
  homeProfileDeadlineMs: integer('SERVING_HOME_PROFILE_DEADLINE_MS', {
    default: 25,
    min: 1,
    max: 60_000,
    reason: 'The time the profile store may take before a page is made of rows that were made ahead.',
  }),
  homeListsMaxAgeMs: integer('SERVING_HOME_LISTS_MAX_AGE_MS', {
    default: 1000,
    min: 0,
    max: 60_000,
    reason: 'No page is made of older lists of what trends and is popular; 0 makes them for every page.',
  }),
  homeListsCountries: integer('SERVING_HOME_LISTS_COUNTRIES', {
    default: 64,
    min: 1,
    max: 1000,
    reason: 'Countries whose lists are kept; they take some 200 bytes a title and country.',
  }),
  maxRows: integer('SERVING_MAX_ROWS', {
    default: 40,
    min: 1,
    max: 100,
    reason: 'The most rows of a page that may be asked for.',
  }),
  cursorTtlMs: integer('SERVING_CURSOR_TTL_MS', {
    default: 1_800_000,
    min: 1000,
    max: 86_400_000,
    reason: 'How long an answer can be gone on with.',
  }),
  anonymousServedShare: decimal('SERVING_ANONYMOUS_SERVED_SHARE', {
    default: 0.1,
    min: 0,
    max: 1,
    reason: 'Of the answers to prefetches of nobody in particular, which share of those kept is kept.',
  }),
  opsDeadlineMs: integer('SERVING_OPS_DEADLINE_MS', {
    default: 15_000,
    min: 100,
    max: 300_000,
    reason: 'The time an operation may take that asks Temporal; a backfill is started, not waited for.',
  }),
  speedStaleMs: integer('SERVING_SPEED_STALE_MS', {
    default: 10_000,
    min: 100,
    max: 3_600_000,
    reason: 'After this long without an answer from Kafka rows come from the batch view alone.',
  }),
  speedSilentMs: integer('SERVING_SPEED_SILENT_MS', {
    default: 10_000,
    min: 100,
    max: 3_600_000,
    reason:
      'After this long without a new marker of a partition whose log goes on, answers say that they are not complete.',
  }),
  logEndIntervalMs: integer('SERVING_LOG_END_INTERVAL_MS', {
    default: 1000,
    min: 10,
    max: 60_000,
    reason: 'How often the end of the clean logs is asked for, in the background.',
  }),
  startGraceMs: integer('SERVING_START_GRACE_MS', {
    default: 5000,
    min: 0,
    max: 300_000,
    reason: 'How long a new process waits for servers before it calls itself ready without them.',
  }),
  statusIntervalMs: integer('SERVING_STATUS_INTERVAL_MS', {
    default: 10_000,
    min: 100,
    max: 3_600_000,
    reason: 'How often the served version is reported, beside every change of it.',
  }),
  snapshotIntervalMs: integer('SERVING_SNAPSHOT_INTERVAL_MS', {
    default: 600_000,
    min: 0,
    max: 86_400_000,
    reason:
      'How often one of the serving processes writes its cells to the object store, for others to start from; 0 for never.',
  }),
  snapshotMaxAgeMs: integer('SERVING_SNAPSHOT_MAX_AGE_MS', {
    default: 43_200_000,
    min: 1000,
    max: 86_400_000,
    reason:
      'Older snapshots are ignored, and the topic is read: Kafka forgets after a day (`delete.retention.ms`) what was cleared up.',
  }),
  snapshotMaxBytes: integer('SERVING_SNAPSHOT_MAX_BYTES', {
    default: 1 << 30,
    min: 1 << 20,
    max: 2 ** 40,
    reason: 'Cells that take more are not written, and larger snapshots not read.',
  }),
  snapshotPatienceMs: integer('SERVING_SNAPSHOT_PATIENCE_MS', {
    default: 10_000,
    min: 100,
    max: 600_000,
    reason: 'How long a start waits for a snapshot before it reads the topic.',
  }),
  servedRowsShare: decimal('SERVING_SERVED_ROWS_SHARE', {
    default: 1,
    min: 0,
    max: 1,
    reason:
      'Which share of answers is kept on `served-rows`, for training and audit: by answer, so that all rows of one are kept.',
  }),
  servedRowsBuffer: integer('SERVING_SERVED_ROWS_BUFFER', {
    default: 10_000,
    min: 1,
    max: 1_000_000,
    reason: 'Served rows that wait for Kafka; those beyond are left out and counted.',
  }),
  servedRowsIntervalMs: integer('SERVING_SERVED_ROWS_INTERVAL_MS', {
    default: 1000,
    min: 10,
    max: 60_000,
    reason: 'How often served rows are sent that are too few for a request of their own.',
  }),
  rankingTtlMs: integer('SERVING_RANKING_TTL_MS', {
    default: 250,
    min: 0,
    max: 60_000,
    reason:
      'How long a ranking answers for its window and country before it is made anew; 0 makes each anew.',
  }),
  maxRowItems: integer('SERVING_MAX_ROW_ITEMS', {
    default: 100,
    min: 1,
    max: 10_000,
    reason: 'The longest row that may be asked for.',
  }),
  trendingMinPlays: integer('SERVING_TRENDING_MIN_PLAYS', {
    default: 3,
    min: 1,
    max: 1_000_000,
    reason:
      'Titles with fewer plays in a window do not trend in it, while no ranking policy is published to say how many (minimum_plays).',
  }),
  trendingSmoothing: decimal('SERVING_TRENDING_SMOOTHING', {
    default: 0.375,
    min: 0,
    max: 1000,
    reason: 'Added to both counts of the trending score; three eighths stabilises its variance best.',
  }),
  capPerDay: integer('SERVING_CAP_PER_DAY', {
    default: 8,
    min: 1,
    max: 255,
    reason: 'A title shown this often within a day, and not played in it, is capped.',
  }),
  seenHalvedBy: decimal('SERVING_SEEN_HALVED_BY', {
    default: 10,
    min: 0.1,
    max: 1000,
    reason: "Impressions of the decayed week that halve a title's weight.",
  }),
  seenLeastWeight: decimal('SERVING_SEEN_LEAST_WEIGHT', {
    default: 0.2,
    min: 0,
    max: 1,
    reason: 'What the weight of a title never falls below, however often it was seen.',
  }),
  rowPlaysOpen: integer('SERVING_ROW_PLAYS_OPEN', {
    default: 50_000,
    min: 1,
    max: 100_000_000,
    reason: 'Plays per partition whose row may still change; past it the oldest is forgotten, and counted.',
  }),
  rowPlaysFinal: integer('SERVING_ROW_PLAYS_FINAL', {
    default: 10_000,
    min: 1,
    max: 100_000_000,
    reason: 'Plays per partition remembered after their last word, should it be sent again.',
  }),
  rowPlaysPlaces: integer('SERVING_ROW_PLAYS_PLACES', {
    default: 200_000,
    min: 1,
    max: 100_000_000,
    reason: 'Pairs of title and row that plays are counted for; past it they are counted as left out.',
  }),
  takeRateStrength: decimal('SERVING_TAKE_RATE_STRENGTH', {
    default: 50,
    min: 0,
    max: 1_000_000,
    reason: 'How many impressions of the catalogue-wide take rate a title starts with.',
  }),
});

/** What publishing keeps and refuses. */
export const viewsSection = z.object({
  profileRowsStore: choice('PROFILE_ROWS_STORE', ['memory', 'cassandra'], {
    default: 'memory',
    reason:
      'Where serving finds rows made ahead: all of them in its memory, or by key in Cassandra, where publishing stores them as well. Set alike for `worker` and `serving`.',
  }),
  rowsConcurrency: integer('VIEW_ROWS_CONCURRENCY', {
    default: 64,
    min: 1,
    max: 1024,
    reason: 'Writes of a version to Cassandra under way at a time.',
  }),
  keepVersions: integer('VIEWS_KEEP_VERSIONS', {
    default: 5,
    min: 1,
    max: 1000,
    reason: 'Newest good versions that stay servable; cells live until the oldest of them covers them.',
  }),
  minRows: integer('VIEWS_MIN_ROWS', {
    default: 1,
    min: 0,
    max: 1_000_000_000,
    reason: 'A version with fewer rows is refused.',
  }),
  maxRemovedShare: decimal('VIEWS_MAX_REMOVED_SHARE', {
    default: 0.5,
    min: 0,
    max: 1,
    reason: 'A version that drops more than this share of the keys of the one before is refused.',
  }),
  maxChangedShare: decimal('VIEWS_MAX_CHANGED_SHARE', {
    default: 0.75,
    min: 0,
    max: 1,
    reason:
      'A catalogue or pages version in which more than this share of the rows before say something else is refused.',
  }),
});
