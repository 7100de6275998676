/** The profile store of a configuration: for serving, and for the process whose state is copied. */
import { join } from 'node:path';
import { createCassandra, type Cassandra } from '../cassandra/client.ts';
import { createCassandraProfiles, createProfileCopies } from '../cassandra/profiles.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { KeyedStates } from '../state/keyed-state.ts';
import { copyStates } from './copied-states.ts';
import { createCopier, type Copier } from './copier.ts';
import { createLmdbProfiles, openStoredProfiles } from './lmdb-profiles.ts';
import type { FoldId } from './port.ts';
import { createProfileReader, SERVED_FOLDS, type OpenProfileReader } from './profile-reader.ts';

export type ProfileStoreConfig = Pick<
  Config,
  'dataDir' | 'region' | 'generation' | 'partitions' | 'cassandra' | 'profileStore'
>;

/** Where a fold's state is kept: a folder per partition. */
export const stateDirOf = (
  { dataDir, region, generation }: Pick<Config, 'dataDir' | 'region' | 'generation'>,
  fold: string,
): string => join(dataDir, 'state', fold, `${region}.${generation}`);

/** Connects to nothing yet. */
export function openProfileReader(config: ProfileStoreConfig): OpenProfileReader {
  const { partitions, profileStore } = config;
  if (profileStore.kind === 'lmdb') {
    return createProfileReader(createLmdbProfiles(({ name }) => stateDirOf(config, name), partitions));
  }
  const cassandra = createCassandra(config.cassandra);
  const store = createCassandraProfiles(tablesOf(config, cassandra), partitions);
  return createProfileReader({ ...store, close: () => cassandra.close() });
}

export interface ProfileCopying {
  /** The same states, with copies made of what serving reads; unchanged where none are wanted. */
  <S>(fold: FoldId, states: KeyedStates<S>): KeyedStates<S>;
}

/** `onClose` is for the connection: registered before the states, it is closed after them. */
export function openProfileCopying(
  config: ProfileStoreConfig,
  { metrics, log, onClose }: { metrics: Metrics; log: Log; onClose(close: () => Promise<void> | void): void },
): ProfileCopying {
  if (config.profileStore.kind === 'lmdb') return (_fold, states) => states;
  const cassandra = createCassandra(config.cassandra);
  onClose(() => cassandra.close());
  const copies = createProfileCopies(tablesOf(config, cassandra));
  const measure = measureCopying(metrics);
  return (fold, states) => {
    if (!SERVED_FOLDS.some(({ name }) => name === fold.name)) return states;
    const stored = openStoredProfiles(stateDirOf(config, fold.name), config.partitions, fold.version);
    onClose(stored.close);
    const copier = createCopier({ fold, stored, copies, limits: config.profileStore, log });
    onClose(measure(fold.name, copier));
    return copyStates(states, copier);
  };
}

const tablesOf = (
  { region, generation, cassandra: { keyspace } }: ProfileStoreConfig,
  cassandra: Cassandra,
) => ({ cassandra, keyspace, region, generation });

const MEASURE_MS = 1000;

/** Answers what begins to measure a rule, and itself answers what ends it. */
function measureCopying(metrics: Metrics): (rule: string, copier: Pick<Copier, 'status'>) => () => void {
  const gauge = (name: string, help: string) =>
    metrics.gauge(`marquee_profile_copy_${name}`, help, { labels: ['rule'] });
  const waiting = gauge('waiting_profiles', 'Profiles that changed and are not copied yet');
  const lag = gauge('lag_ms', 'How long the longest of them waits');
  const whole = gauge('whole_partitions', 'Partitions that are being copied whole');
  const copied = metrics.counter('marquee_profile_copy_writes_total', 'Profiles copied', ['rule']);
  const failed = metrics.counter('marquee_profile_copy_failures_total', 'Copies tried again', ['rule']);
  return (rule, copier) => {
    let before = copier.status();
    const timer = setInterval(() => {
      const status = copier.status();
      waiting.set({ rule }, status.waiting);
      lag.set({ rule }, status.lagMs);
      whole.set({ rule }, status.whole);
      copied.inc({ rule }, status.copied - before.copied);
      failed.inc({ rule }, status.failed - before.failed);
      before = status;
    }, MEASURE_MS);
    return () => clearInterval(timer);
  };
}
