/** A profile with a history in two topic generations is erased: from logs, lake, views, checkpoints, Cassandra, and not from what is counted. */
import { createGenerationStore } from '../../../infra/generations/store.ts';
import { loadConfig, type Config } from '../../../infra/config.ts';
import { openKafka, openObjectStore } from '../../../infra/connections.ts';
import { silentLog } from '../../../infra/log.ts';
import { openGeneration, sealGeneration } from '../../../streaming/generations/change.ts';
import { openRegion, type KillRegion, type RegionPlace } from '../batch-kills/region.ts';
import { ERASURE_SETTINGS, erasureWorld, type WorldDeps } from './world.ts';

export interface ErasureProof extends RegionPlace {
  readonly withCassandra: boolean;
  readonly say: (line: string) => void;
}

export interface ErasureFigures {
  readonly figures: Readonly<Record<string, number>>;
  /** Sentences; none where all is as it should be. */
  readonly differences: readonly string[];
}

const PROFILE = 'profile-1';
const GENERATIONS = [
  { MARQUEE_GENERATION: 'g1', MARQUEE_PARTITIONS: '1' },
  { MARQUEE_GENERATION: 'g2', MARQUEE_PARTITIONS: '2' },
] as const;
const CASSANDRA = { PROFILE_STORE: 'cassandra', PROFILE_ROWS_STORE: 'cassandra' };
const SEALING = { patienceMs: 300_000, pollIntervalMs: 200, now: () => Date.now() };

export async function proveErasure(proof: ErasureProof): Promise<ErasureFigures> {
  const { withCassandra, say } = proof;
  const settings = { ...ERASURE_SETTINGS, ...(withCassandra ? CASSANDRA : {}) };
  const [first, second] = GENERATIONS;
  const old = await openRegion('erasure', { ...settings, ...first }, proof);
  try {
    const world = await erasureWorld(old.config, waitingFor(old));
    try {
      await world.live();
      await world.stood(PROFILE, 1);
      const next = loadConfig({ ...proof.environment, ...envOf(old.config), ...settings, ...second });
      await sealFirst(old.config, next);
    } finally {
      await world.close();
    }
  } finally {
    await old.close();
  }
  say('the first generation is sealed');
  const region = await openRegion('erasure', { ...settings, ...second }, proof);
  try {
    const world = await erasureWorld(region.config, waitingFor(region));
    try {
      await world.live();
      const before = await world.stood(PROFILE, 2);
      const startedMs = Date.now();
      const { id } = await world.erasures.start({ profileId: PROFILE, dryRun: false });
      const report = await region.withWorker(() => world.erasures.result(id));
      say(`erased in ${Math.round((Date.now() - startedMs) / 1000)} s`);
      const differences = [...world.faultsOf(report), ...(await world.movedSince(before, id))];
      const rows = report.tables.reduce((sum, table) => sum + table.rows, 0);
      const { snapshotsExpired, recordsTrimmed, lettersRewritten, versionsReplaced } = report;
      const done = {
        ...{ rows_rewritten: rows, snapshots_expired: snapshotsExpired, records_trimmed: recordsTrimmed },
        ...{ letters_rewritten: lettersRewritten, versions_replaced: versionsReplaced, ...report.audit.read },
      };
      return { figures: { generations: 2, ...done, differences: differences.length }, differences };
    } finally {
      await world.close();
    }
  } finally {
    await region.close();
  }
}

/** What goes on behind a refresh has ended as well before its worker does. */
const waitingFor = (region: KillRegion): WorldDeps => ({
  withWorker: (work) =>
    region.withWorker(async () => {
      const done = await work();
      await region.settled();
      return done;
    }),
});

/** What the second generation is told of the region by. */
const envOf = ({ region, dataDir }: Config): Record<string, string> => ({
  MARQUEE_REGION: region,
  MARQUEE_DATA_DIR: dataDir,
});

async function sealFirst(config: Config, next: Config): Promise<void> {
  const store = openObjectStore(config);
  const kafka = openKafka(config, silentLog());
  try {
    const deps = { kafka, config, store: createGenerationStore(store, config.region) };
    await openGeneration(deps, { partitions: next.partitions, blockSize: next.blockSize });
    await sealGeneration(deps, SEALING);
  } finally {
    await kafka.close();
    store.close();
  }
}
