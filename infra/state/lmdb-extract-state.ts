/**
 * The extractor's state in LMDB, one environment per partition, shared by the processes of a machine. Sightings are kept
 * as a journal, one record a commit; the newest of them are held in memory as well, where nearly every look-up ends, and
 * those beyond the limit move on into a tree on disk. So a commit writes a page or two, not one for each event.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { open, type Database, type RootDatabase } from 'lmdb';
import { MarqueeError } from '../../domain/errors.ts';
import type { EpochMs } from '../../domain/time.ts';
import type {
  ExtractCommit,
  ExtractPosition,
  ExtractState,
  PendingCompletion,
  PendingCompletions,
} from './extract-state.ts';
import {
  countOf,
  createSightings,
  eachSighting,
  hashKey,
  newestOf,
  packSightings,
  type KeyHash,
  type Sightings,
} from './sightings.ts';
import { identityOf } from './sound-folder.ts';
import { unwritable } from './writable.ts';

/** Most journal records forgotten, or moved to the tree, with one commit, so that its time stays bounded. */
const RECORDS_A_COMMIT = 4;
const AT = 'at';
const DEFAULT_IN_MEMORY = 1_000_000;
const KEY_BYTES = 12;

interface StoredPosition extends ExtractPosition {
  /** Sightings before this log time are forgotten. */
  readonly forgotten: EpochMs;
  /** The last journal record whose sightings are in the tree. */
  readonly treed: number;
}

interface PartitionState {
  readonly path: string;
  readonly root: RootDatabase;
  readonly identity: number | undefined;
  readonly meta: Database<StoredPosition, string>;
  /** Position → sightings of the commit that led there. */
  readonly journal: Database<Buffer, number>;
  /** Hash of a key → log time of its newest sighting in the journal up to `treed`. */
  readonly tree: Database<EpochMs, Buffer>;
  /** Raw offsets of settled dead letters. */
  readonly settled: Database<true, number>;
  /** Raw offset → record without an answer. */
  readonly pending: Database<PendingCompletion, number>;
  /** What the journal holds past the tree, as of a position. */
  memory: { readonly sightings: Sightings; at: StoredPosition } | undefined;
}

export interface LmdbExtractState extends ExtractState {
  readonly completions: PendingCompletions;
  close(): Promise<void>;
}

/**
 * `dir` holds one folder per partition. `inMemory` is how many sightings of a partition are held in memory, 40 to 80
 * bytes each. Closing waits for commits under way.
 */
export function createLmdbExtractState(dir: string, inMemory = DEFAULT_IN_MEMORY): LmdbExtractState {
  const opened = new Map<number, PartitionState>();
  const hash: KeyHash = { a: 0, b: 0, c: 0 };

  const of = (partition: number): PartitionState => {
    let state = opened.get(partition);
    if (state === undefined) opened.set(partition, (state = openPartition(join(dir, String(partition)))));
    return state;
  };

  /** The folder's own state: where another process has discarded the folder since, the one that took its place. */
  const current = async (partition: number): Promise<PartitionState> => {
    const known = opened.get(partition);
    if (known !== undefined && known.identity !== identityOf(join(dir, String(partition)))) {
      opened.delete(partition);
      await known.root.close();
    }
    return of(partition);
  };

  return {
    async load(partition) {
      const state = await current(partition);
      state.root.resetReadTxn();
      const at = state.meta.get(AT);
      if (at === undefined) state.memory = undefined;
      else if (state.memory?.at.position !== at.position) state.memory = remember(state, at);
      return at && { position: at.position, logTime: at.logTime };
    },
    // Look-ups are true as of the position that was loaded or committed last; the caller compares it with this.
    standsAt: (partition) => of(partition).meta.get(AT)?.position ?? null,
    lastSeen(partition, key) {
      const { memory, tree } = of(partition);
      if (memory === undefined) return undefined;
      const { at, sightings } = memory;
      const found = sightings.lastSeen(hashKey(key, hash), at.forgotten);
      if (found !== undefined || at.treed < 0) return found;
      const time = tree.get(treeKey(hash.a, hash.b, hash.c));
      return time !== undefined && time >= at.forgotten ? time : undefined;
    },
    isSettled: (partition, rawOffset) => of(partition).settled.get(rawOffset) !== undefined,
    async commit(partition, commit) {
      const state = await current(partition);
      const packed = packSightings(commit.seen, commit.logTime);
      const memory = state.memory ?? { sightings: createSightings(), at: NOWHERE };
      const room = inMemory - memory.sightings.size() - commit.seen.size;
      const written = writeNow(state, () => write(state, commit, packed, room));
      if ('found' in written) {
        const [actual, expected] = [written.found ?? 'nothing', commit.expected ?? 'nothing'];
        throw new MarqueeError('STATE_MOVED', { topic: 'raw-events', partition, actual, expected });
      }
      const { sightings } = memory;
      sightings.forgetBefore(written.at.forgotten);
      eachSighting(packed, sightings.add);
      for (const moved of written.moved) eachSighting(moved, sightings.remove);
      state.memory = { sightings, at: written.at };
    },
    completions: completionsOf(of),
    async close() {
      for (const { root } of opened.values()) await root.close();
      opened.clear();
    },
  };
}

