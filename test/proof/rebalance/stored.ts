/** What the machines have stored of profiles: the state of whoever has read a partition to its end. */
import { join } from 'node:path';
import type { KeyedFold } from '../../../domain/keyed-fold.ts';
import { topicName } from '../../../domain/topics.ts';
import type { Config } from '../../../infra/config.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { logBounds } from '../../../infra/kafka/offsets.ts';
import { partitionOfKey } from '../../../infra/kafka/partitioner.ts';
import { openKeyedReader } from '../../../infra/state/lmdb-keyed-state.ts';
import type { Machine } from './fleet.ts';

export interface StoredStates {
  /** Partitions that no machine has stored to the end of the log. */
  readonly missing: readonly number[];
  /** The state of a profile; undefined where there is none. */
  of(profile: string): unknown;
  close(): Promise<void>;
}

export interface StoredDeps {
  readonly config: Pick<Config, 'region' | 'generation' | 'partitions'>;
  readonly kafka: KafkaClient;
}

export async function openStoredStates(
  { config, kafka }: StoredDeps,
  fold: Pick<KeyedFold<unknown>, 'name' | 'version' | 'topics'>,
  machines: readonly Machine[],
): Promise<StoredStates> {
  const { region, generation, partitions } = config;
  const readers = machines.map(({ dataDir }) =>
    openKeyedReader(join(dataDir, 'state', fold.name, `${region}.${generation}`), partitions, fold.version),
  );
  const ends = new Map<string, number>();
  for (const kind of fold.topics)
    for (const { partition, end } of await logBounds(kafka, topicName(region, generation, kind)))
      ends.set(`${kind}/${partition}`, end);
  const owners = Array.from({ length: partitions }, (_, partition) =>
    readers.find((reader) => {
      const positions = reader.positions(partition);
      return fold.topics.every((kind) => (positions[kind]?.next ?? 0) >= ends.get(`${kind}/${partition}`)!);
    }),
  );
  return {
    missing: owners.flatMap((owner, partition) => (owner === undefined ? [partition] : [])),
    of: (profile) => owners[partitionOfKey(profile, partitions)]?.get(profile),
    async close() {
      for (const reader of readers) await reader.close();
    },
  };
}
