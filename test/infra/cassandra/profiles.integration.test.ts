/** Copies of profiles in a real Cassandra, read where nothing of the machine that folds can be seen. */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { generation, profileId, region } from '../../../domain/ids.ts';
import { createCassandra } from '../../../infra/cassandra/client.ts';
import { createCassandraProfiles, createProfileCopies } from '../../../infra/cassandra/profiles.ts';
import { silentLog } from '../../../infra/log.ts';
import { copyStates } from '../../../infra/profile-store/copied-states.ts';
import { createCopier, type Copier } from '../../../infra/profile-store/copier.ts';
import { openStoredProfiles } from '../../../infra/profile-store/lmdb-profiles.ts';
import { createLmdbKeyedStates } from '../../../infra/state/lmdb-keyed-state.ts';
import { useCassandra } from '../../support/cassandra.ts';
import { until } from '../../support/until.ts';
import {
  FOLD,
  names,
  PARTITIONS,
  profileStoreContract,
  takeOver,
  type ProfileStoreWorld,
} from './../profile-store/contract.ts';

const server = await useCassandra();
const cassandra = createCassandra({ ...server.settings, requestTimeoutMs: 10_000 });
after(() => cassandra.close());

let worlds = 0;

interface CopiedWorld extends ProfileStoreWorld {
  readonly tables: Parameters<typeof createProfileCopies>[0];
  readonly copiers: readonly Copier[];
}

/** Each owner on a machine of its own; serving, on another, has no folder at all. */
function createWorld(
  limits = { maxWaiting: 100_000, concurrency: 16, retryMs: 50 },
  client = cassandra,
): CopiedWorld {
  const tables = {
    ...{ cassandra: client, keyspace: server.settings.keyspace },
    ...{ region: region(`world-${worlds++}`), generation: generation('g1') },
  };
  const copiers: Copier[] = [];
  const machines = new Map<string, string>();
  let epochs = 0;
  return {
    tables,
    copiers,
    store: createCassandraProfiles(tables, PARTITIONS),
    owner(name, fold = FOLD) {
      const dir = machines.get(name) ?? mkdtempSync(join(tmpdir(), 'marquee-machine-'));
      machines.set(name, dir);
      const folder = join(dir, fold.name);
      const states = createLmdbKeyedStates<unknown>(folder, fold.version, () => (epochs += 1) * 1000);
      const stored = openStoredProfiles(folder, PARTITIONS, fold.version);
      const copies = createProfileCopies(tables);
      const copier = createCopier({ fold, stored, copies, limits, log: silentLog() });
      copiers.push(copier);
      const copied = copyStates(states, copier);
      after(async () => {
        await copied.close();
        await stored.close();
      });
      return copied;
    },
    settled: () => until(() => copiers.every((one) => one.status().behind === 0), 60_000),
  };
}

profileStoreContract('Cassandra', () => Promise.resolve(createWorld()));

test('writes of any order, again and again, end as the highest stamp says', async () => {
  const { tables, store } = createWorld();
  const copies = createProfileCopies(tables);
  await copies.mark(FOLD, 0, { epoch: 1, commit: 0, positions: {} });
  const [profile, gone] = names('p', 2).map(profileId);
  const history = [
    ...[
      { epoch: 3, commit: 1 },
      { epoch: 2, commit: 900 },
      { epoch: 3, commit: 2 },
      { epoch: 1, commit: 5 },
    ],
    ...[
      { epoch: 3, commit: 2 },
      { epoch: 2, commit: 1 },
    ],
  ];
  for (const stamp of history) {
    await copies.write(FOLD, profile!, `${stamp.epoch}.${stamp.commit}`, stamp);
    await copies.write(FOLD, gone!, stamp.commit === 2 ? undefined : 'there', stamp);
  }
  const read = await Promise.all([profile!, gone!].map((one) => store.read(one, [FOLD])));
  assert.deepEqual(read, [['3.2'], [undefined]]);
});

test('a machine that takes over from a checkpoint copies whole what its predecessor could not', async () => {
  const world = createWorld();
  const [first, second] = names('p', 2) as [string, string];
  const states = world.owner('a');
  await (await takeOver(states, 0)).commit({ [first]: 1 });
  await world.settled();
  await world.copiers[0]!.close(0);
  // Stored, and its machine ends before it is copied.
  await (await takeOver(states, 0)).commit({ [second]: 2 });
  assert.deepEqual(await world.store.read(profileId(second), [FOLD]), [undefined]);
  await states.close();
  await takeOver(world.owner('a'), 0);
  await until(async () => (await world.store.read(profileId(second), [FOLD]))[0] === 2, 20_000);
});

test('while Cassandra does not answer, commits go on and reads fail; then all is caught up', async () => {
  const impatient = createCassandra({ ...server.settings, requestTimeoutMs: 1000 });
  after(() => impatient.close());
  const world = createWorld({ maxWaiting: 200, concurrency: 8, retryMs: 50 }, impatient);
  const { store } = world;
  const owner = await takeOver(world.owner('a'), 0);
  const profiles = names('p', 500);
  await owner.commit({ [profiles[0]!]: 'before' });
  await world.settled();
  assert.deepEqual(await store.read(profileId(profiles[0]!), [FOLD]), ['before']);
  const { failed } = world.copiers[0]!.status();
  await server.outage(
    async () => {
      for (const profile of profiles) await owner.commit({ [profile]: `state of ${profile}` });
      await assert.rejects(store.read(profileId(profiles[0]!), [FOLD]), (error: unknown) =>
        isMarqueeError(error, 'PROFILES_UNAVAILABLE'),
      );
      const { waiting, whole } = world.copiers[0]!.status();
      assert.ok(waiting <= 200 && whole === 1, `${waiting} wait, ${whole} whole`);
    },
    () => world.copiers[0]!.status().failed > failed,
  );
  await world.settled();
  for (const profile of profiles) {
    assert.deepEqual(await store.read(profileId(profile), [FOLD]), [`state of ${profile}`]);
  }
});

test('nobody there is told at once, and a table that is not there is no outage', async () => {
  const nobody = createCassandra({ ...server.settings, contactPoints: '127.0.0.1:1' });
  after(() => nobody.close());
  const isAway = (error: unknown): boolean => isMarqueeError(error, 'CASSANDRA_UNAVAILABLE');
  await assert.rejects(nobody.run('SELECT * FROM system.local', []), isAway);
  const wrong = cassandra.run(`SELECT * FROM ${server.settings.keyspace}.nothing`, []);
  await assert.rejects(wrong, (error: unknown) => !isAway(error));
});
