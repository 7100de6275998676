/**
 * The only reader of the environment. One schema (`configSchema`) holds every setting with its default, range and
 * reason; `loadConfig` reports all faults at once.
 */
import { readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { z } from 'zod';
import { MarqueeError } from '../domain/errors.ts';
import { attributionSection, behaviourSection, memorySection, signalsSection } from './config/behaviour.ts';
import { auditSection } from './config/audit.ts';
import { controllerSection, scaleSection } from './config/controller.ts';
import { canarySection } from './config/canary.ts';
import { backfillSection } from './config/backfill.ts';
import { coreShape } from './config/core.ts';
import { crossFaults } from './config/cross-faults.ts';
import { erasureSection } from './config/erasure.ts';
import { kafkaSection } from './config/kafka.ts';
import { lakeCareSection } from './config/lake-care.ts';
import { localSection } from './config/local.ts';
import { nearlineSection } from './config/nearline.ts';
import { declaredSection, notificationsSection } from './config/notifications.ts';
import {
  cassandraSection,
  profileStoreSection,
  titlePairsSection,
  totalsSection,
  watchingSection,
} from './config/profile-store.ts';
import { paritySection, workerSection } from './config/parity.ts';
import { profileServiceSection } from './config/profiles.ts';
import { authSection, limitsSection, logSection, opsSection } from './config/security.ts';
import { servingSection, viewsSection } from './config/serving.ts';
import type { SettingMeta } from './config/setting.ts';
import { sourcesSection } from './config/sources.ts';
import { lakeSection, s3Section } from './config/storage.ts';
import { extractSection, ingestSection, sinkSection, speedSection } from './config/streaming.ts';
import { temporalSection } from './config/temporal.ts';
import { popularitySection } from './config/popularity.ts';
import { precomputeSection, trainingSection } from './config/training.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export const configSchema = z.object({
  ...coreShape,
  kafka: kafkaSection,
  temporal: temporalSection,
  backfill: backfillSection,
  s3: s3Section,
  lake: lakeSection,
  lakeCare: lakeCareSection,
  ingest: ingestSection,
  extract: extractSection,
  profileService: profileServiceSection,
  speed: speedSection,
  behaviour: behaviourSection,
  attribution: attributionSection,
  memory: memorySection,
  signals: signalsSection,
  titlePairs: titlePairsSection,
  watching: watchingSection,
  nearline: nearlineSection,
  profileStore: profileStoreSection,
  cassandra: cassandraSection,
  totals: totalsSection,
  sink: sinkSection,
  audit: auditSection,
  controller: controllerSection,
  scale: scaleSection,
  serving: servingSection,
  ops: opsSection,
  auth: authSection,
  limits: limitsSection,
  log: logSection,
  views: viewsSection,
  canary: canarySection,
  sources: sourcesSection,
  declared: declaredSection,
  notifications: notificationsSection,
  parity: paritySection,
  worker: workerSection,
  training: trainingSection,
  precompute: precomputeSection,
  popularity: popularitySection,
  erasure: erasureSection,
  local: localSection,
});

export type Parsed = z.output<typeof configSchema>;

/** Every setting, parsed. Paths (`dataDir`, `local.cacheDir`, `serving.catalogPath`) are absolute. */
export type Config = Readonly<
  Omit<Parsed, 'temporal' | 'lake' | 'serving'> & {
    temporal: Omit<Parsed['temporal'], 'taskQueue'> & { taskQueue: string };
    lake: Omit<Parsed['lake'], 'namespace'> & { namespace: string };
    serving: Omit<Parsed['serving'], 'catalogPath'> & { catalogPath: string };
  }
>;

/**
 * Addresses that the local stack supplies, by server. The first key of a group decides: when it is set, the whole
 * group comes from the environment, else from `<dataDir>/stack.json`, so that keys of one server are never sent to
 * another.
 */
export const STACK_GROUPS = [
  ['KAFKA_BROKERS'],
  ['TEMPORAL_ADDRESS', 'TEMPORAL_UI_URL'],
  ['S3_ENDPOINT', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'ERASURE_KEY'],
  ['ICEBERG_CATALOG_URI', 'ICEBERG_WAREHOUSE', 'ICEBERG_AUTH'],
  ['CASSANDRA_CONTACT_POINTS', 'CASSANDRA_DATA_CENTER'],
  ['DUCKDB_EXTENSION_DIR'],
  ['TEMPORAL_TEST_SERVER_PATH'],
] as const;

/** Of no server: one that somebody chose holds beside a local store as well. */
const KEPT_WHERE_SET: ReadonlySet<string> = new Set(['ERASURE_KEY']);

export interface SettingEntry {
  /** Path in the configuration: `['kafka', 'brokers']`. */
  readonly path: readonly string[];
  readonly meta: SettingMeta;
}

/** All settings in the order of the schema; the source of `.env.example` and of the configuration reference. */
export function listSettings(): SettingEntry[] {
  return Object.entries(configSchema.shape).flatMap(([name, schema]) =>
    schema instanceof z.ZodObject
      ? Object.entries(schema.shape).map(([field, inner]) => entryOf([name, field], inner as z.ZodType))
      : [entryOf([name], schema)],
  );
}

function entryOf(path: readonly string[], schema: z.ZodType): SettingEntry {
  return { path, meta: schema.meta() as unknown as SettingMeta };
}

/** Parses the environment. Throws CONFIG_INVALID naming every fault. Empty values count as unset. */
export function loadConfig(env: Env = process.env): Config {
  const values = withStack(env, dataDirOf(env));
  const settings = listSettings();
  const result = configSchema.safeParse(nest(settings, values));
  const faults = result.success ? crossFaults(result.data) : faultsOf(result.error, settings, values);
  if (!result.success || faults.length > 0) {
    throw new MarqueeError('CONFIG_INVALID', { faults: faults.join('; ') });
  }
  return complete(result.data);
}

