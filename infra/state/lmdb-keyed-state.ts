/** State of a keyed fold in LMDB, one environment per partition, shared by the processes of a machine. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { MarqueeError } from '../../domain/errors.ts';
import type { EpochMs } from '../../domain/time.ts';
import { partitionOfKey } from '../kafka/partitioner.ts';
import type { KeyedCommit, KeyedReader, LogPositions, Timer } from './keyed-state.ts';
import { restoreFolder } from './lmdb-keyed-restore.ts';
import { takeSnapshot } from './lmdb-keyed-snapshot.ts';
import { AT, isWhole, openStore, writeNow, type Head, type Store } from './lmdb-keyed-store.ts';
import type { LocalKeyedPartition, LocalKeyedStates, StateHead } from './local-keyed-state.ts';
import { fileOf, identityOf, identityOfFile } from './sound-folder.ts';
import { unwritable } from './writable.ts';

/** LMDB's own bound on a key is 1,978 bytes; profile ids have at most 128 UTF-16 units. */
const AFTER_ALL_KEYS = '\u{10ffff}';

/**
 * `dir` holds one folder per partition. State of another `foldVersion` is forgotten when a partition is opened, and
 * with it the positions: it is built anew from the log. Epochs follow `clock`, so that whoever opens a partition later
 * has the higher one though it knows nothing of the one before: on another machine, or with a folder that is gone.
 */
export function createLmdbKeyedStates<S>(
  dir: string,
  foldVersion: number,
  clock: () => EpochMs = Date.now,
): LocalKeyedStates<S> {
  const opened = new Map<number, Store<S>>();
  const of = (partition: number): Store<S> => {
    const known = opened.get(partition);
    if (known !== undefined) return known;
    const path = join(dir, String(partition));
    const store = openOrRefuse<S>(path);
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
      createPartition({
        path: join(dir, String(partition)),
        ...{ partition, foldVersion, clock },
        known: () => of(partition),
        current: () => current(partition),
      }),
    async close() {
      for (const { root } of opened.values()) await root.close();
      opened.clear();
    },
  };
}

function openOrRefuse<S>(path: string): Store<S> {
  try {
    mkdirSync(path, { recursive: true });
    return openStore<S>(path);
  } catch (error) {
    throw unwritable(path, error);
  }
}

interface Place<S> {
  readonly path: string;
  readonly partition: number;
  readonly foldVersion: number;
  readonly clock: () => EpochMs;
  known(): Store<S>;
  current(): Promise<Store<S>>;
}

function createPartition<S>(place: Place<S>): LocalKeyedPartition<S> {
  const { path, partition, foldVersion, clock, known, current } = place;
  const moved = (topic: string, found: number, expected: string): MarqueeError =>
    new MarqueeError('STATE_MOVED', { topic, partition, actual: `epoch ${found}`, expected });

  const head = async (): Promise<StateHead | undefined> => {
    const store = await current();
    store.root.resetReadTxn();
    const found = store.head.get(AT);
    return found && stateIn(found, foldVersion);
  };

  return {
    head,
    async open({ epoch } = {}) {
      const store = await current();
      const { before, now } = writeNow(store, () => takeOver(store, foldVersion, clock(), epoch));
      store.root.resetReadTxn();
      if (now === undefined) throw moved('state', before, `one before ${epoch}`);
      return stateIn(now, foldVersion);
    },
    get: (key) => known().entries.get(key),
    timers(after, until) {
      const range = { start: [after, AFTER_ALL_KEYS], end: [until, AFTER_ALL_KEYS] } as const;
      const keys = known().timers.getKeys({ start: [...range.start], end: [...range.end] });
      return Array.from(keys, ([time, key]): Timer => ({ time, key }));
    },
    nextTimer(after) {
      const [first] = known().timers.getKeys({ start: [after, AFTER_ALL_KEYS], limit: 1 });
      return first?.[0] ?? Infinity;
    },
    async commit(commit) {
      const into = await current();
      const found = writeNow(into, () => write(into, commit));
      if (found === commit.epoch) return;
      throw moved(Object.keys(commit.positions).join('+'), found, `epoch ${commit.epoch}`);
    },
    async renew(epoch, next) {
      const store = await current();
      const renewed = next ?? Math.max(epoch + 1, Math.floor(clock() / 1000));
      const found = writeNow(store, () => {
        const before = store.head.get(AT);
        if (before?.epoch === epoch) void store.head.put(AT, { ...before, epoch: renewed });
        return before?.epoch ?? 0;
      });
      if (found !== epoch) throw moved('state', found, `epoch ${epoch}`);
      return renewed;
    },
    release: () => Promise.resolve(),
    snapshot: () => takeSnapshot(known()),
    async restore({ epoch, positions, commits }, fill) {
      const before = (await head())?.epoch ?? 0;
      if (before >= epoch) throw moved('state', before, `one before ${epoch}`);
      const entries = await restoreFolder(path, { foldVersion, epoch, positions, commits }, fill);
      await current();
      return entries;
    },
  };
}

