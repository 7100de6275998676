/** Making, listing and revoking keys. */
import { EVERY_PROFILE, type Scope } from '../../domain/access.ts';
import { MarqueeError } from '../../domain/errors.ts';
import { makeKey } from './api-key.ts';
import { stateOf, type KeyState, type StoredKey } from './key-list.ts';
import type { KeyStore } from './key-store.ts';

export interface KeyOrder {
  readonly scopes: readonly Scope[];
  /** One profile, `*` for every one, null for none. */
  readonly profile: string | null;
  readonly name: string | null;
  /** Epoch milliseconds; null for never. */
  readonly expiresAt: number | null;
}

/** A stored key as it is told: what it may do, never its hash. */
export interface ToldKey extends Omit<StoredKey, 'hash'> {
  readonly state: KeyState;
}

export interface Keys {
  /** The only time that the key itself is seen. Throws KEY_REFUSED for one of no use, or of too much. */
  create(order: KeyOrder): Promise<{ readonly key: string; readonly told: ToldKey }>;
  /** Newest first. */
  list(): Promise<ToldKey[]>;
  /** Throws KEY_NOT_FOUND; a key that is revoked already stays as it was. */
  revoke(id: string): Promise<ToldKey>;
}

export function createKeys(store: KeyStore, now: () => number = Date.now): Keys {
  const tell = (key: StoredKey): ToldKey => {
    const { hash: _hash, ...told } = key;
    return { ...told, state: stateOf(key, now()) };
  };
  return {
    async create(order) {
      refuse(order);
      const made = makeKey();
      const stored: StoredKey = {
        id: made.id,
        hash: made.hash,
        name: order.name,
        scopes: [...order.scopes],
        profile: order.profile,
        createdAt: new Date(now()).toISOString(),
        expiresAt: order.expiresAt === null ? null : new Date(order.expiresAt).toISOString(),
        revokedAt: null,
      };
      await store.change((keys) => [...keys, stored]);
      return { key: made.key, told: tell(stored) };
    },
    async list() {
      const keys = await store.read();
      return keys.map(tell).toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
    },
    async revoke(id) {
      const at = new Date(now()).toISOString();
      const keys = await store.change((all) => {
        if (!all.some((key) => key.id === id)) throw new MarqueeError('KEY_NOT_FOUND', { id });
        return all.map((key) => (key.id === id ? { ...key, revokedAt: key.revokedAt ?? at } : key));
      });
      return tell(keys.find((key) => key.id === id)!);
    },
  };
}

/** A key that would be of no use, or of more use than one profile's device should have. */
function refuse({ scopes, profile }: KeyOrder): void {
  const wrong = (reason: string): MarqueeError => new MarqueeError('KEY_REFUSED', { reason });
  if (scopes.length === 0) throw wrong('it needs a scope');
  if (profile === null && scopes.includes('events:write'))
    throw wrong('one that writes events needs a profile, or every profile');
  const isBound = profile !== null && profile !== EVERY_PROFILE;
  if (isBound && scopes.some((scope) => scope.startsWith('ops:')))
    throw wrong('one of a single profile cannot have the scopes of operators');
}
