/**
 * Reads one partition of the speed view: assembles blocks from chunks and markers and keeps, per block, the best state
 * that a marker vouches for. What no marker matches is not taken; what does not start at its block's start is refused.
 */
import { blockEnd, blockOf, blockStart, type Block, type Offset } from './blocks.ts';
import { addDigests, EMPTY_DIGEST, type Digest } from './cells.ts';
import { parseSpeedKey, SEAM_RULES, type SeamRules } from './seam.ts';
import { digestOfPart, sizeOfPart } from './slot-parts.ts';
import {
  chunkName,
  FOLD_VERSION,
  type Chunk,
  type ChunkName,
  type Marker,
  type SpeedMessage,
  type SpeedRecord,
  type Taken,
} from './speed-view.ts';

/** A block as vouched for by its best marker. */
export interface CommittedBlock {
  readonly block: Block;
  readonly marker: Marker;
  readonly chunks: ReadonlyMap<ChunkName, Chunk>;
}

/** The start of a block, with what had been taken of the log before it. */
export interface ResumePoint extends Taken {
  readonly position: Offset;
}

/** Chunks that a committed state no longer holds, and those it holds anew. */
export interface BlockChange {
  readonly block: Block;
  readonly removed: readonly Chunk[];
  readonly added: readonly Chunk[];
}

/** How far a partition's speed view reaches from a cut on. */
export interface Reach {
  /** Offset up to which everything from the cut on is counted: the newest marker's, or the cut. */
  readonly watermark: Offset;
  /** Blocks between the cut and the newest marker that are missing or were never finished. */
  readonly holes: readonly Block[];
}

export interface SpeedReader {
  /** Applies the next record of the partition; says what changed in the committed state, if anything. */
  apply(record: SpeedRecord): BlockChange | undefined;
  committed(block: Block): CommittedBlock | undefined;
  /** Committed blocks counted past a cut, ascending. */
  pastCut(cut: Offset): readonly CommittedBlock[];
  reach(cut: Offset): Reach;
  /** The first block that a fold has to finish: the one after the unbroken run of finished blocks. */
  resume(): ResumePoint | undefined;
  /** The finished blocks, for a reader that begins later in the partition. */
  sealed(): SealedBlock[];
  /** Everything that is held, as plain data; what comes later changes none of it. */
  held(): HeldState[];
  /** Keys of the blocks that no cut at or above `cut` needs; the newest block's are always kept. */
  keysBelow(cut: Offset): readonly string[];
}

/** What a reader holds of a block, for another that goes on from there. */
export interface HeldState {
  readonly block: Block;
  readonly keys: readonly string[];
  readonly attempts: readonly HeldAttempt[];
  readonly committed: Pick<CommittedBlock, 'marker' | 'chunks'> | undefined;
}

/** What an epoch has published of a block so far. */
export interface HeldAttempt {
  readonly epoch: number;
  readonly marker: Marker | undefined;
  readonly chunks: ReadonlyMap<ChunkName, { readonly chunk: Chunk; readonly digest: Digest }>;
}

/** A finished block without its chunks. */
export interface SealedBlock {
  readonly marker: Marker;
  /** Of all that was published of it. */
  readonly keys: readonly string[];
}

/** What one epoch has published of a block. */
interface Attempt {
  readonly chunks: Map<ChunkName, { readonly chunk: Chunk; readonly digest: Digest }>;
  marker: Marker | undefined;
}

export interface ReaderOptions {
  /** Whether the chunks of finished blocks are kept; an owner only needs to know that a block is finished, and its keys. */
  readonly keepsSealed: boolean;
  /** Blocks that were finished before where reading begins. */
  readonly sealed?: readonly SealedBlock[];
  /** What another reader held where reading begins. */
  readonly held?: readonly HeldState[];
}

interface HeldBlock {
  readonly keys: Set<string>;
  readonly attempts: Map<number, Attempt>;
  committed: CommittedBlock | undefined;
}

