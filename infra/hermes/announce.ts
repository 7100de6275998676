import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import type { Pointer, VersionStatus, ViewName, ViewVersion } from '../../domain/views.ts';
import type { Claims } from './claims.ts';
import type { StoredManifest } from './parts.ts';
import type { Pointers } from './pointers.ts';
import { refuseRefused, type States } from './states.ts';

export type AnnounceOptions = { readonly parent: ViewVersion | null; readonly runId: string };
/** `moved` is false when the version had been announced before: nothing changed. */
export type Announced = { readonly pointer: Pointer; readonly moved: boolean };

export type AnnounceDeps = {
  readonly claims: Claims;
  readonly states: States;
  readonly pointers: Pointers;
  readonly fetchManifest: (view: ViewName, version: ViewVersion) => Promise<StoredManifest>;
  readonly retreat: (view: ViewName, from: ViewVersion) => Promise<Pointer | undefined>;
  readonly now: () => Date;
};

/**
 * Makes a verified version the current one. Steps: check that the run owns it and that it was not refused; swap the
 * pointer if it still names the parent; write down both versions' states. A crash after any step is made good by
 * calling it again with the same version and run: the pointer, once swapped, proves the rest.
 */
export async function announceVersion(
  deps: AnnounceDeps,
  view: ViewName,
  version: ViewVersion,
  { parent, runId }: AnnounceOptions,
): Promise<Announced> {
  await deps.claims.requireOwner(view, version, runId);
  const manifest = await deps.fetchManifest(view, version);
  const status = await deps.states.find(view, version);
  refuseRefused(status);
  const swapped = await deps.pointers.swap(view, (current) => {
    if (current && wasAnnounced(current, version, status)) return undefined;
    refuseMovedParent(view, version, parent, current);
    if (status?.state !== 'verified') {
      throw new MarqueeError('REQUEST_INVALID', {
        field: 'version',
        shape: `${version}, ${status?.state ?? 'staged'}`,
        expected: 'a verified version',
      });
    }
    return {
      view,
      version,
      previous: parent,
      announcedAt: deps.now().toISOString(),
      manifestSha256: manifest.sha256,
      pin: current?.pin ?? null,
    };
  });
  const pointer = swapped.pointer as Pointer;
  await writeStates(deps, view, pointer);
  return { pointer, moved: swapped.moved };
}

/** It is current, or was until a newer one came. */
function wasAnnounced(current: Pointer, version: ViewVersion, status: VersionStatus | undefined): boolean {
  if (current.version === version || current.previous === version) return true;
  return status?.state === 'announced' || status?.state === 'backup';
}

function refuseMovedParent(
  view: ViewName,
  version: ViewVersion,
  parent: ViewVersion | null,
  current: Pointer | undefined,
): void {
  const actual = current?.version ?? null;
  if (actual === parent && (actual === null || actual < version)) return;
  throw new MarqueeError('VIEW_PARENT_MOVED', { view, actual: actual ?? 'none', expected: parent ?? 'none' });
}

async function writeStates(deps: AnnounceDeps, view: ViewName, pointer: Pointer): Promise<void> {
  try {
    await deps.states.move(view, pointer.version, 'announced');
  } catch (error) {
    // It was rejected while the pointer moved: a refused version must not stay current.
    if (isMarqueeError(error, 'VIEW_REJECTED')) await deps.retreat(view, pointer.version);
    throw error;
  }
  if (pointer.previous === null) return;
  const previous = await deps.states.find(view, pointer.previous);
  if (previous?.state === 'verified') await deps.states.move(view, pointer.previous, 'announced');
  if (previous?.state === 'verified' || previous?.state === 'announced') {
    await deps.states.move(view, pointer.previous, 'backup');
  }
}
