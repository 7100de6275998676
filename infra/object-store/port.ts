/** Bytes `from` (inclusive) to `to` (exclusive), as in `slice`; what lies past the end is left out. */
export type ByteRange = { readonly from: number; readonly to: number };

/** Write only if the object still has this etag, or only if there is none. */
export type PutCondition = { readonly ifMatch: string } | { readonly ifAbsent: true };

export type StoredObject = { readonly body: Uint8Array; readonly etag: string };
export type ListedObject = { readonly key: string; readonly size: number; readonly etag: string };
export type ListOptions = {
  /** Only keys above this one. */
  readonly after?: string;
  /** At most so many keys. */
  readonly limit?: number;
};

/**
 * Where pointers, manifests, parts, leases and checkpoints are kept. Keys are `/`-separated; no key may be the folder
 * of another. An etag stands for the content: two puts of the same bytes may share it.
 *
 * Every verb may fail with OBJECT_STORE_UNAVAILABLE (no answer in time; the same call may succeed when repeated) or
 * OBJECT_STORE_DENIED (wrong key, secret or bucket).
 */
export type ObjectStore = {
  /** The object's bytes (or a range of them), or undefined where there is none. */
  get(key: string, range?: ByteRange): Promise<StoredObject | undefined>;
  /**
   * Writes the whole object in one step: readers see the old bytes or the new, never a mixture. Throws
   * OBJECT_PRECONDITION_FAILED when the condition does not hold, in which case the object holds somebody else's write.
   * OBJECT_STORE_UNAVAILABLE from a put means that the outcome is not known.
   */
  put(key: string, body: Uint8Array, condition?: PutCondition): Promise<{ etag: string }>;
  /** Objects whose key starts with `prefix`, ascending by the UTF-8 bytes of the key. */
  list(prefix: string, options?: ListOptions): Promise<ListedObject[]>;
  /** Removes the object; nothing happens where there is none. */
  delete(key: string): Promise<void>;
};