const NOWHERE: StoredPosition = { position: -1, logTime: 0, forgotten: 0, treed: -1 };

function openPartition(path: string): PartitionState {
  mkdirSync(path, { recursive: true });
  const root = open({ path, maxDbs: 8 });
  return {
    path,
    root,
    identity: identityOf(path),
    meta: root.openDB({ name: 'position' }),
    journal: root.openDB({ name: 'journal', encoding: 'binary' }),
    tree: root.openDB({ name: 'tree', keyEncoding: 'binary' }),
    settled: root.openDB({ name: 'settled' }),
    pending: root.openDB({ name: 'pending' }),
    memory: undefined,
  };
}

function remember({ journal }: PartitionState, at: StoredPosition): NonNullable<PartitionState['memory']> {
  const sightings = createSightings();
  sightings.forgetBefore(at.forgotten);
  for (const { value } of journal.getRange({ start: at.treed + 1 })) eachSighting(value, sightings.add);
  return { sightings, at };
}

/** As for keyed state: where the disk is full, a commit under way in another thread would end the process. */
function writeNow<R>({ path, root }: PartitionState, work: () => R): R {
  try {
    return root.transactionSync(work);
  } catch (error) {
    throw unwritable(path, error);
  }
}

type Written =
  | { readonly found: number | null }
  /** `moved`: journal records whose sightings have moved from memory to the tree. */
  | { readonly at: StoredPosition; readonly moved: readonly Buffer[] };

/** Inside the write transaction: writes only if the state stands where the commit expects it. */
function write(state: PartitionState, commit: ExtractCommit, packed: Buffer, room: number): Written {
  const { meta, journal, settled, pending } = state;
  const stands = meta.get(AT);
  if ((stands?.position ?? null) !== commit.expected) return { found: stands?.position ?? null };
  const forgotten = Math.max(stands?.forgotten ?? 0, commit.forgetBefore);
  if (commit.seen.size > 0) void journal.put(commit.position, packed);
  for (const rawOffset of commit.settled ?? []) void settled.put(rawOffset, true);
  for (const record of commit.pending ?? []) void pending.put(record.rawOffset, record);
  const treed = forget(state, forgotten, stands?.treed ?? -1);
  const { moved, last } = room >= 0 ? { moved: [], last: treed } : moveOn(state, treed, -room);
  const at = { position: commit.position, logTime: commit.logTime, forgotten, treed: last };
  void meta.put(AT, at);
  return { at, moved };
}

/** Drops the oldest journal records and what the tree has of them; returns the last record that is in the tree. */
function forget({ journal, tree }: PartitionState, forgotten: EpochMs, treed: number): number {
  for (const { key: position, value } of [...journal.getRange({ limit: RECORDS_A_COMMIT })]) {
    if (newestOf(value) >= forgotten) break;
    if (position <= treed) {
      eachSighting(value, (a, b, c, time) => {
        const key = treeKey(a, b, c);
        if (tree.get(key) === time) void tree.remove(key);
      });
    }
    void journal.remove(position);
  }
  return treed;
}

function moveOn(
  { journal, tree }: PartitionState,
  treed: number,
  excess: number,
): { readonly moved: readonly Buffer[]; readonly last: number } {
  const moved: Buffer[] = [];
  let last = treed;
  let count = 0;
  for (const { key: position, value } of [
    ...journal.getRange({ start: treed + 1, limit: RECORDS_A_COMMIT }),
  ]) {
    if (count >= excess) break;
    eachSighting(value, (a, b, c, time) => void tree.put(treeKey(a, b, c), time));
    moved.push(value);
    count += countOf(value);
    last = position;
  }
  return { moved, last };
}

function treeKey(a: number, b: number, c: number): Buffer {
  const key = Buffer.allocUnsafe(KEY_BYTES);
  key.writeUInt32LE(a, 0);
  key.writeUInt32LE(b, 4);
  key.writeUInt32LE(c, 8);
  return key;
}

function completionsOf(of: (partition: number) => PartitionState): PendingCompletions {
  return {
    count: (partition) => (of(partition).pending.getStats() as { entryCount: number }).entryCount,
    after(partition, rawOffset, limit) {
      const range = of(partition).pending.getRange({ start: rawOffset + 1, limit });
      return [...range].map(({ value }) => value);
    },
    async forget(partition, rawOffsets) {
      const state = of(partition);
      writeNow(state, () => {
        for (const rawOffset of rawOffsets) void state.pending.remove(rawOffset);
      });
    },
  };
}
