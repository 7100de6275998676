import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import {
  isRefused,
  mayBecome,
  parseStatus,
  serialise,
  type VersionState,
  type VersionStatus,
  type ViewName,
  type ViewVersion,
} from '../../domain/views.ts';
import type { ObjectStore } from '../object-store/port.ts';
import type { ViewKeys } from './keys.ts';
import type { StoredManifest } from './parts.ts';
import { readText, toBytes, tryPut } from './text-objects.ts';

/** Why a version was refused: the rule's name and a sentence for the operator. */
export type Refusal = { readonly rule: string; readonly reason: string };

const MOST_TRIES = 32;
/** Characters of a reason that are kept. */
export const LONGEST_REASON = 2000;

export type States = ReturnType<typeof createStates>;

/** What became of each version, written down by compare-and-swap so that a refusal is never overwritten. */
export function createStates(
  store: ObjectStore,
  keys: ViewKeys,
  fetchManifest: (view: ViewName, version: ViewVersion) => Promise<StoredManifest>,
) {
  async function find(view: ViewName, version: ViewVersion) {
    const found = await readText(store, keys.status(view, version));
    return found && { status: parseStatus(found.text, view, version), etag: found.etag };
  }

  /** A version whose status was not written (yet) is staged. */
  async function initial(view: ViewName, version: ViewVersion): Promise<VersionStatus> {
    const manifestSha256 = await fetchManifest(view, version).then(
      (stored) => stored.sha256,
      (error: unknown) => {
        if (isMarqueeError(error, 'VIEW_NOT_FOUND') || isMarqueeError(error, 'VIEW_CORRUPT')) return null;
        throw error;
      },
    );
    return { view, version, state: 'staged', manifestSha256, rule: null, reason: null };
  }

  /** Moves a version to another state; nothing happens when it is there already. Throws VIEW_REJECTED from a refused one. */
  async function move(
    view: ViewName,
    version: ViewVersion,
    to: VersionState,
    refusal?: Refusal,
  ): Promise<void> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const found = await find(view, version);
      const from = found?.status ?? (await initial(view, version));
      if (found && from.state === to) return;
      if (from.state !== to) refuseStep(from, to);
      const next: VersionStatus = {
        ...from,
        state: to,
        rule: refusal?.rule ?? null,
        reason: refusal?.reason.slice(0, LONGEST_REASON) ?? null,
      };
      const condition = found ? { ifMatch: found.etag } : ({ ifAbsent: true } as const);
      if (await tryPut(store, keys.status(view, version), toBytes(serialise(next)), condition)) return;
    }
    throw new MarqueeError('OBJECT_PRECONDITION_FAILED', { key: keys.status(view, version) });
  }

  return { find: async (view: ViewName, version: ViewVersion) => (await find(view, version))?.status, move };
}

/** Throws VIEW_REJECTED when the version was rejected or rolled back. */
export function refuseRefused(status: VersionStatus | undefined): void {
  if (!status || !isRefused(status.state)) return;
  const { view, version, rule, reason, state } = status;
  throw new MarqueeError('VIEW_REJECTED', { view, version, rule: rule ?? state, reason: reason ?? state });
}

function refuseStep(from: VersionStatus, to: VersionState): void {
  refuseRefused(from);
  if (mayBecome(from.state, to)) return;
  throw new MarqueeError('REQUEST_INVALID', {
    field: 'state',
    shape: `${to} after ${from.state}`,
    expected: 'a step that versions take',
  });
}
