/** A block of one clean partition, and what a lane says it counted in it. */
import type { Block } from '../blocks.ts';
import { addDigests, EMPTY_DIGEST, sameDigest, type Digest } from '../cells.ts';
import type { Generation } from '../ids.ts';
import { digestOfPart, sizeOfPart } from '../slot-parts.ts';
import type { FamilyPart } from '../speed-view.ts';
import type { CountedTopic } from '../topics.ts';

export interface PartitionRef {
  readonly topic: CountedTopic;
  readonly partition: number;
}

export interface BlockRef extends PartitionRef {
  readonly block: Block;
}

/** `plays.g1/0/12`: topic with its generation, partition, block. */
export type BlockName = string;

export const blockName = (generation: Generation, { topic, partition, block }: BlockRef): BlockName =>
  `${topic}.${generation}/${partition}/${block}`;

/** The same for one generation, as a key. */
export const refKey = ({ topic, partition, block }: BlockRef): string => `${topic}/${partition}/${block}`;

/** What a marker vouches for: records that counted, entries of all families, and the order-free digest of those. */
export interface Tally {
  readonly events: number;
  readonly entries: number;
  readonly digest: Digest;
}

/** A block with everything that a lane counted in it. */
export interface BlockContent extends Tally {
  readonly parts: readonly FamilyPart[];
}

export const sameTally = (x: Tally, y: Tally): boolean =>
  x.events === y.events && x.entries === y.entries && sameDigest(x.digest, y.digest);

/** Works out the tally by the functions that the speed lane's own markers are made with. */
export const contentOf = (parts: readonly FamilyPart[], events: number): BlockContent => ({
  events,
  entries: parts.reduce((sum, part) => sum + sizeOfPart(part), 0),
  digest: parts.reduce((sum, part) => addDigests(sum, digestOfPart(part)), EMPTY_DIGEST),
  parts,
});

export const tallyOf = ({ events, entries, digest }: Tally): Tally => ({ events, entries, digest });
