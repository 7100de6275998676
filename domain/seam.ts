/**
 * The rules of the seam, each a function of its own: what makes batch and speed add up exactly, whatever is sent again,
 * crashes or wakes up late. Folds and readers take them as an argument, so that the proof can take one away and show
 * that the totals go wrong without it.
 */
import { blockOf, blockStart, type Block, type Offset } from './blocks.ts';
import { sameDigest, type Digest } from './cells.ts';
import { neededSince } from './measure-memory.ts';
import type { MeasureLimits } from './measures.ts';
import {
  chunkName,
  type BlockEpoch,
  type Coverage,
  type Family,
  type Marker,
  type SpeedKey,
} from './speed-view.ts';
import type { EpochMs } from './time.ts';
import type { CountedTopic } from './topics.ts';

export interface SeamRules {
  /** A reader of a clean partition skips any record whose raw offset is not above the highest it has taken. */
  isFresh(rawHigh: Offset, rawOffset: Offset): boolean;
  /** Keys hold the owner's epoch. */
  chunkKey(at: BlockEpoch, family: Family, slot: number): string;
  markerKey(at: BlockEpoch): string;
  /** Chunks are taken only up to a marker that matches them. */
  matches(marker: Marker, entries: number, digest: Digest): boolean;
  /** What does not start at the block's start is refused. */
  startsAtBlock(coverage: Coverage, block: Block, blockSize: number): boolean;
  /** Of two states of one block the better by (fold version, to) is kept. */
  isBetter(candidate: Coverage, kept: Coverage): boolean;
  /** Speed counts the blocks from the cut on; batch counted the rest. */
  isPastCut(block: Block, cut: Offset, blockSize: number): boolean;
  /** An owner that cannot know whether a flush arrived goes on under a new epoch and publishes the block anew. */
  endsEpoch(outcome: 'acknowledged' | 'unknown'): boolean;
  /** Caps and proofs are told by append time, whatever time the event claims. */
  windowTime(appendTime: EpochMs, eventTime: EpochMs): EpochMs;
  /** From which append time on a fold must have seen the log before it starts a block after `logTime`. */
  neededSince(logTime: EpochMs, limits: MeasureLimits): EpochMs;
  /** A fold claims a block only when it remembers everything that the block's caps and proofs depend on. */
  isWarm(knownSince: EpochMs, neededSince: EpochMs): boolean;
}

export const SEAM_RULES: SeamRules = {
  isFresh: (rawHigh, rawOffset) => rawOffset > rawHigh,
  chunkKey: (at, family, slot) =>
    `${at.topic}/${at.partition}/${at.block}/${at.epoch}/${chunkName(family, slot)}`,
  markerKey: (at) => `${at.topic}/${at.partition}/${at.block}/${at.epoch}/marker`,
  matches: (marker, entries, digest) => marker.entries === entries && sameDigest(marker.digest, digest),
  startsAtBlock: (coverage, block, blockSize) => coverage.from === blockStart(block, blockSize),
  isBetter: (candidate, kept) =>
    candidate.foldVersion > kept.foldVersion ||
    (candidate.foldVersion === kept.foldVersion && candidate.to > kept.to),
  isPastCut: (block, cut, blockSize) => block >= blockOf(cut, blockSize),
  endsEpoch: (outcome) => outcome === 'unknown',
  windowTime: (appendTime) => appendTime,
  neededSince,
  isWarm: (knownSince, needed) => knownSince <= needed,
};

const CHUNK_NAME = /^(?:(?:rows|distinct)\.)?(?:0|[1-9]\d*)$/;

/** Takes a key of the `speed-view` topic apart; undefined where it is not one. */
export function parseSpeedKey(key: string): SpeedKey | undefined {
  const [topic, partition, block, epoch, last, ...rest] = key.split('/');
  if (rest.length > 0 || (topic !== 'plays' && topic !== 'impressions')) return undefined;
  const numbers = [partition, block, epoch].map(Number);
  if (last === undefined || numbers.some((n) => !Number.isInteger(n))) return undefined;
  const chunk = last === 'marker' ? null : last;
  if (chunk !== null && !CHUNK_NAME.test(chunk)) return undefined;
  return {
    topic: topic satisfies CountedTopic,
    partition: numbers[0]!,
    block: numbers[1]!,
    epoch: numbers[2]!,
    chunk,
  };
}
