/**
 * The bytes of what a reader of the speed view holds, lane by lane: a length (32 bits, little-endian), a JSON header with
 * keys, markers and what chunks are read with, then the chunks as they stand on the topic. A chunk that is read again is
 * decoded only when its columns are asked for: blocks that are finished hardly ever are.
 */
import type { Digest } from './cells.ts';
import { decodeSpeedMessage, encodeSpeedMessage } from './speed-codec.ts';
import type { HeldAttempt, HeldState } from './speed-reader.ts';
import type { LaneState, SpeedState } from './speed-totals.ts';
import type { Chunk, ChunkName, Coverage, FamilyPart, Marker } from './speed-view.ts';
import { COUNTED_TOPICS } from './topics.ts';

const LENGTH_BYTES = 4;
const utf8Out = new TextEncoder();
const utf8In = new TextDecoder('utf-8', { fatal: true });
/** Where a chunk that was read keeps its bytes. */
const ENCODED = Symbol('encoded');

type ReadChunk = Chunk & { readonly [ENCODED]?: Uint8Array };

/** A chunk's place among the lane's messages, by its name. */
type Places = readonly (readonly [ChunkName, number])[];

interface BlockHeader {
  readonly block: number;
  readonly keys: readonly string[];
  readonly chunks: readonly ChunkHeader[];
  readonly attempts: readonly {
    readonly epoch: number;
    readonly marker?: Marker;
    readonly chunks: readonly (readonly [ChunkName, number, Digest])[];
  }[];
  readonly committed: { readonly marker: Marker; readonly chunks: Places } | null;
}

interface ChunkHeader extends Coverage, Pick<Chunk, 'epoch' | 'family' | 'slot'> {
  readonly bytes: number;
}

/** Whoever has other things to do may pause after each step, which is a chunk. */
export function* encodeLane({ topic, partition, cut, held }: LaneState): Generator<void, Uint8Array> {
  const messages: Uint8Array[] = [];
  const blocks: BlockHeader[] = [];
  for (const state of held) blocks.push(yield* encodeBlock(state, messages));
  return join({ topic, partition, cut, blocks }, messages);
}

/** Throws RangeError for bytes that are no lane. */
export function decodeLane(bytes: Uint8Array): LaneState {
  const { header, start } = split(bytes);
  const { topic, partition, cut, blocks } = header as Omit<LaneState, 'held'> & {
    readonly blocks: readonly BlockHeader[];
  };
  if (!COUNTED_TOPICS.includes(topic)) throw new RangeError('not a snapshot of a counted lane');
  let at = start;
  const held = blocks.map(({ block, keys, chunks: headers, attempts, committed }): HeldState => {
    const chunks = headers.map(({ bytes: length, ...head }) => {
      if (at + length > bytes.length) throw new RangeError('a snapshot is cut off');
      const message = bytes.subarray(at, (at += length));
      return readLater({ topic, partition, block, ...head }, message);
    });
    return {
      block,
      keys,
      attempts: attempts.map(({ epoch, marker, chunks: places }): HeldAttempt => ({
        ...{ epoch, marker },
        chunks: new Map(places.map(([name, i, digest]) => [name, { chunk: chunks[i]!, digest }])),
      })),
      committed: committed
        ? {
            marker: committed.marker,
            chunks: new Map(committed.chunks.map(([name, i]) => [name, chunks[i]!])),
          }
        : undefined,
    };
  });
  if (at !== bytes.length) throw new RangeError('bytes after a snapshot');
  return { topic, partition, cut, held };
}

/** What all lanes add up to, a part a step. */
export function* encodeSums(sums: SpeedState['sums']): Generator<void, Uint8Array> {
  const messages: Uint8Array[] = [];
  for (const sum of sums) {
    messages.push(encodeSpeedMessage({ ...NOWHERE, ...sum }));
    yield;
  }
  return join({ sums: messages.map(({ length }) => length) }, messages);
}

/** Throws RangeError for bytes that are no sums. */
export function decodeSums(bytes: Uint8Array): FamilyPart[] {
  const { header, start } = split(bytes);
  let at = start;
  const sums = (header as { readonly sums: readonly number[] }).sums.map((length) => {
    const message = decodeSpeedMessage(bytes.subarray(at, (at += length)));
    if (message.type === 'marker') throw new RangeError('a marker among sums');
    return message;
  });
  if (at !== bytes.length) throw new RangeError('bytes after the sums');
  return sums;
}

/** Sums are of no block. */
const NOWHERE: Omit<Chunk, 'family' | 'columns'> = {
  ...{ topic: 'plays', partition: 0, block: 0, epoch: 0, slot: 0, from: 0, to: 0, foldVersion: 0 },
  type: 'chunk',
};

function* encodeBlock(
  { block, keys, attempts, committed }: HeldState,
  messages: Uint8Array[],
): Generator<void, BlockHeader> {
  const places = new Map<Chunk, number>();
  const chunks: ChunkHeader[] = [];
  const ofAttempts = attempts.flatMap(({ chunks: own }) => Array.from(own.values(), ({ chunk }) => chunk));
  for (const chunk of [...ofAttempts, ...(committed?.chunks.values() ?? [])] as ReadChunk[]) {
    if (places.has(chunk)) continue;
    const message = chunk[ENCODED] ?? encodeSpeedMessage(chunk);
    const { epoch, family, slot, from, to, foldVersion } = chunk;
    messages.push(message);
    places.set(chunk, chunks.length);
    chunks.push({ epoch, family, slot, from, to, foldVersion, bytes: message.length });
    yield;
  }
  const placeOf = (chunk: Chunk): number => places.get(chunk)!;
  return {
    ...{ block, keys, chunks },
    attempts: attempts.map(({ epoch, marker, chunks: own }) => ({
      epoch,
      ...(marker && { marker }),
      chunks: Array.from(own, ([name, { chunk, digest }]) => [name, placeOf(chunk), digest] as const),
    })),
    committed: committed
      ? {
          marker: committed.marker,
          chunks: Array.from(committed.chunks, ([name, chunk]) => [name, placeOf(chunk)] as const),
        }
      : null,
  };
}

/** A chunk whose columns are decoded when they are first asked for. */
function readLater(head: Omit<Chunk, 'type' | 'columns'>, bytes: Uint8Array): Chunk {
  let columns: Chunk['columns'] | undefined;
  const chunk = {
    ...head,
    type: 'chunk',
    [ENCODED]: bytes,
    get columns() {
      return (columns ??= (decodeSpeedMessage(bytes) as Chunk).columns);
    },
  };
  return chunk as unknown as Chunk;
}

function join(header: object, messages: readonly Uint8Array[]): Uint8Array {
  const text = utf8Out.encode(JSON.stringify(header));
  const out = new Uint8Array(messages.reduce((sum, { length }) => sum + length, LENGTH_BYTES + text.length));
  new DataView(out.buffer).setUint32(0, text.length, true);
  out.set(text, LENGTH_BYTES);
  let at = LENGTH_BYTES + text.length;
  for (const message of messages) {
    out.set(message, at);
    at += message.length;
  }
  return out;
}

function split(bytes: Uint8Array): { readonly header: unknown; readonly start: number } {
  if (bytes.length < LENGTH_BYTES) throw new RangeError('a snapshot is cut off');
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const start = LENGTH_BYTES + length;
  if (start > bytes.length) throw new RangeError('a snapshot is cut off');
  try {
    return { header: JSON.parse(utf8In.decode(bytes.subarray(LENGTH_BYTES, start))), start };
  } catch {
    throw new RangeError('a snapshot has no header');
  }
}
