/** Follows the announced versions of a view in the background, from the last good copy on disk on. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Manifest } from '../domain/manifest.ts';
import type { ViewName } from '../domain/views.ts';
import {
  createSubscriber,
  type LoadedView,
  type Subscription,
  type SubscriptionStatus,
  type ViewSource,
} from '../infra/hermes/subscriber.ts';
import type { Log } from '../infra/log.ts';
import { patiently } from '../infra/patience.ts';

export interface FollowViewOptions<T> {
  readonly view: ViewName;
  readonly repository: ViewSource;
  readonly dir: string;
  readonly load: (versionDir: string, manifest: Manifest) => Promise<T>;
  readonly onVersion: (loaded: LoadedView<T>) => void;
  readonly pollIntervalMs: number;
  readonly log: Log;
  readonly now: () => number;
}

export interface ViewFollower {
  /** Resolves with the first version. */
  readonly loaded: Promise<void>;
  /** Resolves when the store was asked once, whatever it said. */
  readonly asked: Promise<void>;
  /** Undefined until the store was asked. */
  status(): SubscriptionStatus | undefined;
  /** Looks for a newer version soon. */
  nudge(): void;
  close(): Promise<void>;
}

const PAUSE_MS = 2000;

export function followView<T>(options: FollowViewOptions<T>): ViewFollower {
  const { view, load, onVersion, log } = options;
  const subscriber = createSubscriber(options);
  const loaded: PromiseWithResolvers<void> = Promise.withResolvers();
  const stopping = new AbortController();
  let subscription: Subscription<T> | undefined;

  const swap = (version: LoadedView<T>): void => {
    onVersion(version);
    loaded.resolve();
  };

  async function subscribe(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        subscription = await subscriber.subscribe(view, { load, onVersion: swap });
        if (stopping.signal.aborted) await subscription.close();
        return;
      } catch (error) {
        log.error({ err: error, dir: options.dir }, 'folder of last good copies cannot be used: tried again');
        await sleep(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  const asked = subscribe();
  return {
    loaded: loaded.promise,
    asked,
    status: () => subscription?.status(),
    nudge: () => void subscription?.nudge(),
    close() {
      stopping.abort();
      return patiently(subscription?.close(), asked);
    },
  };
}
