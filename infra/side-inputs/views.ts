/**
 * The views that stages look things up in, followed for as long as the process lives. Nothing waits for them: before a
 * view's first version its look-up is undefined, which is logged once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { CATALOGUE_VIEW } from '../../domain/catalogue.ts';
import { PAGES_VIEW } from '../../domain/pages.ts';
import type { CatalogueLookup, PagesLookup } from '../../domain/side-inputs.ts';
import type { ViewName } from '../../domain/views.ts';
import type { DuckDb } from '../duckdb/duckdb.ts';
import {
  createSubscriber,
  type SubscribeOptions,
  type Subscription,
  type ViewSource,
} from '../hermes/subscriber.ts';
import type { Log } from '../log.ts';
import { createCatalogueLoader } from './catalogue.ts';
import { createPagesLoader } from './pages.ts';

export interface SideViewsDeps {
  readonly repository: ViewSource;
  readonly duckdb: Pick<DuckDb, 'use'>;
  /** Folder of the last good copies; only this process writes there. */
  readonly dir: string;
  readonly pollIntervalMs: number;
  readonly log: Log;
}

export interface SideViews {
  catalogue(): CatalogueLookup | undefined;
  pages(): PagesLookup | undefined;
  /** Looks for newer versions soon: something was announced. */
  nudge(): void;
  /** Resolves when the store was asked once for each, whatever it said. */
  readonly asked: Promise<void>;
  close(): Promise<void>;
}

const PAUSE_MS = 2000;

export function followSideViews(deps: SideViewsDeps): SideViews {
  const catalogue = follow(deps, CATALOGUE_VIEW, createCatalogueLoader(deps.duckdb));
  const pages = follow(deps, PAGES_VIEW, createPagesLoader(deps.duckdb));
  const all = [catalogue, pages];
  return {
    catalogue: () => catalogue.current(),
    pages: () => pages.current(),
    nudge() {
      for (const one of all) one.nudge();
    },
    asked: Promise.all(all.map((one) => one.asked)).then(() => undefined),
    async close() {
      await Promise.all(all.map((one) => one.close()));
    },
  };
}

interface Followed<T> {
  current(): T | undefined;
  nudge(): void;
  readonly asked: Promise<void>;
  close(): Promise<void>;
}

function follow<T>(deps: SideViewsDeps, view: ViewName, load: SubscribeOptions<T>['load']): Followed<T> {
  const log = deps.log.child({ view });
  const subscriber = createSubscriber(deps);
  const stopping = new AbortController();
  let subscription: Subscription<T> | undefined;
  let live: T | undefined;

  async function subscribe(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        subscription = await subscriber.subscribe(view, {
          load,
          onVersion: ({ value }) => {
            live = value;
          },
        });
        if (live === undefined) log.warn('there is no version of this view yet: events go on without it');
        if (stopping.signal.aborted) await subscription.close();
        return;
      } catch (error) {
        log.error({ err: error, dir: deps.dir }, 'folder of last good copies cannot be used: tried again');
        await sleep(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  const asked = subscribe();
  return {
    current: () => live,
    nudge: () => void subscription?.nudge(),
    asked,
    async close() {
      stopping.abort();
      await subscription?.close();
      await asked;
    },
  };
}
