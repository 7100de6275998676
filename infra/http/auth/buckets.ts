/** Token buckets: how many requests a caller may make, a minute's worth at once and then evenly. */
import { LRUCache } from 'lru-cache';

const MINUTE_MS = 60_000;

export interface Buckets {
  /** Takes one where the caller has one left of its `perMinute`. */
  take(caller: string, perMinute: number): boolean;
  /** Whether there is one, without taking it. */
  has(caller: string, perMinute: number): boolean;
}

interface Bucket {
  left: number;
  at: number;
}

/** Remembers the newest `most` callers; who is forgotten begins with a full bucket. */
export function createBuckets(most: number, now: () => number = () => performance.now()): Buckets {
  const buckets = new LRUCache<string, Bucket>({ max: most });

  function fill(caller: string, perMinute: number): Bucket {
    const at = now();
    const bucket = buckets.get(caller) ?? { left: perMinute, at };
    bucket.left = Math.min(perMinute, bucket.left + ((at - bucket.at) * perMinute) / MINUTE_MS);
    bucket.at = at;
    return bucket;
  }

  return {
    take(caller, perMinute) {
      const bucket = fill(caller, perMinute);
      buckets.set(caller, bucket);
      if (bucket.left < 1) return false;
      bucket.left -= 1;
      return true;
    },
    has: (caller, perMinute) => fill(caller, perMinute).left >= 1,
  };
}
