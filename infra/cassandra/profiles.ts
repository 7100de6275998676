/** Copies of profiles in Cassandra, written by the processes that fold and read by serving on any machine. */
import { deserialize, serialize } from 'node:v8';
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import type { Generation, Region } from '../../domain/ids.ts';
import { partitionOfKey } from '../kafka/partitioner.ts';
import type { CopyMark, FoldId, ProfileCopies, ProfileStore } from '../profile-store/port.ts';
import type { LogPositions } from '../state/keyed-state.ts';
import type { Cassandra, Row } from './client.ts';
import { timestampOf } from './stamp.ts';

export interface ProfileTables {
  readonly cassandra: Pick<Cassandra, 'run'>;
  readonly keyspace: string;
  readonly region: Region;
  readonly generation: Generation;
}

export function createProfileCopies(tables: ProfileTables): ProfileCopies {
  const { cassandra, keyspace, region, generation } = tables;
  const row = `WHERE region = ? AND generation = ? AND profile = ? AND fold = ?`;
  const put = `INSERT INTO ${keyspace}.profiles (region, generation, profile, fold, version, state)
    VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?`;
  const remove = `DELETE FROM ${keyspace}.profiles USING TIMESTAMP ? ${row}`;
  const mark = `INSERT INTO ${keyspace}.profile_marks
    (region, generation, fold, partition, version, epoch, commit, positions, marked_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, toTimestamp(now())) USING TIMESTAMP ?`;
  return {
    async write({ name, version }, profile, state, stamp) {
      const at = timestampOf(stamp);
      if (state === undefined) await cassandra.run(remove, [at, region, generation, profile, name]);
      else {
        const bytes = serialize(state);
        await cassandra.run(put, [region, generation, profile, name, version, bytes, at]);
      }
    },
    async mark({ name, version }, partition, { epoch, commit, positions }) {
      const where = [region, generation, name, partition, version] as const;
      const what = [BigInt(epoch), BigInt(commit), JSON.stringify(positions)] as const;
      await cassandra.run(mark, [...where, ...what, timestampOf({ epoch, commit })]);
    },
    async markOf({ name }, partition) {
      const [found] = await marksOf(tables, [name], partition);
      return found?.mark;
    },
  };
}

/** `partitions` as of the topics: whether a profile that is not found may be there later depends on its partition. */
export function createCassandraProfiles(tables: ProfileTables, partitions: number): ProfileStore {
  const { cassandra, keyspace, region, generation } = tables;
  const select = `SELECT fold, version, state FROM ${keyspace}.profiles
    WHERE region = ? AND generation = ? AND profile = ? AND fold IN ?`;
  /** Folds and partitions that were copied whole once. */
  const marked = new Set<string>();

  async function assertCopied(folds: readonly FoldId[], partition: number): Promise<void> {
    const nameOf = ({ name, version }: FoldId): string => `${name} ${version} ${partition}`;
    const open = folds.filter((fold) => !marked.has(nameOf(fold)));
    if (open.length === 0) return;
    const names = open.map(({ name }) => name);
    for (const { name, mark } of await marksOf(tables, names, partition)) {
      marked.add(nameOf({ name, version: mark.version }));
    }
    const lacking = open.find((fold) => !marked.has(nameOf(fold)));
    if (lacking === undefined) return;
    const reason = `no behaviour process has copied ${lacking.name} of partition ${partition} yet`;
    throw new MarqueeError('PROFILES_UNAVAILABLE', { reason });
  }

  return {
    async read(profile, folds) {
      try {
        const names = folds.map(({ name }) => name);
        const rows = await cassandra.run(select, [region, generation, profile, names]);
        const found = new Map(rows.map((row) => [`${String(row['fold'])} ${String(row['version'])}`, row]));
        const states = folds.map(({ name, version }) => found.get(`${name} ${version}`));
        const absent = folds.filter((_, i) => states[i] === undefined);
        await assertCopied(absent, partitionOfKey(profile, partitions));
        return states.map((row) => row && (deserialize(row['state'] as Buffer) as unknown));
      } catch (error) {
        if (!isMarqueeError(error, 'CASSANDRA_UNAVAILABLE')) throw error;
        throw new MarqueeError('PROFILES_UNAVAILABLE', { reason: error.message }, { cause: error });
      }
    },
    close: () => Promise.resolve(),
  };
}

async function marksOf(
  { cassandra, keyspace, region, generation }: ProfileTables,
  folds: readonly string[],
  partition: number,
): Promise<{ readonly name: string; readonly mark: CopyMark }[]> {
  const rows = await cassandra.run(
    `SELECT fold, version, epoch, commit, positions FROM ${keyspace}.profile_marks
      WHERE region = ? AND generation = ? AND fold IN ? AND partition = ?`,
    [region, generation, folds, partition],
  );
  return rows.map((row) => ({ name: String(row['fold']), mark: markIn(row) }));
}

const markIn = (row: Row): CopyMark => ({
  version: Number(row['version']),
  epoch: Number(row['epoch']),
  commit: Number(row['commit']),
  positions: JSON.parse(String(row['positions'])) as LogPositions,
});
