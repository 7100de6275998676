/** Holds replayed blocks against the markers of the live speed view: events, entries and the digest over all of them. */
import { blockEnd } from '../../domain/blocks.ts';
import { sameDigest } from '../../domain/cells.ts';
import type { Generation, Region } from '../../domain/ids.ts';
import { decodeSpeedRecord } from '../../domain/speed-codec.ts';
import { FOLD_VERSION, type Marker } from '../../domain/speed-view.ts';
import { topicName } from '../../domain/topics.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { readAll } from '../../infra/kafka/reader.ts';
import { createDifferences, type Comparison } from './port.ts';

export interface SpeedCompareDeps {
  readonly kafka: KafkaClient;
  readonly region: Region;
  readonly generation: Generation;
  readonly blockSize: number;
}

const nameOf = ({ topic, partition, block }: Marker): string => `${topic}/${partition} block ${block}`;

/**
 * A sealed block whose cells were cleared up live, because a servable view covers it, is passed over. A live marker
 * whose block began with a guess claims nothing and is as if it were not there.
 */
export async function compareBlocks(
  { kafka, region, generation, blockSize }: SpeedCompareDeps,
  sealed: readonly Marker[],
): Promise<Comparison> {
  const live = new Map<string, Marker[]>();
  const reader = await readAll(kafka, {
    topic: topicName(region, generation, 'speed-view'),
    live: false,
    onRecords({ records }) {
      for (const { key, value } of records) {
        const message = decodeSpeedRecord(key, value)?.value;
        if (message?.type !== 'marker' || message.from < 0 || message.foldVersion !== FOLD_VERSION) continue;
        if (message.to !== blockEnd(message.block, blockSize)) continue;
        const name = nameOf(message);
        live.set(name, [...(live.get(name) ?? []), message]);
      }
    },
  });
  await reader.caughtUp;
  await reader.stop();
  const found = createDifferences();
  for (const marker of sealed) {
    for (const other of live.get(nameOf(marker)) ?? []) {
      const difference = differenceOf(marker, other);
      if (difference === undefined) found.same();
      else found.differs(`${nameOf(marker)}: ${difference}`);
    }
  }
  return found.result();
}

function differenceOf(mine: Marker, live: Marker): string | undefined {
  if (mine.events !== live.events) return `${mine.events} events, live ${live.events}`;
  if (mine.entries !== live.entries) return `${mine.entries} entries, live ${live.entries}`;
  return sameDigest(mine.digest, live.digest) ? undefined : 'the entries have another digest';
}
