import type { ListedObject, ListOptions } from './port.ts';

/** Puts listed objects into the port's order (UTF-8 bytes of the key) and applies `after` and `limit`. */
export function selectKeys(objects: readonly ListedObject[], options: ListOptions): ListedObject[] {
  const { after, limit } = options;
  const afterBytes = after === undefined ? undefined : Buffer.from(after);
  const sorted = objects
    .map((object) => ({ object, bytes: Buffer.from(object.key) }))
    .filter(({ bytes }) => afterBytes === undefined || Buffer.compare(bytes, afterBytes) > 0)
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ object }) => object);
  return limit === undefined ? sorted : sorted.slice(0, limit);
}
