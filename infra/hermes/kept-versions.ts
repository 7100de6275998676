/** Every version whose parts are kept, and the snapshots that it was made from: the lake must not lose those. */
import type { Region } from '../../domain/ids.ts';
import { isMarqueeError } from '../../domain/errors.ts';
import {
  LARGEST_VERSION,
  VIEW_NAME,
  type VersionState,
  type ViewName,
  type ViewVersion,
} from '../../domain/views.ts';
import type { KeptVersion, ReadKeptVersions } from '../lake/care/inputs.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { createViewRepository } from './repository.ts';

const SERVABLE: ReadonlySet<VersionState> = new Set(['announced', 'backup']);
const AT_WORK: ReadonlySet<VersionState> = new Set(['staged', 'verified']);

interface Named {
  readonly view: ViewName;
  readonly version: ViewVersion;
}

/**
 * Found by what lies in the store and not by a list of views, so that no view is forgotten: every version that has parts,
 * and those that pointers name. A version that is damaged is passed over; nobody can serve it.
 */
export function createKeptVersions(deps: {
  readonly store: ObjectStore;
  readonly region: Region;
}): ReadKeptVersions {
  const { store, region } = deps;
  const views = createViewRepository({ store, region });
  const root = `${region}/views/`;

  return async () => {
    const [named, pointed] = namedIn((await store.list(root)).map(({ key }) => key.slice(root.length)));
    const pinned = new Set<string>();
    for (const view of pointed) {
      const pointer = await views.readPointer(view);
      for (const version of [pointer?.version, pointer?.previous, pointer?.pin]) {
        if (version === undefined || version === null) continue;
        pinned.add(`${view}/${version}`);
        named.set(`${view}/${version}`, { view, version });
      }
    }
    const kept: KeptVersion[] = [];
    for (const [name, one] of named) {
      const found = await keptOf(one, pinned.has(name));
      if (found !== undefined) kept.push(found);
    }
    return kept;
  };

  async function keptOf({ view, version }: Named, isPointed: boolean): Promise<KeptVersion | undefined> {
    try {
      const state = await views.readState(view, version);
      const isServable = isPointed || SERVABLE.has(state);
      if (!isServable && !AT_WORK.has(state)) return undefined;
      const { inputs } = await views.readManifest(view, version);
      const tables = inputs.filter((input) => 'table' in input);
      return tables.length === 0 ? undefined : { view, version, isServable, inputs: tables };
    } catch (error) {
      if (isMarqueeError(error, 'VIEW_CORRUPT') || isMarqueeError(error, 'VIEW_NOT_FOUND')) return undefined;
      throw error;
    }
  }
}

/** Versions that have parts, and views that have a pointer, from keys below the folder of views. */
function namedIn(keys: readonly string[]): [Map<string, Named>, Set<ViewName>] {
  const named = new Map<string, Named>();
  const pointed = new Set<ViewName>();
  for (const key of keys) {
    const [view, rest] = [key.slice(0, key.indexOf('/')), key.slice(key.indexOf('/') + 1)];
    if (!VIEW_NAME.test(view)) continue;
    if (rest === 'pointer.json') pointed.add(view as ViewName);
    const version = Number(/^versions\/(\d{8})\/parts\//.exec(rest)?.[1] ?? 0);
    if (version < 1 || version > LARGEST_VERSION) continue;
    named.set(`${view}/${version}`, { view: view as ViewName, version: version as ViewVersion });
  }
  return [named, pointed];
}
