/**
 * What a new generation must know of the one before it: which event ids were sighted within the last window. The sightings
 * are worked out from the sealed raw log, by the rule that decided it, so any machine can do it.
 */
import { decide, logTimeAfter, type ExtractLimits, type SeenKeys } from '../../domain/extract.ts';
import type { ErasureBook } from '../../domain/erasure/book.ts';
import { isMarqueeError } from '../../domain/errors.ts';
import { parentPartition, type GenerationRecord } from '../../domain/generations.ts';
import type { Region } from '../../domain/ids.ts';
import { HOUR_MS, type EpochMs } from '../../domain/time.ts';
import { topicName } from '../../domain/topics.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { offsetsAt } from '../../infra/kafka/offsets.ts';
import { partitionOfKey } from '../../infra/kafka/partitioner.ts';
import { readAll } from '../../infra/kafka/reader.ts';
import type { ExtractState } from '../../infra/state/extract-state.ts';

export interface InheritDeps {
  readonly kafka: KafkaClient;
  readonly region: Region;
  readonly predecessor: GenerationRecord;
  /** Partitions of the generation that begins. */
  readonly partitions: number;
  readonly limits: ExtractLimits;
  readonly erasures: Pick<ErasureBook, 'owners'>;
  readonly state: Pick<ExtractState, 'standsAt' | 'commit'>;
}

/** Room for a broker's clock that was set back during the window. */
const CLOCK_ROOM_MS = HOUR_MS;
const NOTHING_SEEN: SeenKeys = { lastSeen: () => undefined, isSettled: () => false };

/**
 * Gives a partition without state the sightings of its profiles, and the log's time, from the partition that held them
 * before, and says how many; undefined where there is state already. Of two owners that do so at once the first one's write stands, and both wrote the same.
 */
export async function inheritSightings(deps: InheritDeps, partition: number): Promise<number | undefined> {
  const { kafka, region, predecessor, partitions, limits, state, erasures } = deps;
  if (state.standsAt(partition) !== null) return undefined;
  const parent = parentPartition(partition, predecessor);
  const topic = topicName(region, predecessor.generation, 'raw-events');
  const from = (predecessor.sealedAt ?? 0) - limits.dedupeWindowMs - CLOCK_ROOM_MS;
  const start = (await offsetsAt(kafka, topic, from)).find((one) => one.partition === parent)?.offset ?? 0;
  const owners = erasures.owners(predecessor.generation, parent);
  const seen = new Map<string, EpochMs>();
  let logTime: EpochMs = 0;
  const reader = await readAll(kafka, {
    ...{ topic, partitions: [parent], live: false },
    fromOffsets: new Map([[parent, start]]),
    onRecords({ records }) {
      for (const record of records) {
        logTime = logTimeAfter(logTime, record);
        const decision = decide(record, logTime, NOTHING_SEEN, limits, owners);
        if (decision.type !== 'fresh') continue;
        const { profileId } = decision.event;
        if (partitionOfKey(profileId, partitions) === partition) seen.set(decision.key, logTime);
      }
    },
  });
  await reader.closed;
  const forgetBefore = logTime - limits.dedupeWindowMs;
  try {
    await state.commit(partition, { expected: null, position: 0, logTime, seen, forgetBefore });
  } catch (error) {
    if (!isMarqueeError(error, 'STATE_MOVED')) throw error;
  }
  return seen.size;
}
