/** The keys as a process knows them: read again and again, so that a revoked key stops working everywhere. */
import type { Caller } from '../../domain/access.ts';
import { MarqueeError } from '../../domain/errors.ts';
import type { Log } from '../log.ts';
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
  let known: ReadonlyMap<string, Known> | undefined;
  let readAt = 0;
  let reading: Promise<void> | undefined;

  const read = async (): Promise<void> => {
    const begun = now();
    try {
      const keys = await store.read();
      known = new Map(keys.map((key) => [key.id, { key, caller: callerOfKey(key) }]));
      readAt = begun;
    } catch (err) {
      log.warn({ err, place: store.place }, 'keys could not be read; those known before still hold');
    } finally {
      reading = undefined;
    }
  };
  const reload = (): Promise<void> => (reading ??= read());
  await reload();
  const timer = setInterval(() => void reload(), reloadMs);
  timer.unref();

  return {
    callerOf(text) {
      if (known === undefined || now() - readAt > maxAgeMs)
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
    reload,
    close: () => clearInterval(timer),
  };
}
