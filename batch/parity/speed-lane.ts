/** Finished blocks as the speed view holds them: what serving would take of it, by the same reader. */
import { blockEnd } from '../../domain/blocks.ts';
import type { Generation, Region } from '../../domain/ids.ts';
import { refKey, type BlockContent, type BlockRef } from '../../domain/parity/block.ts';
import type { BlockRange } from '../../domain/parity/choose.ts';
import { hoursOfParts } from '../../domain/parity/exclusions.ts';
import { parseSpeedKey } from '../../domain/seam.ts';
import { decodeSpeedRecord } from '../../domain/speed-codec.ts';
import { createSpeedReader, type SpeedReader } from '../../domain/speed-reader.ts';
import { FOLD_VERSION, type Marker, type SpeedRecord } from '../../domain/speed-view.ts';
import { speedViewPartition, topicName } from '../../domain/topics.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { readAll } from '../../infra/kafka/reader.ts';

/** A finished block, by this version of the fold. */
export interface HeldBlock extends BlockRef {
  readonly marker: Marker;
  /** Hours of event time that its cells are of; -1 for events out of every window. */
  readonly hours: ReadonlySet<number>;
}

export interface SpeedLane {
  /** The finished blocks among these; memory holds no more than their markers and what is under way. */
  held(ranges: readonly BlockRange[]): Promise<readonly HeldBlock[]>;
  /** What these blocks hold, by `refKey`; those that were cleared up meanwhile are left out. */
  contents(blocks: readonly BlockRef[]): Promise<ReadonlyMap<string, BlockContent>>;
}

/** Gives every record of these partitions whose key is of a wanted block. */
export type ReadSpeedView = (
  partitions: readonly BlockRef[],
  isWanted: (ref: BlockRef) => boolean,
  take: (record: SpeedRecord, ref: BlockRef) => void,
) => Promise<void>;

export function createSpeedLane(read: ReadSpeedView, blockSize: number): SpeedLane {
  const readersOf = (keepsSealed: boolean): ((ref: BlockRef) => SpeedReader) => {
    const readers = new Map<string, SpeedReader>();
    return ({ topic, partition }) => {
      const key = `${topic}/${partition}`;
      let reader = readers.get(key);
      if (reader === undefined)
        readers.set(key, (reader = createSpeedReader(blockSize, undefined, { keepsSealed })));
      return reader;
    };
  };
  return {
    async held(ranges) {
      const readerOf = readersOf(false);
      const hours = new Map<string, { readonly ref: BlockRef; readonly hours: Set<number> }>();
      const isWanted = ({ topic, partition, block }: BlockRef): boolean =>
        ranges.some(
          (range) =>
            range.topic === topic && range.partition === partition && range.from <= block && block < range.to,
        );
      const partitions = ranges.map(({ topic, partition, from }) => ({ topic, partition, block: from }));
      await read(partitions, isWanted, (record, ref) => {
        const change = readerOf(ref).apply(record);
        if (change === undefined) return;
        const known = hours.get(refKey(ref)) ?? { ref, hours: new Set<number>() };
        // A finished block's chunks are let go: the hours of all its states together are those of the last.
        for (const hour of hoursOfParts(change.added)) known.hours.add(hour);
        hours.set(refKey(ref), known);
      });
      return Array.from(hours.values()).flatMap(({ ref, hours: seen }): HeldBlock[] => {
        const marker = readerOf(ref).committed(ref.block)?.marker;
        const isFinished = marker?.to === blockEnd(ref.block, blockSize);
        return marker !== undefined && isFinished && marker.foldVersion === FOLD_VERSION
          ? [{ topic: ref.topic, partition: ref.partition, block: ref.block, marker, hours: seen }]
          : [];
      });
    },
    async contents(blocks) {
      const wanted = new Set(blocks.map(refKey));
      const readerOf = readersOf(true);
      await read(
        blocks,
        (ref) => wanted.has(refKey(ref)),
        (record, ref) => void readerOf(ref).apply(record),
      );
      return new Map(
        blocks.flatMap((ref) => {
          const found = readerOf(ref).committed(ref.block);
          if (found === undefined) return [];
          const { events, entries, digest } = found.marker;
          return [[refKey(ref), { events, entries, digest, parts: [...found.chunks.values()] }] as const];
        }),
      );
    },
  };
}

export interface SpeedTopic {
  readonly kafka: KafkaClient;
  readonly region: Region;
  readonly generation: Generation;
  readonly partitions: number;
}

/** Reads the topic `speed-view` from its beginning to its end. */
export function readSpeedTopic({ kafka, region, generation, partitions }: SpeedTopic): ReadSpeedView {
  return async (wanted, isWanted, take) => {
    const of = new Set(
      wanted.map(({ topic, partition }) => speedViewPartition(topic, partition, partitions)),
    );
    if (of.size === 0) return;
    const reader = await readAll(kafka, {
      topic: topicName(region, generation, 'speed-view'),
      partitions: [...of],
      live: false,
      onRecords({ records }) {
        for (const { key, value } of records) {
          const ref = key === null ? undefined : parseSpeedKey(key.toString('utf8'));
          if (ref === undefined || !isWanted(ref)) continue;
          const record = decodeSpeedRecord(key, value);
          if (record !== undefined) take(record, ref);
        }
      },
    });
    await reader.closed;
  };
}
