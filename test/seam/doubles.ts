/**
 * Memory doubles of the log, the object store's lease and checkpoint, and the lake, that fail the way the real ones do:
 * requests get lost, replies get lost after the work was done, requests land late, flushes land by half.
 */
import { MarqueeError } from '../../domain/errors.ts';
import type { StoredCheckpoint } from '../../streaming/speed/owner.ts';
import type { SpeedRecord } from '../../domain/speed-view.ts';
import type { ExtractCommit, ExtractPosition, ExtractState } from '../../infra/state/extract-state.ts';

export type Fault = 'none' | 'lost-request' | 'lost-reply' | 'half' | 'late' | 'late-half';

/** Sends requests under the fault of the moment; late ones wait in limbo until they are let through. */
export interface Network {
  fault: Fault;
  readonly limbo: (() => void)[];
  send<T>(items: readonly T[], land: (items: readonly T[]) => void): Promise<void>;
}

export function createNetwork(): Network {
  const limbo: (() => void)[] = [];
  return {
    fault: 'none',
    limbo,
    async send(items, land) {
      const fault = this.fault;
      const half = items.slice(0, Math.ceil(items.length / 2));
      if (fault === 'none' || fault === 'lost-reply') land(items);
      if (fault === 'half') land(half);
      if (fault === 'late') limbo.push(() => land(items));
      if (fault === 'late-half') {
        land(half);
        limbo.push(() => land(items));
      }
      await Promise.resolve();
      if (fault !== 'none') throw new MarqueeError('LOG_UNAVAILABLE', { reason: fault });
    },
  };
}

/** A compacted topic partition: offsets stay, superseded records go. */
export interface CompactedLog {
  append(records: readonly SpeedRecord[]): void;
  compact(): void;
  read(from?: number): readonly SpeedRecord[];
  /** The offset of the next record. */
  end(): number;
  /** What a reader finds that starts after a compaction. */
  readCompacted(): readonly SpeedRecord[];
}

export function createCompactedLog(): CompactedLog {
  let placed: { readonly offset: number; readonly record: SpeedRecord }[] = [];
  let end = 0;
  const compacted = (): typeof placed => {
    const last = new Map(placed.map(({ record }, index) => [record.key, index]));
    return placed.filter(({ record }, index) => last.get(record.key) === index && record.value !== null);
  };
  return {
    append(added) {
      for (const record of added) placed.push({ offset: end++, record });
    },
    compact() {
      placed = compacted();
    },
    readCompacted: () => compacted().map(({ record }) => record),
    read: (from = 0) => placed.filter(({ offset }) => offset >= from).map(({ record }) => record),
    end: () => end,
  };
}

/** One machine's extractor state for every partition: compare-and-swap by position, as LMDB's transaction does. */
export function createExtractStateDouble(): ExtractState & { lose(partition: number): void } {
  const held = new Map<number, { at: ExtractPosition; seen: Map<string, number>; settled: Set<number> }>();
  return {
    load: (partition) => Promise.resolve(held.get(partition)?.at),
    standsAt: (partition) => held.get(partition)?.at.position ?? null,
    lastSeen: (partition, key) => held.get(partition)?.seen.get(key),
    isSettled: (partition, rawOffset) => held.get(partition)?.settled.has(rawOffset) ?? false,
    async commit(partition, commit: ExtractCommit) {
      await Promise.resolve();
      const current = held.get(partition);
      if ((current?.at.position ?? null) !== commit.expected) {
        const actual = current?.at.position ?? 'nothing';
        throw new MarqueeError('STATE_MOVED', {
          topic: 'raw-events',
          partition,
          actual,
          expected: commit.expected ?? 'nothing',
        });
      }
      const seen = current?.seen ?? new Map<string, number>();
      for (const [key, time] of commit.seen) seen.set(key, time);
      for (const [key, time] of seen) if (time < commit.forgetBefore) seen.delete(key);
      const settled = new Set([...(current?.settled ?? []), ...(commit.settled ?? [])]);
      held.set(partition, { at: { position: commit.position, logTime: commit.logTime }, seen, settled });
    },
    lose: (partition) => void held.delete(partition),
  };
}

export interface LeaseDouble {
  acquire(): Promise<number>;
}

export function createLeaseDouble(): LeaseDouble {
  let epoch = 0;
  return { acquire: () => Promise.resolve(++epoch) };
}

/** A checkpoint object swapped by compare-and-swap on its version: a session that did not see the newest is refused. */
export interface CheckpointStore {
  session(): {
    load(): Promise<StoredCheckpoint | undefined>;
    save(checkpoint: StoredCheckpoint): Promise<void>;
  };
  lose(): void;
}

export function createCheckpointStore(): CheckpointStore {
  let version = 0;
  let held: StoredCheckpoint | undefined;
  return {
    session() {
      let known = -1;
      return {
        load() {
          known = version;
          return Promise.resolve(held);
        },
        save(checkpoint) {
          if (known !== version)
            return Promise.reject(new MarqueeError('OBJECT_PRECONDITION_FAILED', { key: 'checkpoint' }));
          held = structuredClone(checkpoint);
          known = ++version;
          return Promise.resolve();
        },
      };
    },
    lose() {
      held = undefined;
      version += 1;
    },
  };
}
