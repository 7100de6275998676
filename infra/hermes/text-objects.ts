import { createHash } from 'node:crypto';
import { isMarqueeError } from '../../domain/errors.ts';
import type { ObjectStore, PutCondition } from '../object-store/port.ts';

export type TextObject = { readonly text: string; readonly etag: string };

export const toBytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** SHA-256 in lower-case hex. */
export const sha256Of = (body: Uint8Array | string): string =>
  createHash('sha256').update(body).digest('hex');

/** Damaged UTF-8 becomes replacement characters, which no parser of ours lets pass. */
export async function readText(store: ObjectStore, key: string): Promise<TextObject | undefined> {
  const found = await store.get(key);
  return found && { text: new TextDecoder().decode(found.body), etag: found.etag };
}

/** Puts under a condition; false where the condition did not hold. */
export async function tryPut(
  store: ObjectStore,
  key: string,
  body: Uint8Array,
  condition: PutCondition,
): Promise<boolean> {
  try {
    await store.put(key, body, condition);
    return true;
  } catch (error) {
    if (isMarqueeError(error, 'OBJECT_PRECONDITION_FAILED')) return false;
    throw error;
  }
}
