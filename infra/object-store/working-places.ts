import type { Region } from '../../domain/ids.ts';
import type { ObjectStore } from './port.ts';

/** Bytes by name, for the workers that share one piece of work. */
export interface WorkFiles {
  /** Undefined where nothing was put under the name. */
  get(name: string): Promise<Uint8Array | undefined>;
  /** All of the bytes or none of them. */
  put(name: string, bytes: Uint8Array): Promise<void>;
}

/**
 * What workers hand each other while they share work: objects that no reader of views sees, emptied when the work ends.
 * Works are told by names of letters, digits and `-`. OBJECT_STORE_UNAVAILABLE.
 */
export interface WorkingPlaces {
  /** The files of a work, or those in a folder of it. */
  open(work: string, folder?: string): WorkFiles;
  /** Removes all files of a work; nothing happens where there are none. */
  clear(work: string): Promise<void>;
  /** Works that have files, at most `limit` (default 100). */
  list(limit?: number): Promise<string[]>;
  /**
   * Removes works that an earlier sweep has seen `keepMs` before `nowMs` or longer ago, and notes of others that it has seen
   * them now; looks at most at `limit` of them (default 1,000). Gives those that it removed. Objects do not tell their age: the
   * first sweep removes nothing.
   */
  sweep(options: SweepOptions): Promise<string[]>;
}

export interface SweepOptions {
  readonly nowMs: number;
  /** Longer than any run may take. */
  readonly keepMs: number;
  readonly limit?: number;
  /** Called before each work; throws to end the sweep. */
  readonly onWork?: (work: string) => void;
}

const WORK = /^[A-Za-z0-9-]{1,128}$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9./-]{0,255}$/;
/** In a work's place: when a sweep saw it first, milliseconds since the epoch. */
const SEEN = 'seen-at';
/** Keys of one answer. */
const PAGE = 1000;

export function createWorkingPlaces(deps: {
  readonly store: ObjectStore;
  readonly region: Region;
}): WorkingPlaces {
  const { store, region } = deps;
  const root = `${region}/work/`;

  function keyOf(work: string, name: string): string {
    if (!WORK.test(work)) throw new RangeError(`${work} is no name of a work`);
    if (!NAME.test(name)) throw new RangeError(`${name} is no name of a file`);
    return `${root}${work}/${name}`;
  }

  async function clear(work: string): Promise<void> {
    const prefix = keyOf(work, 'x').slice(0, -1);
    for (;;) {
      const found = await store.list(prefix, { limit: PAGE });
      for (const { key } of found) await store.delete(key);
      if (found.length < PAGE) return;
    }
  }

  async function list(limit = 100): Promise<string[]> {
    const works: string[] = [];
    for (let after = root; works.length < limit;) {
      const [next] = await store.list(root, { after, limit: 1 });
      const work = next?.key.slice(root.length).split('/')[0];
      if (work === undefined) break;
      works.push(work);
      // Past everything of this work: `0` comes right after `/`.
      after = `${root}${work}0`;
    }
    return works;
  }

  /** When a sweep saw the work first: now, where none did. */
  async function seenAt(work: string, nowMs: number): Promise<number> {
    const found = await store.get(keyOf(work, SEEN));
    if (found !== undefined) return Number(new TextDecoder().decode(found.body));
    await store.put(keyOf(work, SEEN), new TextEncoder().encode(String(nowMs)));
    return nowMs;
  }

  return {
    open(work, folder) {
      const named = (name: string): string => keyOf(work, folder === undefined ? name : `${folder}/${name}`);
      return {
        get: async (name) => (await store.get(named(name)))?.body,
        put: async (name, bytes) => {
          await store.put(named(name), bytes);
        },
      };
    },

    clear,
    list,

    async sweep({ nowMs, keepMs, limit = 1000, onWork }) {
      const swept: string[] = [];
      for (const work of await list(limit)) {
        onWork?.(work);
        if (nowMs - (await seenAt(work, nowMs)) < keepMs) continue;
        await clear(work);
        swept.push(work);
      }
      return swept;
    },
  };
}
