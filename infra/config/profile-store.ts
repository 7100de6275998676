import { z } from 'zod';
import { DAY_MS, HOUR_MS } from '../../domain/time.ts';
import { choice, integer, optionalText, text } from './setting.ts';

/** Where serving reads profiles, and how copies get there. */
export const profileStoreSection = z.object({
  kind: choice('PROFILE_STORE', ['lmdb', 'cassandra'], {
    default: 'lmdb',
    reason:
      'Where serving reads profiles: the state of the behaviour process on the same machine, or copies of it in Cassandra, which serving on any machine can read.',
  }),
  maxWaiting: integer('PROFILE_STORE_MAX_WAITING', {
    default: 200_000,
    min: 100,
    max: 50_000_000,
    reason:
      'Changed profiles per partition and rule that may wait for Cassandra, about 150 bytes each; past it the partition is copied whole once Cassandra is back.',
  }),
  concurrency: integer('PROFILE_STORE_CONCURRENCY', {
    default: 32,
    min: 1,
    max: 1024,
    reason: 'Writes under way at a time for one rule.',
  }),
  retryMs: integer('PROFILE_STORE_RETRY_MS', {
    default: 1000,
    min: 10,
    max: 60_000,
    reason: 'How long copying rests after a write that failed.',
  }),
});

/** Title pairs a profile watches together. */
export const titlePairsSection = z.object({
  pairs: integer('TITLE_PAIRS_PER_PROFILE', {
    default: 50,
    min: 1,
    max: 1000,
    reason: 'K: the strongest pairs of titles kept per profile.',
  }),
  watches: integer('TITLE_PAIRS_WATCHES_PER_PROFILE', {
    default: 64,
    min: 2,
    max: 1000,
    reason: 'Watches per profile that wait for company, the newest.',
  }),
  windowMs: integer('TITLE_PAIRS_WINDOW_MS', {
    default: 6 * HOUR_MS,
    min: HOUR_MS,
    max: 31 * DAY_MS,
    reason: 'How far apart two watches may be to be one of a pair.',
  }),
  latenessMs: integer('TITLE_PAIRS_LATENESS_MS', {
    default: DAY_MS,
    min: HOUR_MS,
    max: 31 * DAY_MS,
    reason: 'How long after it happened a stop may be logged to make a watch; watches wait that much longer.',
  }),
});

/** What a profile watches, lists and rates. */
export const watchingSection = z.object({
  titles: integer('WATCHING_TITLES_PER_PROFILE', {
    default: 200,
    min: 1,
    max: 5000,
    reason: 'K: titles watched that are kept per profile, those with the newest events; about 60 bytes each.',
  }),
  list: integer('WATCHING_LIST_PER_PROFILE', {
    default: 200,
    min: 1,
    max: 5000,
    reason: 'Titles on the list of a profile, and those taken off it within a week.',
  }),
  ratings: integer('WATCHING_RATINGS_PER_PROFILE', {
    default: 200,
    min: 1,
    max: 5000,
    reason: 'Titles whose rating is kept per profile, those rated last.',
  }),
  storeIntervalMs: integer('WATCHING_STORE_INTERVAL_MS', {
    default: 250,
    min: 10,
    max: 600_000,
    reason: 'How often it is stored, which is when serving sees what was watched just now.',
  }),
});

/** Counts by title, country and bucket for outside readers. */
export const totalsSection = z.object({
  metricsPort: integer('TOTALS_METRICS_PORT', {
    default: 0,
    min: 0,
    max: 65_535,
    reason: 'Where probes and metrics are answered, on loopback; 0 takes any free port.',
  }),
  concurrency: integer('TOTALS_CONCURRENCY', {
    default: 64,
    min: 1,
    max: 1024,
    reason: 'Writes to Cassandra under way at a time.',
  }),
  retryMs: integer('TOTALS_RETRY_MS', {
    default: 1000,
    min: 10,
    max: 60_000,
    reason: 'How long writing rests after a write that failed.',
  }),
});

/** Cassandra, for profiles and title totals; used by nothing else. */
export const cassandraSection = z.object({
  contactPoints: optionalText('CASSANDRA_CONTACT_POINTS', {
    pattern: /^[^\s:,]+:\d+(,[^\s:,]+:\d+)*$/,
    expects: 'host:port, or several with commas between',
    reason:
      'Where to reach Cassandra first. Unset: the local stack, where `marquee up --with cassandra` ran.',
  }),
  dataCenter: text('CASSANDRA_DATA_CENTER', {
    default: 'datacenter1',
    reason: 'The data centre whose nodes are asked.',
  }),
  keyspace: text('CASSANDRA_KEYSPACE', {
    default: 'marquee',
    pattern: /^[a-z][a-z0-9_]{0,47}$/,
    expects: 'lower-case letters, digits and underscores',
    reason: 'Where the tables are; regions and generations share it.',
  }),
  replicationFactor: integer('CASSANDRA_REPLICATION_FACTOR', {
    default: 1,
    min: 1,
    max: 9,
    reason: 'Copies of each row in a keyspace that Marquee creates; 3 in production.',
  }),
  username: optionalText('CASSANDRA_USERNAME', { reason: 'Who asks, where Cassandra wants to know.' }),
  password: optionalText('CASSANDRA_PASSWORD', { secret: true, reason: 'Proves who asks.' }),
  connectTimeoutMs: integer('CASSANDRA_CONNECT_TIMEOUT_MS', {
    default: 3000,
    min: 100,
    max: 60_000,
    reason: 'How long a node may take to accept a connection.',
  }),
  requestTimeoutMs: integer('CASSANDRA_REQUEST_TIMEOUT_MS', {
    default: 2000,
    min: 50,
    max: 60_000,
    reason: 'A request without a reply for this long has an unknown outcome.',
  }),
});
