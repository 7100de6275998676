/** The files of tables by their whole address, `s3://bucket/key`, as Iceberg's metadata names them. */
import { MarqueeError } from '../../../domain/errors.ts';
import type { ObjectStore } from '../../object-store/port.ts';

export interface ListedFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/** Every verb may throw OBJECT_STORE_UNAVAILABLE and OBJECT_STORE_DENIED. */
export interface LakeFiles {
  /** Throws INTERNAL where there is no such file: metadata never names one that is not there. */
  get(path: string): Promise<Uint8Array>;
  put(path: string, bytes: Uint8Array): Promise<void>;
  /** Nothing happens where there is none. */
  delete(path: string): Promise<void>;
  /** All files whose address starts with `prefix`, in its bucket. */
  list(prefix: string): Promise<ListedFile[]>;
  close(): void;
}

type Store = Pick<ObjectStore, 'get' | 'put' | 'delete' | 'list'> & { close(): void };

/** `open` gives the store of a bucket; each is opened once. */
export function createLakeFiles(open: (bucket: string) => Store): LakeFiles {
  const stores = new Map<string, Store>();

  function at(path: string): { store: Store; key: string; root: string } {
    const [, root, bucket, key] = /^(s3a?:\/\/([^/]+)\/)(.*)$/.exec(path) ?? [];
    if (root === undefined || bucket === undefined || key === undefined)
      throw new MarqueeError('INTERNAL', { reason: `${path} is no file of an S3 bucket` });
    const store = stores.get(bucket) ?? open(bucket);
    stores.set(bucket, store);
    return { store, key, root };
  }

  return {
    async get(path) {
      const { store, key } = at(path);
      const found = await store.get(key);
      if (found === undefined) throw new MarqueeError('INTERNAL', { reason: `${path} is not there` });
      return found.body;
    },
    async put(path, bytes) {
      const { store, key } = at(path);
      await store.put(key, bytes);
    },
    async delete(path) {
      const { store, key } = at(path);
      await store.delete(key);
    },
    async list(prefix) {
      const { store, key, root } = at(prefix);
      const found = await store.list(key);
      return found.map((object) => ({ path: root + object.key, sizeBytes: object.size }));
    },
    close: () => stores.forEach((store) => store.close()),
  };
}
