import { createHash } from 'node:crypto';
import { MarqueeError } from '../../domain/errors.ts';
import { selectKeys } from './listing.ts';
import type { ByteRange, ListOptions, ObjectStore, PutCondition, StoredObject } from './port.ts';

/** An object store in this process's memory, for tests and simulations. As in S3, an etag is the content's MD5. */
export function createMemoryObjectStore(): ObjectStore {
  const objects = new Map<string, StoredObject>();

  async function get(key: string, range?: ByteRange): Promise<StoredObject | undefined> {
    const found = objects.get(key);
    if (!found) return undefined;
    return { body: range ? found.body.slice(range.from, range.to) : found.body.slice(), etag: found.etag };
  }

  async function put(key: string, body: Uint8Array, condition?: PutCondition): Promise<{ etag: string }> {
    const current = objects.get(key)?.etag;
    if (condition && !holds(condition, current))
      throw new MarqueeError('OBJECT_PRECONDITION_FAILED', { key });
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    objects.set(key, { body: body.slice(), etag });
    return { etag };
  }

  async function list(prefix: string, options: ListOptions = {}) {
    const found = [];
    for (const [key, object] of objects) {
      if (key.startsWith(prefix)) found.push({ key, size: object.body.byteLength, etag: object.etag });
    }
    return selectKeys(found, options);
  }

  async function remove(key: string): Promise<void> {
    objects.delete(key);
  }

  return { get, put, list, delete: remove };
}

function holds(condition: PutCondition, current: string | undefined): boolean {
  return 'ifMatch' in condition ? current === condition.ifMatch : current === undefined;
}
