/** One byte of a published version is not what it was: subscribers refuse it, whichever byte of whichever part it is. */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMarqueeError } from '../../../domain/errors.ts';
import type { Region } from '../../../domain/ids.ts';
import { viewName, type ViewVersion } from '../../../domain/views.ts';
import { createViewKeys } from '../../../infra/hermes/keys.ts';
import { createViewRepository, type ViewRepository } from '../../../infra/hermes/repository.ts';
import { createSubscriber, localPartPath, type Subscription } from '../../../infra/hermes/subscriber.ts';
import { silentLog } from '../../../infra/log.ts';
import type { ObjectStore } from '../../../infra/object-store/port.ts';
import { publish } from '../../support/object-store-views.ts';
import { inLanes, type Finding, type Say } from './finding.ts';

export interface FlipSettings {
  readonly store: ObjectStore;
  readonly region: Region;
  /** For the subscribers' copies. */
  readonly folder: string;
  /** Bytes flipped in each object, spread over it; all of them where it has fewer. */
  readonly flips: number;
  readonly say: Say;
}

const VIEW = viewName('flipped');
const LANES = 6;
const PART_BYTES = 600;
const textOf = (run: string, part: number): string => `${run} of part ${part} `.padEnd(PART_BYTES, `${part}`);
const partsOf = (run: string): Record<string, string> =>
  Object.fromEntries([0, 1, 2, 3].map((part) => [`part-${part}`, textOf(run, part)]));

export async function proveFlips({ store, region, folder, flips, say }: FlipSettings): Promise<Finding> {
  const repository = createViewRepository({ store, region });
  const keys = createViewKeys(region);
  const first = await publish(repository, VIEW, 'run-1', partsOf('run-1'), region);
  const second = await publish(repository, VIEW, 'run-2', partsOf('run-2'), region);
  const { parts } = await repository.readManifest(VIEW, second);
  const differences: string[] = [];
  const counts = { flips: 0, refused: 0, objects: 0 };

  const objects = [...parts.map(({ name }) => keys.part(VIEW, second, name)), keys.manifest(VIEW, second)];
  for (const key of objects) {
    const { body } = (await store.get(key))!;
    const step = Math.max(1, Math.floor(body.length / flips));
    const places = Array.from({ length: Math.min(flips, body.length) }, (_, i) => i * step);
    await inLanes(places, LANES, async (place) => {
      const wrong = await follow(flippedAt(store, key, body, place), { region, folder, first, second });
      counts.flips += 1;
      if (wrong === undefined) counts.refused += 1;
      else differences.push(`${key}, byte ${place}: ${wrong}`);
    });
    counts.objects += 1;
    say(`${key}: ${places.length} bytes flipped`);
  }
  const stored = await flipStored(store, repository, keys.part(VIEW, second, parts[0]!.name), second);
  if (stored !== undefined) differences.push(stored);
  const local = await flipLocal(repository, folder, second);
  if (local !== undefined) differences.push(local);
  return { figures: { ...counts, flipped_on_disk: 1, flipped_in_store: 1 }, differences };
}

/** The store, but for one byte of one object. */
function flippedAt(store: ObjectStore, key: string, body: Uint8Array, place: number): ObjectStore {
  const flipped = Uint8Array.from(body);
  flipped[place]! ^= 1 << (place % 8);
  return {
    ...store,
    async get(asked, range) {
      const found = await store.get(asked, range);
      return asked === key && found !== undefined ? { ...found, body: flipped } : found;
    },
  };
}

interface Followed {
  readonly region: Region;
  readonly folder: string;
  readonly first: ViewVersion;
  readonly second: ViewVersion;
}

/** A subscriber that serves the version before is told of the one that is damaged. */
async function follow(
  store: ObjectStore,
  { region, folder, first, second }: Followed,
): Promise<string | undefined> {
  const repository = createViewRepository({ store, region });
  let announced: ViewVersion = first;
  const dir = await mkdtemp(join(folder, 'flips-'));
  const subscription = await subscribe(dir, {
    ...repository,
    async readPointer(view) {
      const pointer = await repository.readPointer(view);
      if (pointer === undefined || announced === second) return pointer;
      const { sha256 } = await repository.fetchManifest(view, first);
      return { ...pointer, version: first, manifestSha256: sha256 };
    },
  });
  try {
    if (subscription.current()?.version !== first) return 'the version before is not served';
    announced = second;
    await subscription.nudge();
    const { version, lastError } = subscription.status();
    if (version !== first || subscription.current()?.value !== textOf('run-1', 0)) return 'it is served';
    return lastError?.code === 'VIEW_CORRUPT' ? undefined : `it is not refused, but ${lastError?.code}`;
  } finally {
    await subscription.close();
  }
}

const subscribe = (
  dir: string,
  repository: Pick<ViewRepository, 'readPointer' | 'fetchManifest' | 'readPart'>,
): Promise<Subscription<string>> =>
  createSubscriber({ repository, dir, log: silentLog(), pollIntervalMs: 600_000 }).subscribe(VIEW, {
    load: (versionDir, { parts }) => readFile(localPartPath(versionDir, parts[0]!), 'utf8'),
  });

/** For good: what lies in the store is another byte, and a new subscriber has nothing to serve in its place. */
async function flipStored(
  store: ObjectStore,
  repository: ViewRepository,
  key: string,
  version: ViewVersion,
): Promise<string | undefined> {
  const { body } = (await store.get(key))!;
  const flipped = Uint8Array.from(body);
  flipped[body.length >> 1]! ^= 4;
  await store.put(key, flipped);
  const isRefused = await repository.verify(VIEW, version).then(
    () => false,
    (error: unknown) => isMarqueeError(error, 'VIEW_CORRUPT'),
  );
  await store.put(key, body);
  await repository.verify(VIEW, version);
  return isRefused ? undefined : 'verifying did not find a flipped byte in the store';
}

/** The last good copy of a start without the store is damaged on disk: it is fetched anew. */
async function flipLocal(
  repository: ViewRepository,
  folder: string,
  version: ViewVersion,
): Promise<string | undefined> {
  const dir = await mkdtemp(join(folder, 'flips-'));
  await (await subscribe(dir, repository)).close();
  const path = localPartPath(join(dir, VIEW, String(version).padStart(8, '0')), { name: 'part-2' });
  const body = await readFile(path);
  body[7]! ^= 1;
  await writeFile(path, body);
  const again = await subscribe(dir, repository);
  await again.close();
  const mended = (await readFile(path, 'utf8')) === textOf('run-2', 2);
  const isServed = again.current()?.value === textOf('run-2', 0) && again.current()?.source === 'store';
  return mended && isServed ? undefined : 'a copy with a flipped byte was not fetched anew';
}
