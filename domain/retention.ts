/** Which versions of a view are no longer kept: what nobody serves, and nobody would go back to. */
import type { Pointer, VersionState, ViewVersion } from './views.ts';

export interface RetentionRules {
  /** Good versions that are kept beside the current one, and as many refused ones, for those who look into them. */
  readonly keep: number;
}

/** A version as far as retention goes. `unreadable` stands for a status that is damaged: it is left alone. */
export interface KeptVersion {
  readonly version: ViewVersion;
  readonly state: VersionState | 'unreadable';
}

export interface Expirable {
  /** Backups that become `expired` first. */
  readonly backups: readonly ViewVersion[];
  /** Versions that were never announced and never will be, since newer ones were. */
  readonly abandoned: readonly ViewVersion[];
  /** Versions refused before, whose parts may go. */
  readonly refused: readonly ViewVersion[];
}

/**
 * Never among them: what is announced, pinned or was announced before it, any version newer than the current one, since a
 * run may be at work on it, and everything while nothing was announced.
 */
export function expirable(
  versions: readonly KeptVersion[],
  pointer: Pointer | undefined,
  { keep }: RetentionRules,
): Expirable {
  if (pointer === undefined) return { backups: [], abandoned: [], refused: [] };
  const untouched = new Set([pointer.version, pointer.previous, pointer.pin]);
  const newestFirst = versions
    .filter(({ version }) => !untouched.has(version))
    .toSorted((a, b) => b.version - a.version);
  const older = newestFirst.filter(({ version }) => version < pointer.version);
  const inState = (list: readonly KeptVersion[], ...states: readonly KeptVersion['state'][]): ViewVersion[] =>
    list.filter(({ state }) => states.includes(state)).map(({ version }) => version);
  return {
    backups: inState(older, 'backup').slice(keep),
    abandoned: inState(older, 'staged', 'verified'),
    refused: [
      ...inState(newestFirst, 'rejected', 'rolled-back').slice(keep),
      // Expired before, by a run that did not come to its end.
      ...inState(newestFirst, 'expired'),
    ],
  };
}
