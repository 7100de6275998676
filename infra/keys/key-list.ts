/** The list of keys as it is stored: hashes, and what each key may do. */
import { z } from 'zod';
import { EVERY_PROFILE, reachOf, SCOPES, type Caller } from '../../domain/access.ts';
import { MarqueeError } from '../../domain/errors.ts';

const instant = z.iso.datetime();

const storedKey = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{16}$/),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** What the key is for, in words. */
  name: z.string().max(200).nullable(),
  scopes: z.array(z.enum(SCOPES)).min(1),
  /** One profile, `*` for all of them, null for none. */
  profile: z.string().min(1).max(128).nullable(),
  createdAt: instant,
  expiresAt: instant.nullable(),
  revokedAt: instant.nullable(),
});
export type StoredKey = z.output<typeof storedKey>;

const MOST_KEYS = 100_000;
const keyList = z.strictObject({ version: z.literal(1), keys: z.array(storedKey).max(MOST_KEYS) });

/** Throws KEYS_INVALID; a list that can only be read in part is not used in part. */
export function parseKeys(text: string, place: string): StoredKey[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new MarqueeError('KEYS_INVALID', { place, reason: 'not JSON' });
  }
  const parsed = keyList.safeParse(value);
  if (parsed.success) return parsed.data.keys;
  const [issue] = parsed.error.issues;
  const reason = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a list of keys'}`;
  throw new MarqueeError('KEYS_INVALID', { place, reason });
}

export const renderKeys = (keys: readonly StoredKey[]): string =>
  `${JSON.stringify({ version: 1, keys }, undefined, 2)}\n`;

export type KeyState = 'valid' | 'expired' | 'revoked';

export function stateOf(key: StoredKey, now: number): KeyState {
  if (key.revokedAt !== null) return 'revoked';
  return key.expiresAt !== null && Date.parse(key.expiresAt) <= now ? 'expired' : 'valid';
}

export const callerOfKey = ({ id, scopes, profile }: StoredKey): Caller => ({
  id: `key:${id}`,
  kind: 'key',
  scopes: new Set(scopes),
  profiles: reachOf(profile),
});

/** How a person reads whom a key reaches. */
export const reachInWords = (profile: string | null): string =>
  profile === null ? 'no profile' : profile === EVERY_PROFILE ? 'every profile' : `profile ${profile}`;
