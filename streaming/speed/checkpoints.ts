/**
 * Checkpoints of a counting fold in the object store: a SHA-256 over the rest, a JSON header, what counting remembers (in
 * the machine's byte order, little-endian on all that are supported), and what the block has counted as chunks. Any
 * checkpoint is a true state of the log's fold, so an old one costs time, never correctness.
 */
import { createHash } from 'node:crypto';
import { isMarqueeError } from '../../domain/errors.ts';
import type { Region } from '../../domain/ids.ts';
import { MEMORY_VERSION } from '../../domain/measure-memory.ts';
import { decodeSpeedMessage, encodeSpeedMessage } from '../../domain/speed-codec.ts';
import type { FoldShape } from '../../domain/speed-fold.ts';
import { FOLD_VERSION, type Chunk, type FamilyPart } from '../../domain/speed-view.ts';
import type { ProfileColumns } from '../../domain/profile-table.ts';
import type { Log } from '../../infra/log.ts';
import type { ObjectStore } from '../../infra/object-store/port.ts';
import type { Checkpoints, StoredCheckpoint } from './owner.ts';

const CHECKSUM_BYTES = 32;
const LENGTH_BYTES = 4;

export interface CheckpointOptions {
  readonly store: ObjectStore;
  readonly region: Region;
  /** Name of the topic with its generation, e.g. `plays.g1`. */
  readonly topic: string;
  readonly shape: FoldShape;
  readonly log: Log;
}

export function createCheckpoints({ store, region, topic, shape, log }: CheckpointOptions): Checkpoints {
  const key = `${region}/checkpoints/speed/${topic}/${shape.partition}.bin`;
  let etag: string | undefined;

  const load = async (): Promise<StoredCheckpoint | undefined> => {
    const held = await store.get(key);
    etag = held?.etag;
    if (held === undefined) return undefined;
    try {
      return decodeCheckpoint(held.body);
    } catch (error) {
      log.warn(
        { err: error, key },
        'checkpoint cannot be read and is discarded; the block is folded again from the log',
      );
      return undefined;
    }
  };

  const put = async (checkpoint: StoredCheckpoint): Promise<boolean> => {
    const condition = etag === undefined ? { ifAbsent: true as const } : { ifMatch: etag };
    try {
      ({ etag } = await store.put(key, encodeCheckpoint(checkpoint, shape), condition));
      return true;
    } catch (error) {
      if (!isMarqueeError(error, 'OBJECT_PRECONDITION_FAILED')) throw error;
      return false;
    }
  };

  return {
    load,
    async save(checkpoint) {
      if (await put(checkpoint)) return;
      // Any checkpoint is a true state of the fold, so one that is further on may replace an older one of any owner.
      const held = await load();
      if (held === undefined || held.position < checkpoint.position) await put(checkpoint);
      else log.info({ key }, 'another owner has written a newer checkpoint; this one is left unsaved');
    },
  };
}

export function encodeCheckpoint(checkpoint: StoredCheckpoint, shape: FoldShape): Uint8Array {
  const { parts, memory, ...rest } = checkpoint;
  const header: Header = { ...rest, capWindow: memory.capWindow, memoryVersion: MEMORY_VERSION };
  const { foldVersion, from, position: to } = checkpoint;
  const { topic, partition } = shape;
  const at = { topic, partition, block: 0, epoch: 0, foldVersion, from, to, slot: 0 };
  const chunks = parts.map((part) => encodeSpeedMessage({ type: 'chunk', ...at, ...part }));
  const pieces = [
    Buffer.from(JSON.stringify(header)),
    ...columnsOf(memory.caps).map(bytesOf),
    ...columnsOf(memory.proofs).map(bytesOf),
    ...chunks,
  ].flatMap((piece) => {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(piece.length);
    return [length, piece];
  });
  const stored = Buffer.concat([Buffer.alloc(CHECKSUM_BYTES), ...pieces]);
  createHash('sha256').update(stored.subarray(CHECKSUM_BYTES)).digest().copy(stored);
  return stored;
}

/** Throws RangeError unless the bytes are a whole checkpoint. */
export function decodeCheckpoint(bytes: Uint8Array): StoredCheckpoint {
  const stored = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const body = stored.subarray(CHECKSUM_BYTES);
  const checksum = createHash('sha256').update(body).digest();
  if (!checksum.equals(stored.subarray(0, CHECKSUM_BYTES))) throw new RangeError('checksum does not match');
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const end = at + LENGTH_BYTES + body.readUInt32LE(at);
    pieces.push(body.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  const [header, ...rest] = pieces;
  if (header === undefined) throw new RangeError('no header');
  const { capWindow, memoryVersion, ...fold } = JSON.parse(header.toString('utf8')) as Header;
  if (fold.foldVersion !== FOLD_VERSION)
    throw new RangeError(`it is of version ${fold.foldVersion} of the fold, this is ${FOLD_VERSION}`);
  if (memoryVersion !== MEMORY_VERSION)
    throw new RangeError(`its memory is of version ${memoryVersion}, this is ${MEMORY_VERSION}`);
  const memory = { capWindow, caps: profilesIn(rest.slice(0, 3)), proofs: profilesIn(rest.slice(3, 6)) };
  const parts = rest.slice(6).map((piece): FamilyPart => decodeSpeedMessage(piece) as Chunk);
  return { ...fold, memory, parts };
}

type Header = Omit<StoredCheckpoint, 'parts' | 'memory'> & {
  readonly capWindow: number;
  readonly memoryVersion: number;
};

const columnsOf = ({ low, high, values }: ProfileColumns) => [low, high, values];

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array | Float64Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

/** Copied, since the pieces do not lie where typed arrays may begin. */
function profilesIn([low, high, values]: readonly Buffer[]): ProfileColumns {
  const copy = (piece?: Buffer): ArrayBuffer => Uint8Array.from(piece ?? []).buffer;
  return {
    low: new Uint32Array(copy(low)),
    high: new Uint32Array(copy(high)),
    values: new Float64Array(copy(values)),
  };
}
