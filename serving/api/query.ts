/** Reads the query of a request with a schema, each once: most requests ask as others did before. */
import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import { readInput } from './validate.ts';

const KEPT = 1000;
/** Longer ones hold a cursor, and are asked once. */
const LONGEST = 200;

/** What is read is shared: nobody may change it. Faults are not kept. */
export function createQueryReader<T extends object>(
  schema: z.ZodType<T>,
): (request: { readonly url: string; readonly query: object }) => Readonly<T> {
  const kept = new LRUCache<string, Readonly<T>>({ max: KEPT });
  return (request) => {
    const { url } = request;
    const start = url.indexOf('?') + 1;
    const text = start === 0 ? '' : url.slice(start);
    if (text.length > LONGEST) return readInput(schema, request.query);
    const before = kept.get(text);
    if (before !== undefined) return before;
    const read = Object.freeze(readInput(schema, request.query));
    kept.set(text, read);
    return read;
  };
}
