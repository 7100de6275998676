/**
 * The erasures of a region as a process knows them: all that there are when it starts, read from the object store, and
 * each one as it is announced. Whoever misses an announcement finds it at the next look.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createErasureBook, type ErasureBook } from '../../domain/erasure/book.ts';
import { MarqueeError } from '../../domain/errors.ts';
import type { ProfileId, Region } from '../../domain/ids.ts';
import { topicName } from '../../domain/topics.ts';
import type { Config } from '../config.ts';
import type { KafkaClient } from '../kafka/client.ts';
import type { Log } from '../log.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { hearAnnouncements } from '../side-inputs/announcements.ts';
import { createErasureSecret } from './secret.ts';
import { createErasureStore } from './store.ts';

export interface FollowedErasures {
  readonly book: ErasureBook;
  /** `forget` is told of each profile whose erasure begins, after the book knows of it; told again where it fails. */
  onBegun(forget: (profileId: ProfileId) => Promise<void>): void;
  /** Whose erasures are under way, for who takes over state of others. */
  underWay(): Promise<readonly ProfileId[]>;
  close(): Promise<void>;
}

export interface FollowErasuresDeps {
  readonly config: Pick<Config, 'region' | 'generation' | 'erasure'>;
  readonly store: ObjectStore;
  /** Absent for those who look once and are done. */
  readonly kafka?: KafkaClient;
  readonly log: Log;
}

/** How often the object store is looked at besides: an announcement may be missed. */
const LOOK_MS = 30_000;
const NO_SECRET =
  'ERASURE_KEY is not set, and profiles were erased in this region: without it they would come back';

/**
 * Resolves once every erasure so far is known. Throws ERASURE_REFUSED where there are erasures and the key is missing, or
 * is another one: a process that went on would bring erased profiles back.
 */
export async function followErasures(deps: FollowErasuresDeps): Promise<FollowedErasures> {
  const { config, store, kafka, log } = deps;
  const { region, generation, erasure } = config;
  if (erasure.key === undefined) {
    await refuseErasures(store, region);
    return {
      book: createErasureBook(() => ''),
      onBegun: () => undefined,
      underWay: () => Promise.resolve([]),
      close: () => Promise.resolve(),
    };
  }
  const secret = createErasureSecret(erasure.key);
  const erasures = createErasureStore(store, region, secret);
  const book = createErasureBook(secret.hashOf);
  const listeners: ((profileId: ProfileId) => Promise<void>)[] = [];
  /** Known to the book, and not to all listeners yet. */
  const untold = new Set<string>();
  const stopping = new AbortController();
  let looking: Promise<void> = Promise.resolve();

  const look = async (): Promise<void> => {
    for (const tombstone of await erasures.tombstones()) if (book.add(tombstone)) untold.add(tombstone.id);
    for (const id of untold) {
      // None once the erasure has ended: whatever this process holds was made without the profile, or is made anew.
      const profileId = await erasures.profileOf(id);
      if (profileId !== undefined) for (const forget of listeners) await forget(profileId);
      untold.delete(id);
    }
  };
  const lookSoon = (): Promise<void> =>
    (looking = looking
      .then(look)
      .catch((err: unknown) => log.warn({ err }, 'erasures cannot be read: tried again')));

  await erasures.checkKey();
  for (const tombstone of await erasures.tombstones()) book.add(tombstone);
  const topic = topicName(region, generation, 'erasures');
  const hearing = kafka && hearAnnouncements({ kafka, topic, onAnnounced: () => void lookSoon(), log });
  const polling = (async () => {
    while (kafka !== undefined && !stopping.signal.aborted) {
      await sleep(LOOK_MS, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
      if (!stopping.signal.aborted) await lookSoon();
    }
  })();
  return {
    book,
    onBegun(forget) {
      listeners.push(forget);
      // Whatever is under way was begun before anybody listened.
      for (const { id } of book.tombstones()) untold.add(id);
      void lookSoon();
    },
    async underWay() {
      const marked = new Set(book.tombstones().map(({ id }) => id));
      const ids = (await erasures.requests()).filter((id) => marked.has(id));
      const found = await Promise.all(ids.map(erasures.profileOf));
      return found.filter((one) => one !== undefined);
    },
    async close() {
      stopping.abort();
      await hearing?.close();
      await polling;
      await looking;
    },
  };
}

async function refuseErasures(store: ObjectStore, region: Region): Promise<void> {
  const found = await store.list(`${region}/erasures/tombstones/`, { limit: 1 });
  if (found.length > 0) throw new MarqueeError('ERASURE_REFUSED', { reason: NO_SECRET });
}
