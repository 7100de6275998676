/** A subscriber on the memory double whose store can go away, for the tests of following views. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { MarqueeError } from '../../domain/errors.ts';
import { region } from '../../domain/ids.ts';
import type { Manifest } from '../../domain/manifest.ts';
import { viewName, viewVersion } from '../../domain/views.ts';
import { createViewRepository } from '../../infra/hermes/repository.ts';
import { createSubscriber, localPartPath, type Subscription } from '../../infra/hermes/subscriber.ts';
import { createLog } from '../../infra/log.ts';
import { createMemoryObjectStore } from '../../infra/object-store/memory.ts';
import type { ObjectStore } from '../../infra/object-store/port.ts';
import { publish } from './object-store-views.ts';

export const view = viewName('popularity');
export const v = viewVersion;
export const PART_2 = 'local/views/popularity/versions/00000002/parts/part-0.parquet';

export type Line = { level: string; msg: string; version?: number; code?: string };

/** What a view's value is in these tests: the text of its first part. */
export const loadText = async (dir: string, manifest: Manifest): Promise<string> =>
  readFile(localPartPath(dir, manifest.parts[0]!), 'utf8');

export async function setUp(t: TestContext) {
  const dir = await mkdtemp(join(tmpdir(), 'marquee-subscriber-'));
  const memory = createMemoryObjectStore();
  let gone = false;
  const keys: string[] = [];
  const store: ObjectStore = {
    ...memory,
    async get(key, range) {
      keys.push(key);
      if (gone) throw new MarqueeError('OBJECT_STORE_UNAVAILABLE', { key, reason: 'it is gone' });
      return memory.get(key, range);
    },
  };
  let clock = Date.parse('2026-02-03T04:00:00Z');
  const repository = createViewRepository({ store, region: region('local'), now: () => new Date(clock) });
  const lines: Line[] = [];
  const log = createLog({
    name: 'test',
    level: 'info',
    destination: { write: (line) => void lines.push(JSON.parse(line) as Line) },
  });
  const open: Subscription<unknown>[] = [];
  const subscriber = createSubscriber({ repository, dir, log, pollIntervalMs: 60_000, now: () => clock });
  t.after(async () => {
    for (const subscription of open) await subscription.close();
    await rm(dir, { recursive: true });
  });
  return {
    dir: join(dir, view),
    store: memory,
    repository,
    lines,
    subscribe: async (load = loadText, onVersion?: () => void) => {
      const subscription = await subscriber.subscribe(view, { load, ...(onVersion ? { onVersion } : {}) });
      open.push(subscription);
      return subscription;
    },
    /** Another subscription on this folder, to be closed before the folder goes. */
    closeFirst: (subscription: Subscription<unknown>) => void open.push(subscription),
    publish: (run: string, text: string) => publish(repository, view, run, { 'part-0': text }),
    setGone: (value: boolean) => (gone = value),
    wait: (ms: number) => (clock += ms),
    gets: () => keys.length,
    /** Of every get so far. */
    keys,
  };
}

export const said = (lines: Line[], text: string): Line[] => lines.filter(({ msg }) => msg.includes(text));