export function createSpeedReader(
  blockSize: number,
  rules: SeamRules = SEAM_RULES,
  { keepsSealed, sealed = [], held: before = [] }: ReaderOptions = { keepsSealed: true },
): SpeedReader {
  const held = new Map<Block, HeldBlock>(
    sealed.map(({ marker, keys }) => {
      const { block } = marker;
      const committed = { block, marker, chunks: new Map<ChunkName, Chunk>() };
      return [block, { keys: new Set(keys), attempts: new Map<number, Attempt>(), committed }];
    }),
  );
  for (const { block, keys, attempts, committed } of before) {
    const own = attempts.map(
      ({ epoch, marker, chunks }) => [epoch, { chunks: new Map(chunks), marker }] as const,
    );
    held.set(block, {
      keys: new Set(keys),
      attempts: new Map(own),
      committed: committed && { ...committed, block },
    });
  }

  const put = (key: string, value: SpeedMessage, digest: Digest | undefined): BlockChange | undefined => {
    let block = held.get(value.block);
    if (block === undefined)
      held.set(value.block, (block = { keys: new Set(), attempts: new Map(), committed: undefined }));
    block.keys.add(key);
    let attempt = block.attempts.get(value.epoch);
    if (attempt === undefined)
      block.attempts.set(value.epoch, (attempt = { chunks: new Map(), marker: undefined }));
    if (value.type === 'chunk') {
      // A finished block can only be bettered by another fold version: what late owners send is not kept.
      if (isSealed(block.committed, blockSize) && value.foldVersion === block.committed?.marker.foldVersion)
        return undefined;
      const name = chunkName(value.family, value.slot);
      attempt.chunks.set(name, { chunk: value, digest: digest ?? digestOfPart(value) });
      return undefined;
    }
    attempt.marker = value;
    const before = block.committed;
    const after = vouched(value, attempt, blockSize, rules);
    if (after === undefined || (before !== undefined && !rules.isBetter(value, before.marker)))
      return undefined;
    block.committed = after;
    if (isSealed(after, blockSize)) {
      for (const [epoch] of block.attempts) if (epoch !== value.epoch) block.attempts.delete(epoch);
      if (!keepsSealed) {
        block.committed = { ...after, chunks: new Map() };
        block.attempts.clear();
      }
    }
    return changeBetween(value.block, before?.chunks, after.chunks);
  };

  const bury = (key: string): BlockChange | undefined => {
    const at = parseSpeedKey(key);
    const block = at === undefined ? undefined : held.get(at.block);
    if (at === undefined || block === undefined) return undefined;
    block.keys.delete(key);
    const attempt = block.attempts.get(at.epoch);
    if (at.chunk !== null) attempt?.chunks.delete(at.chunk);
    else if (attempt !== undefined) attempt.marker = undefined;
    if (block.keys.size > 0) return undefined;
    held.delete(at.block);
    return block.committed && changeBetween(at.block, block.committed.chunks, new Map());
  };

  const ascending = (): Block[] => [...held.keys()].sort((x, y) => x - y);

  return {
    apply: ({ key, value, digest }) => (value === null ? bury(key) : put(key, value, digest)),
    committed: (block) => held.get(block)?.committed,
    pastCut: (cut) =>
      ascending()
        .filter((block) => rules.isPastCut(block, cut, blockSize))
        .flatMap((block) => held.get(block)?.committed ?? []),
    reach: (cut) => reachOf(held, cut, blockSize),
    resume: () => resumePoint(ascending(), held, blockSize),
    held: () =>
      ascending().map((block) => {
        const { keys, attempts, committed } = held.get(block)!;
        const copies = Array.from(attempts, ([epoch, { marker, chunks }]) => ({
          ...{ epoch, marker, chunks: new Map(chunks) },
        }));
        return { block, keys: [...keys], attempts: copies, committed };
      }),
    sealed: () =>
      ascending().flatMap((block) => {
        const { keys, committed } = held.get(block)!;
        return isSealed(committed, blockSize) ? [{ marker: committed!.marker, keys: [...keys] }] : [];
      }),
    keysBelow(cut) {
      const blocks = ascending();
      const newest = blocks.findLast((block) => held.get(block)?.committed !== undefined);
      const spent = blocks.filter(
        (block) => newest !== undefined && block < newest && block < blockOf(cut, blockSize),
      );
      return spent.flatMap((block) => [...(held.get(block)?.keys ?? [])]);
    },
  };
}

/** The state that a marker vouches for, if its attempt matches it and starts where the block starts. */
function vouched(
  marker: Marker,
  attempt: Attempt,
  blockSize: number,
  rules: SeamRules,
): CommittedBlock | undefined {
  if (!rules.startsAtBlock(marker, marker.block, blockSize)) return undefined;
  let entries = 0;
  let digest = EMPTY_DIGEST;
  for (const { chunk, digest: ofChunk } of attempt.chunks.values()) {
    entries += sizeOfPart(chunk);
    digest = addDigests(digest, ofChunk);
  }
  if (!rules.matches(marker, entries, digest)) return undefined;
  const chunks = new Map([...attempt.chunks].map(([name, { chunk }]) => [name, chunk]));
  return { block: marker.block, marker, chunks };
}

const isSealed = (block: CommittedBlock | undefined, blockSize: number): boolean =>
  block !== undefined && block.marker.to === blockEnd(block.block, blockSize);

function reachOf(held: ReadonlyMap<Block, HeldBlock>, cut: Offset, blockSize: number): Reach {
  const first = blockOf(cut, blockSize);
  let newest: CommittedBlock | undefined;
  let newestMarked = -1;
  for (const [block, { attempts, committed }] of held) {
    if (committed !== undefined && block > (newest?.block ?? -1)) newest = committed;
    // A marker that was refused tells of records as well: they are there and not counted.
    const isMarked =
      committed !== undefined || [...attempts.values()].some(({ marker }) => marker !== undefined);
    if (isMarked && block > newestMarked) newestMarked = block;
  }
  const holes: Block[] = [];
  for (let block = first; block <= newestMarked; block++) {
    const committed = held.get(block)?.committed;
    if (block < newestMarked ? !isSealed(committed, blockSize) : committed === undefined) holes.push(block);
  }
  return { watermark: newest === undefined || newest.block < first ? cut : newest.marker.to, holes };
}

function resumePoint(
  ascending: readonly Block[],
  held: ReadonlyMap<Block, HeldBlock>,
  blockSize: number,
): ResumePoint | undefined {
  let before: CommittedBlock | undefined;
  for (let block = ascending[0]; block !== undefined; block++) {
    const committed = held.get(block)?.committed;
    if (isSealed(committed, blockSize)) {
      before = committed;
      continue;
    }
    const { rawHigh, logTime } =
      (committed?.marker.foldVersion === FOLD_VERSION ? committed.marker.before : before?.marker) ?? {};
    if (rawHigh === undefined || logTime === undefined) return undefined;
    return { position: blockStart(block, blockSize), rawHigh, logTime };
  }
  return undefined;
}

function changeBetween(
  block: Block,
  before: ReadonlyMap<ChunkName, Chunk> | undefined,
  after: ReadonlyMap<ChunkName, Chunk>,
): BlockChange {
  const removed: Chunk[] = [];
  const added: Chunk[] = [];
  for (const [name, chunk] of before ?? []) if (after.get(name) !== chunk) removed.push(chunk);
  for (const [name, chunk] of after) if (before?.get(name) !== chunk) added.push(chunk);
  return { block, removed, added };
}
