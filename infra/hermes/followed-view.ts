/**
 * A view that a process looks things up in, followed for as long as it lives. Nothing waits for it: before the first version
 * there is none, which may be logged once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ViewName } from '../../domain/views.ts';
import type { Log } from '../log.ts';
import { patiently } from '../patience.ts';
import {
  createSubscriber,
  type LoadedView,
  type SubscribeOptions,
  type Subscription,
  type SubscriptionStatus,
  type ViewSource,
} from './subscriber.ts';

export interface FollowDeps {
  readonly repository: ViewSource;
  /** Folder of the last good copies; only this process writes there. */
  readonly dir: string;
  readonly pollIntervalMs: number;
  readonly log: Log;
  /** Milliseconds since the epoch; the clock by default. */
  readonly now?: () => number;
}

export interface FollowedView<T> {
  current(): LoadedView<T> | undefined;
  /** Undefined until the store was asked. */
  status(): SubscriptionStatus | undefined;
  /** Looks for a newer version soon. */
  nudge(): void;
  /** Resolves when the store was asked once, whatever it said, or closing. */
  readonly asked: Promise<void>;
  close(): Promise<void>;
}

const PAUSE_MS = 2000;

/** `without` says, for the log, what goes on while there is no version; nothing is logged where it is not given. */
export function followView<T>(
  deps: FollowDeps,
  view: ViewName,
  {
    load,
    keepsParts = true,
    without,
    onVersion,
  }: Pick<SubscribeOptions<T>, 'load' | 'keepsParts'> & {
    readonly without?: string;
    readonly onVersion?: (loaded: LoadedView<T>) => void;
  },
): FollowedView<T> {
  const log = deps.log.child({ view });
  const subscriber = createSubscriber(deps);
  const stopping = new AbortController();
  let subscription: Subscription<T> | undefined;
  let live: LoadedView<T> | undefined;

  async function subscribe(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        subscription = await subscriber.subscribe<T>(view, {
          load,
          keepsParts,
          onVersion(loaded) {
            live = loaded;
            onVersion?.(loaded);
          },
        });
        if (live === undefined && without !== undefined)
          log.warn(`there is no version of this view yet: ${without}`);
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
    status: () => subscription?.status(),
    nudge: () => void subscription?.nudge(),
    asked,
    close() {
      stopping.abort();
      return patiently(subscription?.close(), asked);
    },
  };
}
