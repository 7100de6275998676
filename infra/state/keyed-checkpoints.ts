/**
 * Checkpoints of one partition in the object store: parts that are written once, a manifest that names those that hold,
 * and a second manifest that names those which held before the newest base, for whoever cannot read the first. Both are
 * swapped by compare-and-swap. Whoever takes the partition puts its epoch into both before it reads a part, so that an
 * earlier owner can neither swap them any more nor remove what they name.
 */
import { MarqueeError } from '../../domain/errors.ts';
import type { Log } from '../log.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { isBlank, type Manifest, type PartInfo, type PartKind } from './checkpoint-manifest.ts';
import { decodePart, encodePart, type PartRow } from './checkpoint-part.ts';
import { createManifestObject, READS, type ManifestObject } from './manifest-object.ts';

export interface CheckpointPlace {
  readonly store: ObjectStore;
  /** Of the partition's objects, without a slash at the end. */
  readonly prefix: string;
  readonly fold: string;
  readonly foldVersion: number;
  readonly owner: string;
  readonly log: Log;
}

/** What the owner before has left. */
export interface TakenCheckpoints {
  /** The highest under which they were taken before. */
  readonly epoch: number;
  /** Without positions where nothing was written yet; undefined where something was and cannot be read. */
  readonly newest: Manifest | undefined;
  /** What held before the newest base; undefined where there is none that can be read. */
  readonly before: Manifest | undefined;
  /** What stands in the place of the newest now. */
  readonly left: Manifest;
}

export interface KeyedCheckpoints {
  /** Takes the checkpoints over under `epoch`. Throws STATE_MOVED when a later owner has taken them. */
  take(epoch: number): Promise<TakenCheckpoints>;
  writePart(epoch: number, kind: PartKind, rows: readonly PartRow[]): Promise<PartInfo>;
  /** Throws CHECKPOINT_CORRUPT when the part is not there or not whole, at a second look either. */
  readPart(part: PartInfo): Promise<PartRow[]>;
  /**
   * Makes this what is gone on from. Throws STATE_MOVED when a later owner has taken the checkpoints, CHECKPOINT_CORRUPT
   * when the one before is gone.
   */
  swap(manifest: Manifest): Promise<void>;
  /** Makes this what is gone on from where the newest cannot be read. Throws STATE_MOVED as `swap` does. */
  keep(before: Manifest): Promise<void>;
  /** Removes the parts of the first one's and earlier owners that no manifest names. */
  tidy(newest: Manifest, before?: Manifest): Promise<void>;
}

/** Races lost before giving up: each one means that another owner made progress. */
const MAX_RACES = 20;

/** Of the manifests below a partition's prefix. */
export const NEWEST = 'manifest';
export const BEFORE = 'manifest.before';

export function createKeyedCheckpoints(place: CheckpointPlace): KeyedCheckpoints {
  const { store, prefix, fold, foldVersion, owner } = place;
  const newest = createManifestObject({ ...place, key: `${prefix}/${NEWEST}` });
  const before = createManifestObject({ ...place, key: `${prefix}/${BEFORE}` });
  const partsPrefix = `${prefix}/parts/`;
  let written = 0;

  const blank = (): Manifest => ({
    ...{ fold, foldVersion, owner },
    ...{ epoch: 0, positions: {}, commits: 0, parts: [] },
  });

  const refuseLater = (found: number, epoch: number): void => {
    if (found <= epoch) return;
    const details = { topic: fold, partition: prefix, actual: `epoch ${found}`, expected: `epoch ${epoch}` };
    throw new MarqueeError('STATE_MOVED', details);
  };

  const unavailable = (): MarqueeError =>
    new MarqueeError('OBJECT_STORE_UNAVAILABLE', { key: prefix, reason: `${MAX_RACES} races were lost` });

  /** Answers false where there is none any more. */
  const putUnder = async (one: ManifestObject, manifest: Manifest): Promise<boolean> => {
    for (let race = 0; race < MAX_RACES; race += 1) {
      if (await one.put(manifest)) return true;
      // A later owner's, or our own of which the answer was lost. One of both alone may be torn, or gone.
      const found = await one.read();
      const other = await (one === newest ? before : newest).read();
      refuseLater(Math.max(epochIn(found), epochIn(other)), manifest.epoch);
      if (found === undefined) return false;
    }
    throw unavailable();
  };

  /** An earlier owner may just have kept another one. */
  const takeBefore = async (epoch: number): Promise<Manifest | undefined> => {
    for (let race = 0; race < MAX_RACES; race += 1) {
      const found = await before.read();
      refuseLater(epochIn(found), epoch);
      const one = isManifest(found) ? found : undefined;
      if (await before.put({ ...(one ?? blank()), epoch, owner }))
        return one && !isBlank(one) ? one : undefined;
    }
    throw unavailable();
  };

  const wasThere = async (found: Found, former: Found): Promise<boolean> =>
    found !== undefined || former !== undefined || (await store.list(partsPrefix, { limit: 1 })).length > 0;

  return {
    async take(epoch) {
      for (let race = 0; race < MAX_RACES; race += 1) {
        const [found, former] = [await newest.read(), await before.read()];
        const known = Math.max(epochIn(found), epochIn(former));
        refuseLater(known, epoch - 1);
        const isRead = isManifest(found) && found.isLost !== true;
        const first = isRead ? found : (await wasThere(found, former)) ? undefined : blank();
        // Where it cannot be read the one before takes its place at once, so that the next owner finds it there as well.
        const second = isManifest(former) && !isBlank(former) ? former : { ...blank(), isLost: true };
        const left = { ...(first ?? second), epoch, owner };
        if (!(await newest.put(left))) continue;
        return { epoch: known, newest: first, before: await takeBefore(epoch), left };
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
      for (let tries = READS; ; tries -= 1) {
        const found = await store.get(part);
        try {
          if (found === undefined) throw new RangeError('it is not there');
          return await decodePart({ body: found.body, sha256 });
        } catch (error) {
          if (tries > 1) continue;
          const { message: reason } = error as Error;
          throw new MarqueeError('CHECKPOINT_CORRUPT', { key: part, reason }, { cause: error });
        }
      }
    },
    async swap(manifest) {
      if (await putUnder(newest, manifest)) return;
      throw new MarqueeError('CHECKPOINT_CORRUPT', { key: `${prefix}/${NEWEST}`, reason: 'it is gone' });
    },
    async keep(manifest) {
      // Where it is gone: made anew.
      if (!(await putUnder(before, manifest)) && !(await putUnder(before, manifest))) throw unavailable();
    },
    async tidy({ epoch, parts }, former) {
      const named = new Set([...parts, ...(former?.parts ?? [])].map((part) => part.key));
      for (const { key: part } of await store.list(partsPrefix)) {
        const isOlder = Number.parseInt(part.slice(partsPrefix.length), 10) <= epoch;
        if (isOlder && !named.has(part)) await store.delete(part);
      }
    },
  };
}

type Found = Awaited<ReturnType<ManifestObject['read']>>;

const isManifest = (found: Found): found is Manifest => found !== undefined && found !== 'torn';

const epochIn = (found: Found): number => (isManifest(found) ? found.epoch : 0);
