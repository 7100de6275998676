/** The LMDB environment of one partition of a keyed fold: its databases and how entries are encoded in them. */
import { open, type Database, type DatabaseOptions, type RootDatabase } from 'lmdb';
import type { EpochMs } from '../../domain/time.ts';
import type { KeyedEntry, LogPositions } from './keyed-state.ts';
import { identityOf } from './sound-folder.ts';
import { unwritable } from './writable.ts';

export interface Head {
  readonly foldVersion: number;
  /** Of whoever opened the partition last: higher at every opening. */
  readonly epoch: number;
  readonly positions: LogPositions;
  /** Commits since there is state: one more with each. */
  readonly commits?: number;
}

export interface Store<S> {
  readonly path: string;
  readonly root: RootDatabase;
  readonly identity: number | undefined;
  readonly head: Database<Head, string>;
  readonly entries: Database<KeyedEntry<S>, string>;
  /** [log time, key], set with an entry and removed with it. */
  readonly timers: Database<true, [EpochMs, string]>;
  /** Entries and structures as they are encoded. To open them ends the read transactions of others. */
  encoded(): Database<Buffer, string | symbol>;
}

/** Key of the head. */
export const AT = 'at';
/** Where what encoded entries have in common is kept, among them; no key of the fold. */
export const STRUCTURES = Symbol.for('structures');

/** The encoder's settings are passed on to msgpackr; lmdb's types leave them out. */
const ENTRIES: DatabaseOptions & { name: string; encoder: { structuredClone: boolean } } = {
  name: 'entries',
  sharedStructuresKey: STRUCTURES,
  encoder: { structuredClone: true },
};

/**
 * One write transaction, waited for: where the disk is full, a commit under way in another thread would end the process
 * (lmdb 3.5 leaves a rejected promise behind). Throws STATE_UNWRITABLE then, having written nothing.
 */
export function writeNow<S, R>(store: Store<S>, work: () => R): R {
  try {
    return store.root.transactionSync(work);
  } catch (error) {
    // Structures that were to be stored with the entries are not; they are read again.
    (
      store.entries as unknown as { readonly encoder?: { clearSharedData?(): void } }
    ).encoder?.clearSharedData?.();
    throw unwritable(store.path, error);
  }
}

const STRETCH_BYTES = 256 * 1024;

/**
 * For values as they are encoded. What is read is cut from stretches of memory: a buffer of more than 64 bytes lies outside of
 * the heap when it is made by itself, and whoever reads all of a partition makes some hundred thousand.
 */
function createBytesEncoder() {
  let stretch = Buffer.alloc(0);
  let used = 0;
  return {
    encode: (value: Uint8Array) => value,
    /** lmdb's buffer, which it writes over at the next read; its length is told apart where a range is read. */
    decode(bytes: Uint8Array, size: unknown): Buffer {
      const length = typeof size === 'number' ? size : bytes.length;
      if (used + length > stretch.length) {
        stretch = Buffer.allocUnsafeSlow(Math.max(STRETCH_BYTES, length));
        used = 0;
      }
      const own = stretch.subarray(used, used + length);
      own.set(bytes.subarray(0, length));
      used += length;
      return own;
    },
  };
}

/** lmdb's types leave the encoder out. */
const bytesOf = (name: string): DatabaseOptions & { name: string; encoder: object } => ({
  name,
  encoder: createBytesEncoder(),
});

/** Whether all databases are there: a reader may come while whoever writes still makes them, and gets none for those. */
export const isWhole = ({ head, entries, timers }: Partial<Store<unknown>>): boolean =>
  head !== undefined && entries !== undefined && timers !== undefined;

/** `isFresh` for a folder that nobody else opens yet: its writes reach the disk when it is closed, at the latest. */
export function openStore<S>(
  path: string,
  { readOnly = false, isFresh = false }: { readonly readOnly?: boolean; readonly isFresh?: boolean } = {},
): Store<S> {
  const root = open({ path, maxDbs: 4, readOnly, ...(isFresh && { noSync: true, overlappingSync: false }) });
  let encoded: Database<Buffer, string | symbol> | undefined;
  return {
    path,
    root,
    identity: identityOf(path),
    head: root.openDB({ name: 'head' }),
    // Typed arrays and maps come back as they were put; structures are kept once a database.
    entries: root.openDB(ENTRIES),
    timers: root.openDB({ name: 'timers' }),
    encoded: () => (encoded ??= root.openDB(bytesOf(ENTRIES.name))),
  };
}