const stateIn = ({ epoch, positions, commits = 0, foldVersion }: Head, wanted: number): StateHead =>
  foldVersion === wanted ? { epoch, positions, commits } : { epoch, positions: {}, commits: 0 };

/** Inside the write transaction: raises the epoch, to the one given where that is higher than the stored one. */
function takeOver<S>(
  { head, entries, timers }: Store<S>,
  foldVersion: number,
  now: EpochMs,
  asked: number | undefined,
): { readonly before: number; readonly now: Head | undefined } {
  const found = head.get(AT);
  const before = found?.epoch ?? 0;
  if (asked !== undefined && asked <= before) return { before, now: undefined };
  const isKnown = found?.foldVersion === foldVersion;
  if (found !== undefined && !isKnown) {
    entries.clearSync();
    timers.clearSync();
  }
  const epoch = asked ?? Math.max(before + 1, Math.floor(now / 1000));
  const taken: Head = { ...(isKnown ? found : { positions: {} }), foldVersion, epoch };
  void head.put(AT, taken);
  return { before, now: taken };
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
  void head.put(AT, { ...found, positions: commit.positions, commits: (found.commits ?? 0) + 1 });
  return found.epoch;
}

/** Looking costs more than reading. */
const LOOK_AGAIN_MS = 50;

/**
 * Reads what another process of this machine commits; `partitions` as of the topics. A partition that has no state yet
 * is looked for again at every call; keys of one that was discarded are read as they were for up to 50 ms. State of
 * another `foldVersion`, where one is given, is none.
 */
export function openKeyedReader<S>(
  dir: string,
  partitions: number,
  foldVersion?: number,
): KeyedReader<S> & { positions(partition: number): LogPositions } {
  const opened = new Map<number, Store<S>>();
  const folders = Array.from({ length: partitions }, (_, partition) => join(dir, String(partition)));
  const files = folders.map(fileOf);
  /** When it was last looked whether a partition's file is still its folder's. */
  const lookedAt = new Float64Array(partitions);
  const of = (partition: number, maxAgeMs = LOOK_AGAIN_MS): Store<S> | undefined => {
    const known = opened.get(partition);
    const now = performance.now();
    if (known !== undefined && now - lookedAt[partition]! < maxAgeMs) return known;
    lookedAt[partition] = now;
    if (known !== undefined && known.identity === identityOfFile(files[partition]!)) return known;
    // Discarded by the process that writes it; a new one takes its place.
    if (opened.delete(partition)) void known?.root.close();
    if (!existsSync(files[partition]!)) return undefined;
    const store = openStore<S>(folders[partition]!, { readOnly: true });
    if (!isWhole(store)) {
      void store.root.close();
      return undefined;
    }
    opened.set(partition, store);
    return store;
  };
  const versions = Array.from({ length: partitions }, () => createVersionReader());
  /** The store of a key's partition, as of its newest commit. */
  const at = (key: string): Store<S> | undefined => {
    const partition = partitionOfKey(key, partitions);
    const store = of(partition);
    store?.root.resetReadTxn();
    const version = store && versions[partition]!(store);
    return version === undefined || version !== (foldVersion ?? version) ? undefined : store;
  };
  return {
    get: (key) => at(key)?.entries.get(key)?.state,
    find(key) {
      const store = at(key);
      return store && { state: store.entries.get(key)?.state };
    },
    positions(partition) {
      const store = of(partition, 0);
      store?.root.resetReadTxn();
      return store?.head.get(AT)?.positions ?? {};
    },
    async close() {
      for (const { root } of opened.values()) await root.close();
      opened.clear();
    },
  };
}

/** The version of a store's state. Its head changes with a commit, and is decoded only then: keys are read far more often. */
function createVersionReader(): (store: Pick<Store<unknown>, 'head'>) => number | undefined {
  let known = Buffer.alloc(0);
  let version: number | undefined;
  return ({ head }) => {
    const bytes = head.getBinaryFast(AT);
    if (bytes === undefined) return undefined;
    // lmdb's buffer, which it writes over at the next read, is longer than what is in it.
    const now = bytes.subarray(0, bytes.length);
    if (known.equals(now)) return version;
    known = Buffer.from(now);
    version = head.get(AT)?.foldVersion;
    return version;
  };
}
