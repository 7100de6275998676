/** State of a keyed fold in LMDB, one environment per partition, shared by the processes of a machine. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { open, type Database, type DatabaseOptions, type RootDatabase } from 'lmdb';
import { MarqueeError } from '../../domain/errors.ts';
import type { EpochMs } from '../../domain/time.ts';
import { partitionOfKey } from '../kafka/partitioner.ts';
import type {
  KeyedCommit,
  KeyedEntry,
  KeyedPartition,
  KeyedReader,
  KeyedStates,
  LogPositions,
  Timer,
} from './keyed-state.ts';
import { identityOf } from './sound-folder.ts';

interface Head {
  readonly foldVersion: number;
  /** When the partition was opened: whole seconds, higher at every opening. */
  readonly epoch: number;
  readonly positions: LogPositions;
}

interface Store<S> {
  readonly root: RootDatabase;
  readonly identity: number | undefined;
  readonly head: Database<Head, string>;
  readonly entries: Database<KeyedEntry<S>, string>;
  /** [log time, key], set with an entry and removed with it. */
  readonly timers: Database<true, [EpochMs, string]>;
}

const AT = 'at';
/** LMDB's own bound on a key is 1,978 bytes; profile ids have at most 128 UTF-16 units. */
const AFTER_ALL_KEYS = '\u{10ffff}';

/** The encoder's settings are passed on to msgpackr; lmdb's types leave them out. */
const ENTRIES: DatabaseOptions & { name: string; encoder: { structuredClone: boolean } } = {
  name: 'entries',
  sharedStructuresKey: Symbol.for('structures'),
  encoder: { structuredClone: true },
};

function openStore<S>(path: string, readOnly: boolean): Store<S> {
  const root = open({ path, maxDbs: 4, readOnly });
  return {
    root,
    identity: identityOf(path),
    head: root.openDB({ name: 'head' }),
    // Typed arrays and maps come back as they were put; structures are kept once a database.
    entries: root.openDB(ENTRIES),
    timers: root.openDB({ name: 'timers' }),
  };
}

/**
 * `dir` holds one folder per partition. State of another `foldVersion` is forgotten when a partition is opened, and
 * with it the positions: it is built anew from the log. Epochs follow `clock`, so that whoever opens a partition later
 * has the higher one though it knows nothing of the one before: on another machine, or with a folder that is gone.
 */
export function createLmdbKeyedStates<S>(
  dir: string,
  foldVersion: number,
  clock: () => EpochMs = Date.now,
): KeyedStates<S> {
  const opened = new Map<number, Store<S>>();
  const of = (partition: number): Store<S> => {
    const known = opened.get(partition);
    if (known !== undefined) return known;
    const path = join(dir, String(partition));
    mkdirSync(path, { recursive: true });
    const store = openStore<S>(path, false);
    opened.set(partition, store);
    return store;
  };
  /** The folder's own store: where another process has discarded the folder since, the one that took its place. */
  const current = async (partition: number): Promise<Store<S>> => {
    const known = opened.get(partition);
    if (known !== undefined && known.identity !== identityOf(join(dir, String(partition)))) {
      opened.delete(partition);
      await known.root.close();
    }
    return of(partition);
  };
  return {
    partition: (partition) =>
      createPartition(
        () => of(partition),
        () => current(partition),
        { partition, foldVersion, clock },
      ),
    async close() {
      for (const { root } of opened.values()) await root.close();
      opened.clear();
    },
  };
}

interface Opening {
  readonly partition: number;
  readonly foldVersion: number;
  readonly clock: () => EpochMs;
}

function createPartition<S>(
  store: () => Store<S>,
  current: () => Promise<Store<S>>,
  { partition, foldVersion, clock }: Opening,
): KeyedPartition<S> {
  return {
    async open() {
      const { root, head, entries, timers } = await current();
      const taken = await root.transaction(() => {
        const found = head.get(AT);
        const isKnown = found?.foldVersion === foldVersion;
        if (found !== undefined && !isKnown) {
          entries.clearSync();
          timers.clearSync();
        }
        const now: Head = {
          foldVersion,
          epoch: Math.max((found?.epoch ?? 0) + 1, Math.floor(clock() / 1000)),
          positions: isKnown ? found.positions : {},
        };
        void head.put(AT, now);
        return now;
      });
      root.resetReadTxn();
      return taken;
    },
    get: (key) => store().entries.get(key),
    timers(after, until) {
      const range = { start: [after, AFTER_ALL_KEYS], end: [until, AFTER_ALL_KEYS] } as const;
      const keys = store().timers.getKeys({ start: [...range.start], end: [...range.end] });
      return Array.from(keys, ([time, key]): Timer => ({ time, key }));
    },
    nextTimer(after) {
      const [first] = store().timers.getKeys({ start: [after, AFTER_ALL_KEYS], limit: 1 });
      return first?.[0] ?? Infinity;
    },
    async commit(commit) {
      const into = await current();
      const found = await into.root.transaction(() => write(into, commit));
      if (found === commit.epoch) return;
      throw new MarqueeError('STATE_MOVED', {
        topic: Object.keys(commit.positions).join('+'),
        partition,
        actual: `epoch ${found}`,
        expected: `epoch ${commit.epoch}`,
      });
    },
  };
}

/** Inside the write transaction: writes only under the partition's epoch; returns what that is. */
function write<S>({ head, entries, timers }: Store<S>, commit: KeyedCommit<S>): number {
  const found = head.get(AT);
  if (found?.epoch !== commit.epoch) return found?.epoch ?? 0;
  for (const [key, entry] of commit.entries) {
    const before = entries.get(key)?.wakeAt;
    if (before !== undefined && before !== entry?.wakeAt) void timers.remove([before, key]);
    if (entry === undefined) void entries.remove(key);
    else {
      void entries.put(key, entry);
      if (entry.wakeAt !== undefined && entry.wakeAt !== before) void timers.put([entry.wakeAt, key], true);
    }
  }
  void head.put(AT, { ...found, positions: commit.positions });
  return found.epoch;
}

/**
 * Reads what another process of this machine commits; `partitions` as of the topics. A partition that has no state yet
 * is looked for again at every call. State of another `foldVersion`, where one is given, is none.
 */
export function openKeyedReader<S>(
  dir: string,
  partitions: number,
  foldVersion?: number,
): KeyedReader<S> & { positions(partition: number): LogPositions } {
  const opened = new Map<number, Store<S>>();
  const of = (partition: number): Store<S> | undefined => {
    const path = join(dir, String(partition));
    const known = opened.get(partition);
    if (known !== undefined && known.identity === identityOf(path)) return known;
    // Discarded by the process that writes it; a new one takes its place.
    if (opened.delete(partition)) void known?.root.close();
    if (!existsSync(join(path, 'data.mdb'))) return undefined;
    const store = openStore<S>(path, true);
    opened.set(partition, store);
    return store;
  };
  /** The store of a key's partition, as of its newest commit. */
  const at = (key: string): Store<S> | undefined => {
    const store = of(partitionOfKey(key, partitions));
    store?.root.resetReadTxn();
    const version = store?.head.get(AT)?.foldVersion;
    return version === undefined || version !== (foldVersion ?? version) ? undefined : store;
  };
  return {
    isThere: (key) => at(key) !== undefined,
    get: (key) => at(key)?.entries.get(key)?.state,
    positions(partition) {
      const store = of(partition);
      store?.root.resetReadTxn();
      return store?.head.get(AT)?.positions ?? {};
    },
    async close() {
      for (const { root } of opened.values()) await root.close();
      opened.clear();
    },
  };
}
