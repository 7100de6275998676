/** Where the list of keys lies: a file of this machine, or an object that all machines of a region share. */
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import { replaceDurably } from '../hermes/durable-files.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { parseKeys, renderKeys, type StoredKey } from './key-list.ts';

/** Port. No list yet is an empty one. Throws KEYS_INVALID, and AUTH_UNAVAILABLE where it cannot be reached. */
export interface KeyStore {
  /** Where it lies, in words. */
  readonly place: string;
  read(): Promise<readonly StoredKey[]>;
  /** Writes what `edit` makes of the list, and answers it. */
  change(edit: (keys: readonly StoredKey[]) => readonly StoredKey[]): Promise<readonly StoredKey[]>;
}

const OWNER_ONLY = 0o600;
const MOST_TRIES = 8;

/** Changes of two commands at the same moment are not told apart: one writer at a time, as with any file. */
export function createKeyFile(path: string): KeyStore {
  const read = async (): Promise<StoredKey[]> => {
    try {
      return parseKeys(await readFile(path, 'utf8'), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw unreachable(error);
    }
  };
  return {
    place: path,
    read,
    async change(edit) {
      const keys = edit(await read());
      await mkdir(dirname(path), { recursive: true });
      await replaceDurably(path, renderKeys(keys));
      await chmod(path, OWNER_ONLY);
      return keys;
    },
  };
}

/** Written with a compare-and-swap: of two changes at the same moment neither is lost. */
export function createKeyObject(store: Pick<ObjectStore, 'get' | 'put'>, key: string): KeyStore {
  const load = async (): Promise<{ keys: StoredKey[]; etag?: string }> => {
    const found = await store.get(key).catch((error: unknown) => Promise.reject(unreachable(error)));
    if (found === undefined) return { keys: [] };
    return { keys: parseKeys(Buffer.from(found.body).toString(), key), etag: found.etag };
  };
  return {
    place: key,
    read: async () => (await load()).keys,
    async change(edit) {
      for (let tries = 1; ; tries += 1) {
        const { keys, etag } = await load();
        const changed = edit(keys);
        const condition = etag === undefined ? ({ ifAbsent: true } as const) : { ifMatch: etag };
        try {
          await store.put(key, Buffer.from(renderKeys(changed)), condition);
          return changed;
        } catch (error) {
          if (!isMarqueeError(error, 'OBJECT_PRECONDITION_FAILED') || tries === MOST_TRIES) throw error;
        }
      }
    },
  };
}

function unreachable(error: unknown): MarqueeError {
  if (isMarqueeError(error, 'KEYS_INVALID')) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new MarqueeError(
    'AUTH_UNAVAILABLE',
    { reason: `the keys cannot be read: ${reason}` },
    { cause: error },
  );
}
