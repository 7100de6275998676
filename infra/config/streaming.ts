import { z } from 'zod';
import { integer, optionalText, text } from './setting.ts';

const MB = 1 << 20;

export const ingestSection = z.object({
  host: text('INGEST_HOST', {
    default: '127.0.0.1',
    reason: 'The address to listen on; 0.0.0.0 in a container.',
  }),
  port: integer('INGEST_PORT', {
    default: 4040,
    min: 0,
    max: 65_535,
    reason: 'Where events are posted; 0 takes any free port.',
  }),
  maxBodyBytes: integer('INGEST_MAX_BODY_BYTES', {
    default: 5 * MB,
    min: 1024,
    max: 256 * MB,
    reason: 'Larger bodies are answered 413 before they are read whole.',
  }),
  maxEventBytes: integer('INGEST_MAX_EVENT_BYTES', {
    default: MB,
    min: 256,
    max: 16 * MB,
    reason: 'Larger events are refused one by one; below the largest record the broker takes.',
  }),
  maxBatchEvents: integer('INGEST_MAX_BATCH_EVENTS', {
    default: 10_000,
    min: 1,
    max: 1_000_000,
    reason: 'Most events in one body, which bounds the answer.',
  }),
  bufferBytes: integer('INGEST_BUFFER_BYTES', {
    default: 64 * MB,
    min: 64 * 1024,
    max: 4096 * MB,
    reason: 'Events waiting for Kafka; when full, callers get 503 with Retry-After.',
  }),
  requestsPerMinute: integer('INGEST_REQUESTS_PER_MINUTE', {
    default: 60_000,
    min: 0,
    max: 100_000_000,
    reason: 'Requests per caller and minute, then 429; 0 for no limit.',
  }),
  lingerMs: integer('INGEST_LINGER_MS', {
    default: 5,
    min: 0,
    max: 1000,
    reason: 'How long a produce request waits for company; part of the freshness of every row.',
  }),
  ackTimeoutMs: integer('INGEST_ACK_TIMEOUT_MS', {
    default: 15_000,
    min: 100,
    max: 120_000,
    reason: 'A caller whose events Kafka has not acknowledged by then gets 503.',
  }),
});

export const extractSection = z.object({
  metricsPort: integer('EXTRACT_METRICS_PORT', {
    default: 0,
    min: 0,
    max: 65_535,
    reason: 'Where probes and metrics are answered, on loopback; 0 takes any free port.',
  }),
  dedupeWindowMs: integer('EXTRACT_DEDUPE_WINDOW_MS', {
    default: 86_400_000,
    min: 1000,
    max: 30 * 86_400_000,
    reason: 'An event id that comes again within this much broker time is a duplicate; later, a new event.',
  }),
  maxBatchRecords: integer('EXTRACT_MAX_BATCH_RECORDS', {
    default: 2000,
    min: 1,
    max: 100_000,
    reason: 'Raw records taken into one produce request and one state write.',
  }),
  sightingsInMemory: integer('EXTRACT_SIGHTINGS_IN_MEMORY', {
    default: 1_000_000,
    min: 1000,
    max: 100_000_000,
    reason:
      'Event ids of a partition that are looked up in memory, 40 to 80 bytes each; older ones are found on disk.',
  }),
  countries: optionalText('EXTRACT_COUNTRIES', {
    expects: 'country codes joined by commas, e.g. SE,NO,DK',
    pattern: /^[A-Z]{2}(,[A-Z]{2})*$/,
    reason:
      'The countries of this region: events of others are corrected by the account or refused. Unset: any.',
  }),
  viewPollIntervalMs: integer('EXTRACT_VIEW_POLL_INTERVAL_MS', {
    default: 5000,
    min: 50,
    max: 600_000,
    reason: 'How often the pointers of `catalogue` and `pages` are read, should an announcement be lost.',
  }),
  startGraceMs: integer('EXTRACT_START_GRACE_MS', {
    default: 2000,
    min: 0,
    max: 300_000,
    reason: 'How long a new process waits for the views to look things up in before it goes on without them.',
  }),
  maxPendingCompletions: integer('EXTRACT_MAX_PENDING_COMPLETIONS', {
    default: 200_000,
    min: 0,
    max: 100_000_000,
    reason:
      'Records of a partition that may wait for an answer of the profile service; more are never completed.',
  }),
  completionIntervalMs: integer('EXTRACT_COMPLETION_INTERVAL_MS', {
    default: 2000,
    min: 10,
    max: 3_600_000,
    reason: 'How often the profile service is asked for what it did not answer.',
  }),
  completionBatch: integer('EXTRACT_COMPLETION_BATCH', {
    default: 2000,
    min: 1,
    max: 100_000,
    reason: 'Records of a partition completed at a time.',
  }),
});

export const speedSection = z.object({
  metricsPort: integer('SPEED_METRICS_PORT', {
    default: 0,
    min: 0,
    max: 65_535,
    reason: 'Where probes and metrics are answered, on loopback; 0 takes any free port.',
  }),
  clearUpIntervalMs: integer('SPEED_CLEAR_UP_INTERVAL_MS', {
    default: 30_000,
    min: 100,
    max: 3_600_000,
    reason: 'How often cells below the cut of every servable version are cleared up.',
  }),
  flushIntervalMs: integer('SPEED_FLUSH_INTERVAL_MS', {
    default: 200,
    min: 10,
    max: 60_000,
    reason: 'How often changed cells are published; the largest part of freshness.',
  }),
  checkpointIntervalMs: integer('SPEED_CHECKPOINT_INTERVAL_MS', {
    default: 5000,
    min: 10,
    max: 3_600_000,
    reason: 'How much log a restart reads again, at most.',
  }),
  slots: integer('SPEED_SLOTS', {
    default: 16,
    min: 1,
    max: 1024,
    reason: 'Columnar chunks one block is cut into: more slots, smaller rewrites of what changed.',
  }),
  threads: integer('SPEED_THREADS', {
    default: 1,
    min: 0,
    max: 64,
    reason: 'Threads that a process folds in, each a member of the group; 0 for as many as there are cores.',
  }),
});

export const sinkSection = z.object({
  metricsPort: integer('SINK_METRICS_PORT', {
    default: 0,
    min: 0,
    max: 65_535,
    reason: 'Where probes and metrics are answered, on loopback; 0 takes any free port.',
  }),
  flushIntervalMs: integer('SINK_FLUSH_INTERVAL_MS', {
    default: 60_000,
    min: 100,
    max: 3_600_000,
    reason: 'How often the lake is committed to. Rarely: the speed layer covers what is past the cut.',
  }),
  flushRecords: integer('SINK_FLUSH_RECORDS', {
    default: 100_000,
    min: 1,
    max: 10_000_000,
    reason: 'A full buffer is committed sooner; bounds the memory of the sink.',
  }),
  flushBytes: integer('SINK_FLUSH_BYTES', {
    default: 64 * MB,
    min: 1024,
    max: 4096 * MB,
    reason: 'The same by size; a table takes up to twice as much while a commit is under way.',
  }),
  tailMs: integer('SINK_TAIL_MS', {
    default: 600_000,
    min: 0,
    max: 7 * 86_400_000,
    reason:
      'After a change of generation, for how long nothing may have come late to the one before until it is read no more; 0 reads nothing of it.',
  }),
});
