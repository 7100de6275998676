/** What looking after views leaves from one look to the next, and when a run last found that nothing had changed. */
import type { Region } from '../../domain/ids.ts';
import type { WatchState } from '../../domain/notices/watch.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { ViewName } from '../../domain/views.ts';
import { readText, toBytes } from '../hermes/text-objects.ts';
import type { ObjectStore } from '../object-store/port.ts';

export interface WatchStore {
  /** What cannot be read counts as nothing: then it is looked at anew. */
  read(): Promise<{ readonly state: WatchState; readonly etag: string | null }>;
  /** OBJECT_PRECONDITION_FAILED where somebody else wrote since it was read. */
  write(state: WatchState, etag: string | null): Promise<void>;
  /** A run found at this instant that a view needs no new version. */
  markUnchanged(view: ViewName, at: EpochMs): Promise<void>;
  /** When that was last so; null for never. */
  unchangedAt(view: ViewName): Promise<EpochMs | null>;
}

export function createWatchStore(store: ObjectStore, region: Region): WatchStore {
  const stateKey = `${region}/notices/watch.json`;
  const markKey = (view: ViewName): string => `${region}/notices/unchanged/${view}.json`;
  return {
    async read() {
      const found = await readText(store, stateKey);
      return { state: (parsed(found?.text) ?? {}) as WatchState, etag: found?.etag ?? null };
    },
    async write(state, etag) {
      const condition = etag === null ? ({ ifAbsent: true } as const) : { ifMatch: etag };
      await store.put(stateKey, toBytes(JSON.stringify(state)), condition);
    },
    async markUnchanged(view, at) {
      await store.put(markKey(view), toBytes(JSON.stringify({ at })));
    },
    async unchangedAt(view) {
      const at = parsed((await readText(store, markKey(view)))?.text)?.['at'];
      return typeof at === 'number' ? at : null;
    },
  };
}

function parsed(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
