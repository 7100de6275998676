/** Blocks in which the lanes may differ because the lake was corrected on purpose: listed by name, never compared. */
import { blockOf } from '../blocks.ts';
import { hourOf } from '../distinct.ts';
import type { FamilyPart } from '../speed-view.ts';
import type { CountedTopic } from '../topics.ts';
import { HOUR_MS, type EpochMs } from '../time.ts';
import type { BlockRef } from './block.ts';
import type { BlockRange } from './choose.ts';

export const EXCLUSION_KINDS = ['erasure', 'backfill'] as const;
export type ExclusionKind = (typeof EXCLUSION_KINDS)[number];

/** What was corrected: hours of event time, offsets [from, to) of one clean partition, or blocks by name. */
export type Touched =
  | { readonly fromMs: EpochMs; readonly toMs: EpochMs }
  | {
      readonly topic: CountedTopic;
      readonly generation: string;
      readonly partition: number;
      readonly from: number;
      readonly to: number;
    }
  | TouchedBlocks;

/** Blocks [from, to) of clean partitions of one generation, all of the same size. */
export interface TouchedBlocks {
  readonly generation: string;
  readonly blocks: readonly BlockRange[];
}

export interface Exclusion {
  /** Of the erasure or the backfill: its workflow id. Known once; said again it replaces itself. */
  readonly name: string;
  readonly kind: ExclusionKind;
  readonly touched: Touched;
}

/** Most that are kept; the oldest go first, when their blocks have long been cleared up. */
export const MOST_EXCLUSIONS = 1000;

export const withExclusion = (known: readonly Exclusion[], added: Exclusion): readonly Exclusion[] =>
  [...known.filter(({ name }) => name !== added.name), added].slice(-MOST_EXCLUSIONS);

/** Hours of event time (-1 for events out of every window) that a part has cells of. */
export function hoursOfParts(parts: Iterable<FamilyPart>): Set<number> {
  const hours = new Set<number>();
  for (const part of parts)
    if (part.family === 'cells') for (const bucket of part.columns.buckets) hours.add(hourOf(bucket));
  return hours;
}

/** The exclusion that a block is touched by; `hours` are those of event time that either lane has cells of. */
export function exclusionOf(
  exclusions: readonly Exclusion[],
  { topic, partition, block }: BlockRef,
  hours: Iterable<number>,
  log: { readonly generation: string; readonly blockSize: number },
): Exclusion | undefined {
  const seen = [...hours];
  return exclusions.find(({ touched }) => {
    if ('fromMs' in touched)
      return seen.some((hour) => hour * HOUR_MS >= touched.fromMs && hour * HOUR_MS < touched.toMs);
    if ('blocks' in touched)
      return (
        touched.generation === log.generation &&
        touched.blocks.some(
          (one) => one.topic === topic && one.partition === partition && one.from <= block && block < one.to,
        )
      );
    return (
      touched.topic === topic &&
      touched.generation === log.generation &&
      touched.partition === partition &&
      blockOf(touched.from, log.blockSize) <= block &&
      touched.to > block * log.blockSize
    );
  });
}
