/** Tears what checkpoints of a partition consist of, and reads what they say without the code that wrote them. */
import type { ObjectStore } from '../../infra/object-store/port.ts';
import type { Manifest } from '../../infra/state/checkpoint-manifest.ts';

export type Harm = 'torn' | 'missing';
type Store = Pick<ObjectStore, 'get' | 'put' | 'delete'>;

export const NEWEST = 'manifest';
export const BEFORE = 'manifest.before';
export type Which = typeof NEWEST | typeof BEFORE;

/** Removes the object, or cuts off what follows its first `share`. */
export async function harm(store: Store, key: string, how: Harm, share = 0.7): Promise<void> {
  const found = await store.get(key);
  if (how === 'missing' || found === undefined) return store.delete(key);
  await store.put(key, found.body.subarray(0, Math.floor(found.body.length * share)));
}

/** The second line of a manifest is JSON. Undefined where there is none, or nothing in it yet. */
export async function manifestIn(
  store: Pick<ObjectStore, 'get'>,
  prefix: string,
  which: Which,
): Promise<Manifest | undefined> {
  const found = await store.get(`${prefix}/${which}`);
  const [, json] = Buffer.from(found?.body ?? [])
    .toString('utf8')
    .split('\n');
  if (json === undefined) return undefined;
  const manifest = JSON.parse(json) as Manifest;
  return Object.keys(manifest.positions).length === 0 ? undefined : manifest;
}
