/** Builds a partition's LMDB folder from what another machine stored, beside the one in use, and puts it in its place. */
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { MarqueeError } from '../../domain/errors.ts';
import type { KeyedFill } from './local-keyed-state.ts';
import { AT, openStore, STRUCTURES, writeNow, type Head, type Store } from './lmdb-keyed-store.ts';
import { unwritable } from './writable.ts';

const BUILDING = '-restoring-';
const REPLACED = '-replaced-';

/**
 * The fresh folder is whole and on disk before it takes the place of `path`. Two renames: a crash between them leaves no
 * folder, which is to have no state. Answers how many entries there are. Leaves `path` alone when `fill` throws. Throws STATE_MOVED when another owner of
 * this machine has put its own in place meanwhile.
 */
export async function restoreFolder(
  path: string,
  head: Head,
  fill: (into: KeyedFill) => Promise<void>,
): Promise<number> {
  const fresh = `${path}${BUILDING}${head.epoch}`;
  removeLeftovers(path, head.epoch);
  mkdirSync(fresh, { recursive: true });
  try {
    const entries = await build(fresh, head, fill);
    replace(path, fresh, `${path}${REPLACED}${head.epoch}`);
    return entries;
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unwritable(path, error);
    const details = { topic: 'state', partition: basename(path), actual: 'a later epoch' };
    throw new MarqueeError('STATE_MOVED', { ...details, expected: `epoch ${head.epoch}` }, { cause: error });
  }
}

async function build(folder: string, head: Head, fill: (into: KeyedFill) => Promise<void>): Promise<number> {
  const store = openStore(folder, { isFresh: true });
  let entries: number;
  const encoded = store.encoded();
  try {
    await fill({
      append: (entries) =>
        writeNow(store, () => {
          for (const { key, value } of entries) encoded.putSync(key, value as Buffer, { append: true });
        }),
      change: (entries) =>
        writeNow(store, () => {
          for (const { key, value } of entries) {
            if (value === undefined) encoded.removeSync(key);
            else encoded.putSync(key, value as Buffer);
          }
        }),
      timers: (timers) =>
        writeNow(store, () => {
          for (const { time, key } of timers) store.timers.putSync([time, key], true);
        }),
      structures: (structures) => writeNow(store, () => encoded.putSync(STRUCTURES, structures as Buffer)),
    });
    writeNow(store, () => store.head.putSync(AT, head));
    entries = entriesIn(store);
  } finally {
    await store.root.close();
  }
  sync(join(folder, 'data.mdb'));
  sync(folder);
  return entries;
}

/** LMDB counts them; the structures are one more. lmdb's types leave the figures out. */
function entriesIn({ entries, encoded }: Store<unknown>): number {
  const { entryCount } = entries.getStats() as { readonly entryCount: number };
  return entryCount - (encoded().doesExist(STRUCTURES) ? 1 : 0);
}

function replace(path: string, fresh: string, old: string): void {
  rmSync(old, { recursive: true, force: true });
  try {
    renameSync(path, old);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  renameSync(fresh, path);
  sync(dirname(path));
  rmSync(old, { recursive: true, force: true });
}

/** What owners before this one left half built when they were killed. */
function removeLeftovers(path: string, epoch: number): void {
  for (const name of readdirSync(dirname(path))) {
    for (const mark of [BUILDING, REPLACED]) {
      const begin = `${basename(path)}${mark}`;
      if (!name.startsWith(begin) || Number(name.slice(begin.length)) > epoch) continue;
      rmSync(join(dirname(path), name), { recursive: true, force: true });
    }
  }
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
