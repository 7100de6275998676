/** The keys as a process knows them: read again and again, so that a revoked key stops working everywhere. */
import type { Caller } from '../../domain/access.ts';
import { MarqueeError } from '../../domain/errors.ts';
import type { Log } from '../log.ts';
import { keepFresh } from '../resilience/kept-fresh.ts';
import { keyIdIn, keyMatches, NO_HASH } from './api-key.ts';
import { callerOfKey, stateOf, type StoredKey } from './key-list.ts';
import type { KeyStore } from './key-store.ts';

export interface KnownKeysOptions {
  readonly store: KeyStore;
  readonly reloadMs: number;
  /** What was last read is worth nothing after this long without another reading: then nobody is let in. */
  readonly maxAgeMs: number;
  readonly log: Log;
  readonly now?: () => number;
}

export interface KnownKeys {
  /** Throws AUTH_INVALID for what is not a valid key, AUTH_UNAVAILABLE while the keys are not known. */
  callerOf(key: string): Caller;
  /** Reads once more; never throws. */
  reload(): Promise<void>;
  close(): void;
}

interface Known {
  readonly key: StoredKey;
  readonly caller: Caller;
}

/** Resolves after the first reading, whether it succeeded or not. */
export async function openKnownKeys(options: KnownKeysOptions): Promise<KnownKeys> {
  const { store, reloadMs, maxAgeMs, log, now = Date.now } = options;
  const keys = await keepFresh({
    ...{ everyMs: reloadMs, maxAgeMs, log, now },
    warning: 'keys could not be read; those known before still hold',
    about: { place: store.place },
    async read(): Promise<ReadonlyMap<string, Known>> {
      const stored = await store.read();
      return new Map(stored.map((key) => [key.id, { key, caller: callerOfKey(key) }]));
    },
  });

  return {
    callerOf(text) {
      const known = keys.current();
      if (known === undefined)
        throw new MarqueeError('AUTH_UNAVAILABLE', { reason: 'the list of keys cannot be read' });
      const found = known.get(keyIdIn(text) ?? '');
      // One answer for unknown, wrong, expired and revoked: it helps nobody but a thief to tell them apart.
      if (
        !keyMatches(text, found?.key.hash ?? NO_HASH) ||
        found === undefined ||
        stateOf(found.key, now()) !== 'valid'
      )
        throw new MarqueeError('AUTH_INVALID', { reason: 'not a valid key' });
      return found.caller;
    },
    reload: () => keys.reload(),
    close: () => keys.close(),
  };
}
