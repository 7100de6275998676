/**
 * Checkpoints of a counting fold in the object store: a SHA-256 over the rest, a JSON header, and the cells as one
 * chunk per slot. Any checkpoint is a true state of the log's fold, so an old one costs time, never correctness.
 */
import { createHash } from 'node:crypto';
import { isMarqueeError } from '../../domain/errors.ts';
import type { Region } from '../../domain/ids.ts';
import { decodeSpeedMessage, encodeSpeedMessage } from '../../domain/speed-codec.ts';
import type { FoldCheckpoint, FoldShape } from '../../domain/speed-fold.ts';
import type { Chunk } from '../../domain/speed-view.ts';
import type { Log } from '../../infra/log.ts';
import type { ObjectStore } from '../../infra/object-store/port.ts';
import type { Checkpoints } from './owner.ts';

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

  const load = async (): Promise<FoldCheckpoint | undefined> => {
    const held = await store.get(key);
    etag = held?.etag;
    if (held === undefined) return undefined;
    try {
      return decodeCheckpoint(held.body);
    } catch (error) {
      log.warn(
        { err: error, key },
        'checkpoint is corrupt and discarded; the block is folded again from the log',
      );
      return undefined;
    }
  };

  const put = async (checkpoint: FoldCheckpoint): Promise<boolean> => {
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

export function encodeCheckpoint(checkpoint: FoldCheckpoint, shape: FoldShape): Uint8Array {
  const { cells, ...header } = checkpoint;
  const { foldVersion, from, position: to } = checkpoint;
  const { topic, partition } = shape;
  const chunks = cells.map((columns, slot) =>
    encodeSpeedMessage({
      type: 'chunk',
      topic,
      partition,
      block: 0,
      epoch: 0,
      foldVersion,
      from,
      to,
      slot,
      cells: columns,
    }),
  );
  const parts = [Buffer.from(JSON.stringify(header)), ...chunks].flatMap((part) => {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(part.length);
    return [length, part];
  });
  const body = Buffer.concat(parts);
  return Buffer.concat([createHash('sha256').update(body).digest(), body]);
}

/** Throws RangeError unless the bytes are a whole checkpoint. */
export function decodeCheckpoint(bytes: Uint8Array): FoldCheckpoint {
  const stored = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const body = stored.subarray(CHECKSUM_BYTES);
  const checksum = createHash('sha256').update(body).digest();
  if (!checksum.equals(stored.subarray(0, CHECKSUM_BYTES))) throw new RangeError('checksum does not match');
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const end = at + LENGTH_BYTES + body.readUInt32LE(at);
    parts.push(body.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  const [header, ...chunks] = parts;
  if (header === undefined) throw new RangeError('no header');
  const fold = JSON.parse(header.toString('utf8')) as Omit<FoldCheckpoint, 'cells'>;
  return { ...fold, cells: chunks.map((chunk) => (decodeSpeedMessage(chunk) as Chunk).cells) };
}
