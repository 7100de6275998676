/**
 * Keeps the audit's state: positions, what outlives a window, and the windows that changed, in one transaction. Bytes are
 * taken when `save` is called, so that what is folded meanwhile is not in them.
 */
import { deserialize, serialize } from 'node:v8';
import { coreOf, restoreState, type AuditState, type StoredCore } from '../../domain/audit/state.ts';
import type { WindowTally } from '../../domain/audit/window.ts';
import type { OnDiscarded } from '../../infra/state/guard.ts';
import { guardKeyedStates } from '../../infra/state/guarded-keyed-state.ts';
import type { KeyedEntry, KeyedPartition, KeyedStates } from '../../infra/state/keyed-state.ts';
import { createLmdbKeyedStates } from '../../infra/state/lmdb-keyed-state.ts';

/** Raised with every change of what is stored; state of another version is begun anew. */
const AUDIT_STATE_VERSION = 2;
const CORE = 'core';
const windowKey = (start: number): string => `window/${start}`;

export interface AuditStore {
  /** Takes the state over from whoever had it; undefined where there is none for windows of this length. */
  load(windowMs: number): Promise<AuditState | undefined>;
  /** Throws STATE_MOVED when another has taken the state over. */
  save(state: AuditState, windowMs: number): Promise<void>;
}

/** State under `folder`; what a crash of the machine has torn is discarded when it is opened. */
export const openAuditStates = (folder: string, onDiscarded: OnDiscarded): KeyedStates<Uint8Array> =>
  guardKeyedStates(createLmdbKeyedStates<Uint8Array>(folder, AUDIT_STATE_VERSION), folder, onDiscarded);

export function createAuditStore(partition: KeyedPartition<Uint8Array>): AuditStore {
  let epoch = 0;
  let stored = new Set<number>();

  const read = (key: string): unknown => {
    const entry = partition.get(key);
    return entry === undefined ? undefined : deserialize(entry.state);
  };

  return {
    async load(windowMs) {
      const opened = await partition.open();
      epoch = opened.epoch;
      const core = read(CORE) as StoredCore | undefined;
      stored = new Set(core?.starts);
      if (core?.windowMs !== windowMs) return undefined;
      const windows = core.starts.flatMap(
        (start) => (read(windowKey(start)) as WindowTally | undefined) ?? [],
      );
      return restoreState(core, windows, new Map(Object.entries(opened.positions)));
    },
    async save(state, windowMs) {
      const positions = Object.fromEntries(
        Array.from(state.positions, ([at, { next, rawHigh, logTime }]) => [at, { next, rawHigh, logTime }]),
      );
      const entries = new Map<string, KeyedEntry<Uint8Array> | undefined>();
      entries.set(CORE, { state: serialize(coreOf(state, windowMs)) });
      const changed = [...state.unstored];
      for (const start of changed) {
        const window = state.windows.get(start);
        if (window !== undefined) entries.set(windowKey(start), { state: serialize(window) });
      }
      for (const start of stored) if (!state.windows.has(start)) entries.set(windowKey(start), undefined);
      const starts = new Set(state.windows.keys());
      state.unstored.clear();
      try {
        await partition.commit({ epoch, positions, entries });
      } catch (error) {
        for (const start of changed) state.unstored.add(start);
        throw error;
      }
      stored = starts;
    },
  };
}
