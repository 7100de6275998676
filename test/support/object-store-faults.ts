import type { ObjectStore } from '../../infra/object-store/port.ts';

/** Thrown in place of an answer: the process is taken to have died there. */
export class Crash extends Error {}

/** Crashes at the nth put (from 0): before the store has done it, or after. */
export type CrashPoint = { readonly put: number; readonly when: 'before' | 'after' };

/** Wraps a store so that one put ends in a Crash, and all that follow it too, as nothing runs after a death. */
export function crashingStore(store: ObjectStore, point: CrashPoint): ObjectStore & { crashed(): boolean } {
  let puts = 0;
  let dead = false;
  const alive = (): void => {
    if (dead) throw new Crash('dead already');
  };
  return {
    async get(key, range) {
      alive();
      return store.get(key, range);
    },
    async list(prefix, options) {
      alive();
      return store.list(prefix, options);
    },
    async delete(key) {
      alive();
      return store.delete(key);
    },
    async put(key, body, condition) {
      alive();
      const here = puts === point.put;
      puts += 1;
      dead = here;
      if (here && point.when === 'before') throw new Crash(`before put of ${key}`);
      const done = await store.put(key, body, condition);
      if (here) throw new Crash(`after put of ${key}`);
      return done;
    },
    crashed: () => dead,
  };
}

/** Asks `pass` before every verb, so that a test decides in which order concurrent callers go on. */
export function scheduledStore(store: ObjectStore, pass: (verb: string) => Promise<void>): ObjectStore {
  const after =
    <A extends unknown[], R>(verb: string, run: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      await pass(verb);
      return run(...args);
    };
  return {
    get: after('get', store.get),
    put: after('put', store.put),
    list: after('list', store.list),
    delete: after('delete', store.delete),
  };
}
