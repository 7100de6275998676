/** The extractor's state in LMDB, one environment per partition, shared by the processes of a machine. */
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

/** Most sightings forgotten with one commit, as a multiple of those added, so that a commit's time stays bounded. */
const FORGET_FACTOR = 2;
const FORGET_AT_LEAST = 256;
const AT = 'at';

interface PartitionState {
  readonly root: RootDatabase;
  readonly meta: Database<ExtractPosition, string>;
  /** Key → log time of the newest sighting. */
  readonly seen: Database<EpochMs, string>;
  /** [log time, key], for forgetting in order of time. */
  readonly order: Database<true, [EpochMs, string]>;
  /** Raw offsets of settled dead letters. */
  readonly settled: Database<true, number>;
  /** Raw offset → record without an answer. */
  readonly pending: Database<PendingCompletion, number>;
}

export interface LmdbExtractState extends ExtractState {
  readonly completions: PendingCompletions;
  close(): Promise<void>;
}

/** `dir` holds one folder per partition. Closing waits for commits under way. */
export function createLmdbExtractState(dir: string): LmdbExtractState {
  const opened = new Map<number, PartitionState>();

  const of = (partition: number): PartitionState => {
    const known = opened.get(partition);
    if (known !== undefined) return known;
    const path = join(dir, String(partition));
    mkdirSync(path, { recursive: true });
    const root = open({ path, maxDbs: 8 });
    const state: PartitionState = {
      root,
      meta: root.openDB({ name: 'meta' }),
      seen: root.openDB({ name: 'seen' }),
      order: root.openDB({ name: 'order' }),
      pending: root.openDB({ name: 'pending' }),
      settled: root.openDB({ name: 'settled' }),
    };
    opened.set(partition, state);
    return state;
  };

  return {
    load(partition) {
      const { root, meta } = of(partition);
      root.resetReadTxn();
      return Promise.resolve(meta.get(AT));
    },
    // Same read snapshot as the look-ups of the same turn: if it stands where it should, they were true there.
    standsAt: (partition) => of(partition).meta.get(AT)?.position ?? null,
    lastSeen: (partition, key) => of(partition).seen.get(key),
    isSettled: (partition, rawOffset) => of(partition).settled.get(rawOffset) !== undefined,
    async commit(partition, commit) {
      const state = of(partition);
      const found = await state.root.transaction(() => write(state, commit));
      if (found === commit.expected) return;
      const [actual, expected] = [found ?? 'nothing', commit.expected ?? 'nothing'];
      throw new MarqueeError('STATE_MOVED', { topic: 'raw-events', partition, actual, expected });
    },
    completions: {
      count: (partition) => (of(partition).pending.getStats() as { entryCount: number }).entryCount,
      after(partition, rawOffset, limit) {
        const range = of(partition).pending.getRange({ start: rawOffset + 1, limit });
        return [...range].map(({ value }) => value);
      },
      async forget(partition, rawOffsets) {
        const { root, pending } = of(partition);
        await root.transaction(() => {
          for (const rawOffset of rawOffsets) void pending.remove(rawOffset);
        });
      },
    },
    async close() {
      for (const { root } of opened.values()) await root.close();
      opened.clear();
    },
  };
}

/** Inside the write transaction: writes only if the state stands where the commit expects it; returns where it stood. */
function write(
  { meta, seen, order, settled, pending }: PartitionState,
  commit: ExtractCommit,
): number | null {
  const stands = meta.get(AT)?.position ?? null;
  if (stands !== commit.expected) return stands;
  for (const [key, time] of commit.seen) {
    void seen.put(key, time);
    void order.put([time, key], true);
  }
  for (const rawOffset of commit.settled ?? []) void settled.put(rawOffset, true);
  const limit = Math.max(FORGET_AT_LEAST, commit.seen.size * FORGET_FACTOR);
  for (const entry of [...order.getKeys({ end: [commit.forgetBefore, ''], limit })]) {
    const [time, key] = entry;
    if (seen.get(key) === time) void seen.remove(key);
    void order.remove(entry);
  }
  for (const record of commit.pending ?? []) void pending.put(record.rawOffset, record);
  void meta.put(AT, { position: commit.position, logTime: commit.logTime });
  return stands;
}
