/** Follows every view that a library is made of, and makes the next one beside the live one whenever one of them changed. */
import type { Manifest } from '../../domain/manifest.ts';
import type { PolicySetting } from '../../domain/ranking-policy.ts';
import { RANKING_POLICY_VIEW } from '../../domain/ranking-policy.ts';
import type { ViewName } from '../../domain/views.ts';
import type { ProfileId } from '../../domain/ids.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import type { Canaries } from '../../infra/hermes/canaries.ts';
import type { SubscriptionStatus } from '../../infra/hermes/subscriber.ts';
import { CLUSTERS_VIEW, createClustersLoader } from '../../infra/views/clusters.ts';
import { createFactorsLoader, ITEM_FACTORS_VIEW } from '../../infra/views/factors.ts';
import { createGenreContextsLoader, GENRE_CONTEXTS_VIEW } from '../../infra/views/genre-contexts.ts';
import { createNeighboursLoader, NEIGHBOURS_VIEW } from '../../infra/views/neighbours.ts';
import type { VersionRepository } from '../../infra/hermes/repositories/port.ts';
import {
  createProfileRowsLoader,
  createStoredRowsLoader,
  PROFILE_ROWS_VIEW,
} from '../../infra/views/profile-rows.ts';
import { createPolicyLoader } from '../../infra/views/ranking-policy.ts';
import type { Catalogue } from '../catalogue.ts';
import { followView, type FollowViewOptions, type ViewFollower } from '../follow-view.ts';
import { followCandidates, type ServedLibrary } from './candidates.ts';
import { buildLibrary, type Library, type LibraryInputs } from './library.ts';

/** `keepsParts` is false for one that reads no parts on this disk. */
type Load<T> = ((versionDir: string, manifest: Manifest) => Promise<T>) & { readonly keepsParts?: boolean };
type Loaded<K extends keyof LibraryInputs> =
  NonNullable<LibraryInputs[K]> extends { readonly value: infer T } ? T : never;

/** How each view is read. */
export interface LibraryLoaders {
  readonly factors: Load<Loaded<'factors'>>;
  readonly neighbours: Load<Loaded<'neighbours'>>;
  readonly clusters: Load<Loaded<'clusters'>>;
  readonly profileRows: Load<Loaded<'profileRows'>>;
  readonly policy: Load<readonly PolicySetting[]>;
  readonly contexts: Load<Loaded<'contexts'>>;
}

/** `storedRows` is where rows made ahead are asked for by key; without it they are held in memory. */
export const createLibraryLoaders = (
  duckdb: Pick<DuckDb, 'use'>,
  storedRows?: Pick<VersionRepository, 'open'>,
): LibraryLoaders => ({
  factors: createFactorsLoader(duckdb),
  neighbours: createNeighboursLoader(duckdb),
  clusters: createClustersLoader(duckdb),
  profileRows:
    storedRows === undefined ? createProfileRowsLoader(duckdb) : createStoredRowsLoader(storedRows),
  policy: createPolicyLoader(duckdb),
  contexts: createGenreContextsLoader(duckdb),
});

/** The views of which a candidate can be served beside the current version, in the order in which profiles are drawn. */
const TRIED_OUT = [
  [CLUSTERS_VIEW, 'clusters'],
  [ITEM_FACTORS_VIEW, 'factors'],
  [NEIGHBOURS_VIEW, 'neighbours'],
  [RANKING_POLICY_VIEW, 'policy'],
] as const;

export interface FollowLibraryDeps extends Omit<FollowViewOptions<unknown>, 'view' | 'load' | 'onVersion'> {
  readonly loaders: LibraryLoaders;
  readonly catalogue: Catalogue;
  /** Which versions are tried out; absent where none is. */
  readonly canaries: Pick<Canaries, 'find'> | undefined;
  /** Of the view `catalogue`; null while a file serves. */
  readonly catalogueVersion: () => number | null;
  /** Makes what else a library needs before it serves. */
  readonly prepare: (library: Library) => Promise<void>;
  /** Called when another library serves. */
  readonly onLibrary: () => void;
}

