/**
 * Checkpoints of one partition in the object store: parts that are written once, and a manifest that names those that
 * hold, swapped by compare-and-swap. Whoever takes the partition puts its epoch into the manifest before it reads a part,
 * so that an earlier owner can neither swap it any more nor remove what it names.
 */
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import type { Log } from '../log.ts';
import type { ObjectStore } from '../object-store/port.ts';
import {
  decodeManifest,
  encodeManifest,
  type Manifest,
  type PartInfo,
  type PartKind,
} from './checkpoint-manifest.ts';
import { decodePart, encodePart, type PartRow } from './checkpoint-part.ts';

export interface CheckpointPlace {
  readonly store: ObjectStore;
  /** Of the partition's objects, without a slash at the end. */
  readonly prefix: string;
  readonly fold: string;
  readonly foldVersion: number;
  readonly owner: string;
  readonly log: Log;
}

export interface KeyedCheckpoints {
  /**
   * Takes the checkpoints over under `epoch`; answers the manifest as it was before, without parts where there was none
   * that can be read. Throws STATE_MOVED when a later owner has taken them.
   */
  take(epoch: number): Promise<Manifest>;
  writePart(epoch: number, kind: PartKind, rows: readonly PartRow[]): Promise<PartInfo>;
  /** Throws CHECKPOINT_CORRUPT when the part is not there or not whole. */
  readPart(part: PartInfo): Promise<PartRow[]>;
  /**
   * Makes this what is gone on from. Throws STATE_MOVED when a later owner has taken the checkpoints, CHECKPOINT_CORRUPT
   * when the one before is gone.
   */
  swap(manifest: Manifest): Promise<void>;
  /** Removes the parts of this and earlier owners that the manifest does not name. */
  tidy(manifest: Manifest): Promise<void>;
}

/** Races lost before giving up: each one means that another owner made progress. */
const MAX_RACES = 20;

export function createKeyedCheckpoints(place: CheckpointPlace): KeyedCheckpoints {
  const { store, prefix, fold, foldVersion, owner, log } = place;
  const key = `${prefix}/manifest`;
  const partsPrefix = `${prefix}/parts/`;
  let etag: string | undefined;
  let written = 0;

  const blank = (): Manifest => ({
    ...{ fold, foldVersion, owner },
    ...{ epoch: 0, positions: {}, commits: 0, parts: [] },
  });

  const read = async (): Promise<Manifest | undefined> => {
    const found = await store.get(key);
    etag = found?.etag;
    if (found === undefined) return undefined;
    try {
      return decodeManifest(found.body, { fold, foldVersion });
    } catch (error) {
      log.warn({ err: error, key }, 'checkpoint cannot be read and is discarded');
      return blank();
    }
  };

  /** False when another was faster. */
  const put = async (manifest: Manifest): Promise<boolean> => {
    try {
      const condition = etag === undefined ? { ifAbsent: true as const } : { ifMatch: etag };
      ({ etag } = await store.put(key, encodeManifest(manifest), condition));
      return true;
    } catch (error) {
      if (!isMarqueeError(error, 'OBJECT_PRECONDITION_FAILED')) throw error;
      return false;
    }
  };

  const refuseLater = (found: number, epoch: number): void => {
    if (found <= epoch) return;
    const details = { topic: fold, partition: prefix, actual: `epoch ${found}`, expected: `epoch ${epoch}` };
    throw new MarqueeError('STATE_MOVED', details);
  };

  const unavailable = (): MarqueeError =>
    new MarqueeError('OBJECT_STORE_UNAVAILABLE', { key, reason: `${MAX_RACES} races were lost` });

  return {
    async take(epoch) {
      for (let race = 0; race < MAX_RACES; race += 1) {
        const before = (await read()) ?? blank();
        refuseLater(before.epoch, epoch - 1);
        if (await put({ ...before, epoch, owner })) return before;
      }
      throw unavailable();
    },
    async writePart(epoch, kind, rows) {
      const { body, sha256 } = await encodePart(rows);
      const part = `${partsPrefix}${epoch}-${(written += 1)}`;
      await store.put(part, body);
      return { key: part, kind, rows: rows.length, bytes: body.length, sha256 };
    },
    async readPart({ key: part, sha256 }) {
      const found = await store.get(part);
      try {
        if (found === undefined) throw new RangeError('it is not there');
        return await decodePart({ body: found.body, sha256 });
      } catch (error) {
        const { message: reason } = error as Error;
        throw new MarqueeError('CHECKPOINT_CORRUPT', { key: part, reason }, { cause: error });
      }
    },
    async swap(manifest) {
      for (let race = 0; race < MAX_RACES; race += 1) {
        if (await put(manifest)) return;
        // A later owner's, or our own of which the answer was lost.
        const found = await read();
        if (found === undefined) throw new MarqueeError('CHECKPOINT_CORRUPT', { key, reason: 'it is gone' });
        refuseLater(found.epoch, manifest.epoch);
      }
      throw unavailable();
    },
    async tidy({ epoch, parts }) {
      const named = new Set(parts.map((part) => part.key));
      for (const { key: part } of await store.list(partsPrefix)) {
        const isOlder = Number.parseInt(part.slice(partsPrefix.length), 10) <= epoch;
        if (isOlder && !named.has(part)) await store.delete(part);
      }
    },
  };
}
