import { z } from 'zod';
import { choice, integer, optionalText, requiredText, text } from './setting.ts';

const httpAddress = { pattern: /^https?:\/\/\S+$/, expects: 'an http or https address' };

/** The object store: views, pointers, checkpoints, leases. */
export const s3Section = z.object({
  endpoint: requiredText('S3_ENDPOINT', {
    ...httpAddress,
    reason: 'Where to reach the object store. Unset: the local stack, with its keys.',
  }),
  bucket: text('S3_BUCKET', {
    default: 'marquee',
    pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    expects: 'a bucket name',
    reason: 'The bucket that holds everything but the lake.',
  }),
  region: text('AWS_REGION', {
    default: 'us-east-1',
    reason: 'Part of the signature of every request; S3 servers other than AWS accept any.',
  }),
  accessKeyId: requiredText('AWS_ACCESS_KEY_ID', { reason: 'Who asks the object store.' }),
  secretAccessKey: requiredText('AWS_SECRET_ACCESS_KEY', {
    secret: true,
    reason: 'Proves who asks the object store.',
  }),
  requestTimeoutMs: integer('S3_REQUEST_TIMEOUT_MS', {
    default: 5000,
    min: 100,
    max: 300_000,
    reason: 'A request without a reply for this long has an unknown outcome and is read back.',
  }),
  maxAttempts: integer('S3_MAX_ATTEMPTS', {
    default: 4,
    min: 1,
    max: 20,
    reason: 'How often one request is tried in all.',
  }),
  maxSockets: integer('S3_MAX_SOCKETS', {
    default: 32,
    min: 1,
    max: 1024,
    reason: 'Connections at a time from one process.',
  }),
});

/** The event lake: Iceberg tables behind a REST catalog, whose address is apart from the object store's. */
export const lakeSection = z.object({
  catalogUri: requiredText('ICEBERG_CATALOG_URI', {
    ...httpAddress,
    reason: 'The Iceberg REST catalog. Unset: the local stack.',
  }),
  warehouse: text('ICEBERG_WAREHOUSE', {
    default: 'warehouse',
    reason: 'The warehouse the catalog is asked for; with SeaweedFS, a table bucket.',
  }),
  namespace: optionalText('ICEBERG_NAMESPACE', {
    pattern: /^[a-z][a-z0-9_]*$/,
    expects: 'lower-case letters, digits and underscores',
    reason: 'The namespace of the tables. Unset: the region, with underscores for hyphens.',
  }),
  auth: choice('ICEBERG_AUTH', ['oauth2', 'none'], {
    default: 'oauth2',
    reason:
      'How the catalog knows who asks; the local one takes the object store keys as OAuth2 client credentials.',
  }),
  extensionDir: optionalText('DUCKDB_EXTENSION_DIR', {
    expects: 'a folder',
    reason: 'Where the DuckDB extensions httpfs, avro and iceberg are. Unset: the local stack.',
  }),
  memoryLimitMb: integer('DUCKDB_MEMORY_LIMIT_MB', {
    default: 1024,
    min: 64,
    max: 1 << 20,
    reason: 'Most memory one DuckDB instance takes before it spills to disk.',
  }),
  threads: integer('DUCKDB_THREADS', {
    default: 2,
    min: 1,
    max: 256,
    reason: 'Threads of one DuckDB instance.',
  }),
  commitAttempts: integer('LAKE_COMMIT_ATTEMPTS', {
    default: 8,
    min: 1,
    max: 100,
    reason: 'How often a commit refused because the table moved is tried again from the read.',
  }),
  rawRetentionDays: integer('LAKE_RAW_RETENTION_DAYS', {
    default: 30,
    min: 8,
    max: 3650,
    reason:
      'How long raw events can be replayed from the lake: longer than Kafka keeps them, which is a week.',
  }),
  rawRetentionIntervalMs: integer('LAKE_RAW_RETENTION_INTERVAL_MS', {
    default: 3_600_000,
    min: 1000,
    max: 86_400_000,
    reason: 'How often the sink looks for raw events that were kept long enough.',
  }),
  requestTimeoutMs: integer('LAKE_REQUEST_TIMEOUT_MS', {
    default: 30_000,
    min: 100,
    max: 600_000,
    reason: 'How long one statement may wait for the catalog or the object store.',
  }),
});