export interface LibraryFollower {
  /** The live one; undefined before the first. A page is made of one of them. */
  current(): Library | undefined;
  /** What a profile is served by: the live one, or one with a candidate that is tried out on it. Null is nobody in particular. */
  servedTo(profile: ProfileId | null): ServedLibrary | undefined;
  /** Resolves with the first library that all views were asked for, or closing. */
  readonly asked: Promise<void>;
  /** Of the views that were ever published. */
  statuses(): readonly (SubscriptionStatus | undefined)[];
  /** Looks for newer versions soon. */
  nudge(): void;
  /** Makes the next library if anything changed; resolves when there is none to make. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

export function followLibrary(deps: FollowLibraryDeps): LibraryFollower {
  const { loaders, catalogue, log } = deps;
  const inputs: LibraryInputs = {
    ...{ catalogue, catalogueVersion: null },
    ...{ factors: undefined, neighbours: undefined, clusters: undefined },
    ...{ profileRows: undefined, policy: undefined, contexts: undefined },
  };
  let live: Library | undefined;
  let running: Promise<void> | undefined;
  let isClosed = false;

  const follow = (view: ViewName, name: keyof LibraryLoaders): ViewFollower =>
    followView<unknown>({
      ...deps,
      view,
      load: loaders[name],
      keepsParts: loaders[name].keepsParts ?? true,
      onVersion({ version, value }) {
        Object.assign(inputs, { [name]: { version, value } });
        void refresh();
      },
    });

  const isStale = (): boolean =>
    live === undefined ||
    live.source !== catalogue.inOrder() ||
    live.versions.catalogue !== deps.catalogueVersion() ||
    (Object.keys(loaders) as (keyof LibraryLoaders)[]).some((name) => live?.inputs[name] !== inputs[name]);

  const candidates = followCandidates({
    ...deps,
    now: deps.now ?? Date.now,
    views: TRIED_OUT,
    onChange: () => void refresh(),
  });

  async function rebuild(): Promise<void> {
    while (!isClosed && isStale()) {
      const next = { ...inputs, catalogueVersion: deps.catalogueVersion() };
      const library = await buildLibrary(next, live);
      await deps.prepare(library);
      live = library;
      deps.onLibrary();
    }
    while (!isClosed && live !== undefined && candidates.isStale(live)) await candidates.rebuild(live);
  }

  function refresh(): Promise<void> {
    running ??= rebuild()
      .catch((error: unknown) => log.error({ err: error }, 'no library can be made: the one before stays'))
      .finally(() => (running = undefined));
    return running;
  }

  const followers = [
    follow(ITEM_FACTORS_VIEW, 'factors'),
    follow(NEIGHBOURS_VIEW, 'neighbours'),
    follow(CLUSTERS_VIEW, 'clusters'),
    follow(PROFILE_ROWS_VIEW, 'profileRows'),
    follow(RANKING_POLICY_VIEW, 'policy'),
    follow(GENRE_CONTEXTS_VIEW, 'contexts'),
  ];
  // A catalogue in a file says nothing when it is read again.
  const timer = setInterval(() => void refresh(), deps.pollIntervalMs);
  return {
    current: () => live,
    servedTo: (profile) => live && candidates.serve(live, profile),
    asked: Promise.all(followers.map(({ asked }) => asked)).then(refresh),
    statuses: () => followers.map((one) => one.status()).filter((status) => status?.version !== null),
    nudge() {
      for (const one of followers) one.nudge();
      candidates.nudge();
    },
    refresh,
    async close() {
      isClosed = true;
      clearInterval(timer);
      await Promise.all([...followers.map((one) => one.close()), candidates.close()]);
      await running;
    },
  };
}
