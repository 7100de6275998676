/** One manifest in the object store, which is swapped by compare-and-swap. */
import { isMarqueeError } from '../../domain/errors.ts';
import type { Log } from '../log.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { decodeManifest, encodeManifest, type Manifest } from './checkpoint-manifest.ts';

export interface ManifestObjectDeps {
  readonly store: Pick<ObjectStore, 'get' | 'put'>;
  readonly key: string;
  readonly fold: string;
  readonly foldVersion: number;
  readonly log: Log;
}

export interface ManifestObject {
  /** Undefined where there is none. */
  read(): Promise<Manifest | 'torn' | undefined>;
  /** In place of what was read or put last; false when another was faster. */
  put(manifest: Manifest): Promise<boolean>;
}

/** A reply can be torn on its way. */
export const READS = 2;

export function createManifestObject(deps: ManifestObjectDeps): ManifestObject {
  const { store, key, log } = deps;
  let etag: string | undefined;

  return {
    async read() {
      for (let tries = READS; ; tries -= 1) {
        const found = await store.get(key);
        etag = found?.etag;
        if (found === undefined) return undefined;
        try {
          return decodeManifest(found.body, deps);
        } catch (error) {
          if (tries > 1) continue;
          log.warn({ err: error, key }, 'manifest of a checkpoint cannot be read');
          return 'torn';
        }
      }
    },
    async put(manifest) {
      try {
        const condition = etag === undefined ? { ifAbsent: true as const } : { ifMatch: etag };
        ({ etag } = await store.put(key, encodeManifest(manifest), condition));
        return true;
      } catch (error) {
        if (!isMarqueeError(error, 'OBJECT_PRECONDITION_FAILED')) throw error;
        return false;
      }
    },
  };
}
