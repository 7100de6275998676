import type { Manifest } from '../../domain/manifest.ts';
import type { ViewName, ViewVersion } from '../../domain/views.ts';
import type { Log } from '../log.ts';
import { createLocalCopies, type ViewSource } from './local-copies.ts';
import { createFollower } from './follower.ts';

export { localPartPath, type ViewSource } from './local-copies.ts';

export type SubscriberDeps = {
  readonly repository: ViewSource;
  /** Folder of the last good copies; only this process writes there. */
  readonly dir: string;
  readonly log: Log;
  /** Milliseconds between looks at the pointer when nobody nudges. */
  readonly pollIntervalMs: number;
  /** Versions kept on disk, the live one included (default 2). */
  readonly keepVersions?: number;
  /** Clock, milliseconds since the epoch. */
  readonly now?: () => number;
};

export type SubscribeOptions<T> = {
  /** Makes a verified local copy servable. Parts lie at `localPartPath(versionDir, part)`. A throw refuses the version. */
  readonly load: (versionDir: string, manifest: Manifest) => T | Promise<T>;
  /** False where `load` reads no parts on this disk: none are brought here (default true). */
  readonly keepsParts?: boolean;
  /** Called after each swap. */
  readonly onVersion?: (loaded: LoadedView<T>) => void;
};

/** The version being served. `source` is `disk` while the store has not confirmed that it is still the announced one. */
export type LoadedView<T> = {
  readonly version: ViewVersion;
  readonly manifest: Manifest;
  readonly value: T;
  readonly source: 'store' | 'disk';
  /** ISO instant. */
  readonly loadedAt: string;
};

export type SubscriptionStatus = {
  readonly view: ViewName;
  readonly version: ViewVersion | null;
  /** The pointer's pin, as last read. */
  readonly pinned: ViewVersion | null;
  readonly source: 'store' | 'disk' | null;
  readonly loadedAt: string | null;
  /** From the announcement of the live version to its being loaded; null where it was announced before, or follows a pin. */
  readonly loadLagMs: number | null;
  /** How long the version to be served has waited, since its announcement; 0 when it is live, null when not known. */
  readonly lagMs: number | null;
  /** Versions refused so far, each try counted. */
  readonly refused: number;
  readonly lastError: { readonly code: string; readonly message: string } | null;
};

export type Subscription<T> = {
  /** The live version, or undefined before the first. */
  current(): LoadedView<T> | undefined;
  status(): SubscriptionStatus;
  /** Looks at the pointer now; resolves when that look, begun after this call, has ended. Never rejects. */
  nudge(): Promise<void>;
  /** Stops following and waits for a look under way. */
  close(): Promise<void>;
};

/**
 * Follows announced versions of views. A new version is downloaded beside the live one, verified, loaded, and swapped
 * in by one assignment; whatever goes wrong on the way, the live version keeps serving. `subscribe` resolves after the
 * last good copy on disk was loaded and the store was asked once, and never rejects because of either.
 */
export function createSubscriber(deps: SubscriberDeps) {
  async function subscribe<T>(view: ViewName, options: SubscribeOptions<T>): Promise<Subscription<T>> {
    const copies = createLocalCopies(deps.dir, view, options);
    await copies.prepare();
    const follower = createFollower(deps, copies, view, options);
    await follower.loadLastGood();

    let running: Promise<void> = Promise.resolve();
    let waiting: Promise<void> | undefined;
    let timer: NodeJS.Timeout | undefined;
    let closed = false;

    function nudge(): Promise<void> {
      if (closed) return running;
      // Any number of nudges during a look ask for one more look.
      waiting ??= running.then(() => {
        waiting = undefined;
        running = closed ? Promise.resolve() : follower.look();
        return running;
      });
      return waiting;
    }

    async function poll(): Promise<void> {
      await nudge();
      if (!closed) timer = setTimeout(() => void poll(), deps.pollIntervalMs);
    }

    await poll();
    return {
      current: follower.current,
      status: follower.status,
      nudge,
      async close() {
        closed = true;
        clearTimeout(timer);
        await waiting;
        await running;
      },
    };
  }

  return { subscribe };
}
