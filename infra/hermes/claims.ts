import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import {
  parseClaim,
  serialise,
  viewVersion,
  type Claim,
  type Pointer,
  type ViewName,
  type ViewVersion,
} from '../../domain/views.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { versionOfClaimKey, type ViewKeys } from './keys.ts';
import { readText, toBytes, tryPut } from './text-objects.ts';

/** How many of the newest claims are searched for the run's own. */
const OWN_CLAIM_WINDOW = 64;
const MOST_TRIES = 256;

export type Claims = ReturnType<typeof createClaims>;

/**
 * Version numbers, each claimed by one run with a put that only succeeds where there is nothing. Claims follow each
 * other without a gap, so no number is passed over or given twice.
 */
export function createClaims(store: ObjectStore, keys: ViewKeys) {
  async function readClaim(view: ViewName, version: ViewVersion): Promise<Claim | undefined> {
    const found = await readText(store, keys.claim(view, version));
    return found && parseClaim(found.text, view, version);
  }

  /** A damaged claim is nobody's: its number stays taken. */
  async function ownerOf(view: ViewName, version: ViewVersion): Promise<string | undefined> {
    try {
      return (await readClaim(view, version))?.runId;
    } catch (error) {
      if (isMarqueeError(error, 'VIEW_CORRUPT')) return undefined;
      throw error;
    }
  }

  async function requireOwner(view: ViewName, version: ViewVersion, runId: string): Promise<void> {
    const claim = await readClaim(view, version);
    if (!claim) throw new MarqueeError('VIEW_NOT_FOUND', { view, version });
    if (claim.runId !== runId)
      throw new MarqueeError('VIEW_VERSION_TAKEN', { view, version, owner: claim.runId });
  }

  async function claimedUnder(prefix: string): Promise<ViewVersion[]> {
    const listed = await store.list(prefix);
    return listed.flatMap(({ key }) => versionOfClaimKey(key) ?? []).sort((a, b) => b - a);
  }

  /** The newest claimed number, or 0. Looks from the announced version on, a hundred at a time. */
  async function newest(view: ViewName, pointer: Pointer | undefined): Promise<number> {
    if (!pointer) return (await claimedUnder(keys.versions(view)))[0] ?? 0;
    let found: number = pointer.version;
    for (let hundred = Math.floor(found / 100); ; hundred += 1) {
      const top = (await claimedUnder(keys.hundred(view, hundred)))[0];
      if (top !== undefined) found = Math.max(found, top);
      if (top === undefined || top % 100 !== 99) return found;
    }
  }

  async function ownClaim(view: ViewName, runId: string, from: number): Promise<ViewVersion | undefined> {
    const window = Array.from({ length: Math.min(from, OWN_CLAIM_WINDOW) }, (_, i) => viewVersion(from - i));
    const owners = await Promise.all(window.map((version) => ownerOf(view, version)));
    return window.find((_, i) => owners[i] === runId);
  }

  async function claimVersion(
    view: ViewName,
    runId: string,
    pointer: Pointer | undefined,
  ): Promise<ViewVersion> {
    const top = await newest(view, pointer);
    const own = await ownClaim(view, runId, top);
    if (own !== undefined) return own;
    for (let next = top + 1; next <= top + MOST_TRIES; next += 1) {
      const version = viewVersion(next);
      const body = toBytes(serialise({ view, version, runId }));
      if (await tryPut(store, keys.claim(view, version), body, { ifAbsent: true })) return version;
      if ((await ownerOf(view, version)) === runId) return version;
    }
    throw new MarqueeError('VIEW_VERSION_TAKEN', { view, version: top + MOST_TRIES, owner: 'other runs' });
  }

  return {
    readClaim,
    ownerOf,
    requireOwner,
    claimVersion,
    claimedVersions: (view: ViewName) => claimedUnder(keys.versions(view)),
  };
}
