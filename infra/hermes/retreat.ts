import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import { isRefused, type Pointer, type ViewName, type ViewVersion } from '../../domain/views.ts';
import type { Claims } from './claims.ts';
import type { StoredManifest } from './parts.ts';
import type { Pointers } from './pointers.ts';
import { refuseRefused, type Refusal, type States } from './states.ts';

/** How many older versions are looked at for one to go back to. */
const BACKUP_WINDOW = 64;

export type RetreatDeps = {
  readonly claims: Claims;
  readonly states: States;
  readonly pointers: Pointers;
  readonly fetchManifest: (view: ViewName, version: ViewVersion) => Promise<StoredManifest>;
  readonly now: () => Date;
};

export type Retreat = ReturnType<typeof createRetreat>;

/** Ways back: from a bad version to the newest good one, or to a chosen one for as long as an operator wants. */
export function createRetreat({ claims, states, pointers, fetchManifest, now }: RetreatDeps) {
  /** The newest version below this one that was announced once and not refused since. */
  async function newestBackup(view: ViewName, below: ViewVersion): Promise<ViewVersion | undefined> {
    const older = (await claims.claimedVersions(view)).filter((version) => version < below);
    for (const version of older.slice(0, BACKUP_WINDOW)) {
      const state = (await states.find(view, version))?.state;
      if (state === 'backup' || state === 'announced') return version;
    }
    return undefined;
  }

  /** Points away from a version to the newest good one; undefined, and nothing changed, where there is none. */
  async function retreat(view: ViewName, from: ViewVersion): Promise<Pointer | undefined> {
    const target = await newestBackup(view, from);
    if (target === undefined) return undefined;
    const { sha256 } = await fetchManifest(view, target);
    const { pointer } = await pointers.swap(view, (current) => {
      if (current === undefined) return undefined;
      const pin = current.pin === from ? null : current.pin;
      // Another was announced meanwhile: only a pin that somebody set to it must go.
      if (current.version !== from) return pin === current.pin ? undefined : { ...current, pin };
      return {
        ...current,
        version: target,
        previous: null,
        announcedAt: now().toISOString(),
        manifestSha256: sha256,
        pin,
      };
    });
    return pointer?.version === target ? stillServable(view, pointer) : pointer;
  }

  /** Somebody may have refused it while the pointer moved, and have found the pointer elsewhere: then on to the one before it. */
  async function stillServable(view: ViewName, pointer: Pointer): Promise<Pointer | undefined> {
    try {
      await states.move(view, pointer.version, 'announced');
      return pointer;
    } catch (error) {
      if (!isMarqueeError(error, 'VIEW_REJECTED')) throw error;
      return retreat(view, pointer.version);
    }
  }

  async function rollBack(view: ViewName, version: ViewVersion, refusal: Refusal): Promise<Pointer> {
    if ((await newestBackup(view, version)) === undefined) {
      throw new MarqueeError('VIEW_NOT_FOUND', { view, version: `good before ${version}` });
    }
    const state = (await states.find(view, version))?.state;
    // A crash between pointer and states leaves the current version written down as verified.
    if (state === 'verified' && (await pointers.read(view))?.version === version) {
      await states.move(view, version, 'announced');
    }
    if (state === undefined || !isRefused(state)) await states.move(view, version, 'rolled-back', refusal);
    const pointer = await retreat(view, version);
    if (!pointer) throw new MarqueeError('VIEW_NOT_FOUND', { view, version: `good before ${version}` });
    return pointer;
  }

  async function pin(view: ViewName, version: ViewVersion | null): Promise<Pointer> {
    if (version !== null) {
      await fetchManifest(view, version);
      refuseRefused(await states.find(view, version));
    }
    const { pointer } = await pointers.swap(view, (current) => {
      if (!current) throw new MarqueeError('VIEW_NOT_FOUND', { view, version: 'announced' });
      return current.pin === version ? undefined : { ...current, pin: version };
    });
    return version === null ? (pointer as Pointer) : stillGood(view, version, pointer as Pointer);
  }

  /** It may have been refused while the pin was set: then the pin is let go, and never was. */
  async function stillGood(view: ViewName, version: ViewVersion, pinned: Pointer): Promise<Pointer> {
    try {
      refuseRefused(await states.find(view, version));
      return pinned;
    } catch (error) {
      await pointers.swap(view, (current) =>
        current?.pin === version ? { ...current, pin: null } : undefined,
      );
      throw error;
    }
  }

  return { retreat, rollBack, pin, newestBackup };
}
