/** Follows the announced versions of a view in the background, from the last good copy on disk on. */
import type { Manifest } from '../domain/manifest.ts';
import type { ViewName } from '../domain/views.ts';
import {
  followView as followInBackground,
  type FollowDeps,
  type FollowedView,
} from '../infra/hermes/followed-view.ts';
import type { LoadedView } from '../infra/hermes/subscriber.ts';

export interface FollowViewOptions<T> extends FollowDeps {
  readonly view: ViewName;
  readonly load: (versionDir: string, manifest: Manifest) => Promise<T>;
  /** False where `load` reads no parts on this disk. */
  readonly keepsParts?: boolean;
  readonly onVersion: (loaded: LoadedView<T>) => void;
}

export interface ViewFollower extends Pick<FollowedView<unknown>, 'asked' | 'status' | 'nudge' | 'close'> {
  /** Resolves with the first version. */
  readonly loaded: Promise<void>;
}

export function followView<T>({
  view,
  load,
  keepsParts = true,
  onVersion,
  ...deps
}: FollowViewOptions<T>): ViewFollower {
  const loaded: PromiseWithResolvers<void> = Promise.withResolvers();
  const followed = followInBackground<T>(deps, view, {
    load,
    keepsParts,
    onVersion(version) {
      onVersion(version);
      loaded.resolve();
    },
  });
  return { ...followed, loaded: loaded.promise };
}