/** What the local stack, and whoever asks serving alone, needs to know before any server has an address. */
export interface LocalConfig extends Pick<
  Config,
  'dataDir' | 'logLevel' | 'local' | 'serving' | 'auth' | 'ops' | 'declared'
> {
  readonly bucket: string;
  /** Values of the groups that the environment configures: servers that the stack does not start. */
  readonly external: Readonly<Record<string, string>>;
  /** The folders that programs are looked for in. */
  readonly searchPath: readonly string[];
}

/** Like `loadConfig`, for commands that run before any server has an address. */
export function loadLocalConfig(env: Env = process.env): LocalConfig {
  const given = dropEmpty(env);
  const placeholder: Record<string, string> = {
    KAFKA_BROKERS: 'unset:0',
    TEMPORAL_ADDRESS: 'unset:0',
    S3_ENDPOINT: 'http://unset',
    AWS_ACCESS_KEY_ID: 'unset',
    AWS_SECRET_ACCESS_KEY: 'unset',
    ICEBERG_CATALOG_URI: 'http://unset',
  };
  const { dataDir, logLevel, local, serving, s3, auth, ops, declared } = loadConfig({
    ...placeholder,
    ...given,
  });
  return {
    ...{ dataDir, logLevel, local, serving, auth, ops, declared },
    bucket: s3.bucket,
    external: externalOf(given),
    searchPath: searchPathOf(env),
  };
}

function externalOf(given: Record<string, string>): Record<string, string> {
  const keys = STACK_GROUPS.filter(([first]) => given[first] !== undefined).flat();
  return Object.fromEntries(keys.flatMap((key) => (given[key] === undefined ? [] : [[key, given[key]]])));
}

/** The environment for a child process: this one's and `extra`. */
export function childEnvironment(extra: Readonly<Record<string, string>> = {}, env: Env = process.env): Env {
  return { ...env, ...extra };
}

/** Whether the user asked for no colours (https://no-color.org). */
export function wantsNoColor(env: Env = process.env): boolean {
  return (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
}

function searchPathOf(env: Env): string[] {
  return (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
}

function dropEmpty(env: Env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== ''),
  );
}

/**
 * The settings that are set, by environment key, with the local stack's addresses filled in: what to give to a child
 * process so that it sees the same servers.
 */
export function resolveEnvironment(env: Env = process.env): Record<string, string> {
  const values = withStack(env, dataDirOf(env));
  return Object.fromEntries(
    listSettings().flatMap(({ meta }) => {
      const value = values[meta.env];
      return value === undefined ? [] : [[meta.env, value]];
    }),
  );
}

const dataDirOf = (env: Env): string =>
  resolve(env['MARQUEE_DATA_DIR'] || coreShape.dataDir.parse(undefined));

function withStack(env: Env, dataDir: string): Record<string, string> {
  const values = dropEmpty(env);
  const stack = readStackEnvironment(dataDir);
  for (const group of STACK_GROUPS) {
    if (values[group[0]] !== undefined) continue;
    for (const key of group) {
      const isKept = KEPT_WHERE_SET.has(key) && values[key] !== undefined;
      if (stack[key] !== undefined && !isKept) values[key] = stack[key];
    }
  }
  return values;
}

function readStackEnvironment(dataDir: string): Record<string, string> {
  try {
    const stack = JSON.parse(readFileSync(join(dataDir, 'stack.json'), 'utf8')) as {
      environment?: Record<string, string>;
    };
    return stack.environment ?? {};
  } catch {
    return {};
  }
}

function nest(settings: readonly SettingEntry[], values: Record<string, string>): Record<string, unknown> {
  const raw: Record<string, Record<string, unknown> | string> = {};
  for (const { path, meta } of settings) {
    const [first, second] = path as [string, string?];
    const value = values[meta.env];
    if (second !== undefined) ((raw[first] ??= {}) as Record<string, unknown>)[second] = value;
    else if (value !== undefined) raw[first] = value;
  }
  return raw;
}

function faultsOf(
  error: z.ZodError,
  settings: readonly SettingEntry[],
  values: Record<string, string>,
): string[] {
  const faulty = new Set(error.issues.map((issue) => issue.path.slice(0, 2).join('.')));
  return settings
    .filter(({ path }) => faulty.has(path.join('.')) || (path.length === 1 && faulty.has(String(path[0]))))
    .map(({ meta }) => {
      const value = values[meta.env];
      if (value !== undefined) {
        const shown = meta.secret === true ? `a text of ${value.length} characters` : JSON.stringify(value);
        return `${meta.env} is ${shown}, expected ${meta.expects}`;
      }
      return `${meta.env} is not set and no local stack is recorded: run \`marquee up\` or set it to ${meta.expects}`;
    });
}

function complete(parsed: Parsed): Config {
  const dataDir = resolve(parsed.dataDir);
  return {
    ...parsed,
    dataDir,
    temporal: { ...parsed.temporal, taskQueue: parsed.temporal.taskQueue ?? `marquee-${parsed.region}` },
    lake: { ...parsed.lake, namespace: parsed.lake.namespace ?? parsed.region.replaceAll('-', '_') },
    serving: {
      ...parsed.serving,
      catalogPath: resolve(parsed.serving.catalogPath ?? join(dataDir, 'catalogue.ndjson')),
    },
    local: { ...parsed.local, cacheDir: resolve(parsed.local.cacheDir) },
  };
}
