import { isMarqueeError } from '../domain/errors.ts';
import { PARENT_MOVED, type Refusal } from '../domain/publishing.ts';
import type { ViewName, ViewVersion } from '../domain/views.ts';
import type { ActivityDeps } from './deps.ts';
import { reportStep } from './guard.ts';
import { withWorkFolder } from './work-folder.ts';
import { fetchVersion } from './local-version.ts';

/** Whose version it is. */
export interface Run {
  readonly view: ViewName;
  /** Names one run of one workflow: every try of it comes to the same version. */
  readonly runId: string;
}

/** A claimed version on its way. */
export interface VersionAt extends Run {
  readonly version: ViewVersion;
  /** The version it follows. */
  readonly parent: ViewVersion | null;
  /** ISO instant of which the version is: the same for every try. */
  readonly asOf: string;
}

/** Activities of the ladder that every version climbs. A refusal is a result; throwing means that nobody knows yet. */
export function createPublishing(deps: ActivityDeps) {
  const { views } = deps;
  return {
    claimVersion: ({ view, runId }: Run): Promise<ViewVersion> => views.claimVersion(view, runId),

    /** Reads every part back. */
    verifyVersion: ({ view, version }: VersionAt): Promise<Refusal | null> =>
      refusalOf(() => views.verify(view, version)),

    /** Holds the version against the one before. */
    validateVersion: ({ view, version, parent }: VersionAt): Promise<Refusal | null> =>
      withWorkFolder(deps.workDir, async (dir) => {
        const candidate = await fetchVersion(deps, view, version, `${dir}/candidate`);
        const previous = parent === null ? null : await fetchVersion(deps, view, parent, `${dir}/previous`);
        return deps.validate(candidate, previous);
      }),

    /** Stores the rows of the version where they are read by key, if its view has such a place: before anybody asks there. */
    async keepRows({ view, version }: VersionAt): Promise<Refusal | null> {
      const place = deps.keyedViews?.[view];
      if (place === undefined) return null;
      return refusalOf(async () => {
        const stored = await views.fetchManifest(view, version);
        await place.put(stored, (part) => {
          reportStep(part.name);
          return views.readPart(view, version, part);
        });
      });
    },

    /** Makes the version current. Refused when another one is by now. */
    announceVersion: ({ view, version, parent, runId }: VersionAt): Promise<Refusal | null> =>
      refusalOf(() => views.announce(view, version, { parent, runId })),

    /** Tells subscribers where the pointer is: sent twice or late it still says the truth. */
    async notifySubscribers({ view }: { view: ViewName }): Promise<void> {
      const pointer = await views.readPointer(view);
      if (pointer) await deps.announce(pointer);
    },

    /** Refuses the run's own version for good; one that is announced, or another's, is left alone. */
    async rejectVersion({ view, runId, rule, reason }: Run & Refusal): Promise<void> {
      const version = await views.claimVersion(view, runId);
      const state = await views.readState(view, version);
      if (state === 'staged' || state === 'verified') await views.reject(view, version, rule, reason);
    },
  };
}

/** What refuses a version, as data: another was faster, or its bytes cannot be believed. */
async function refusalOf(step: () => Promise<unknown>): Promise<Refusal | null> {
  try {
    await step();
    return null;
  } catch (error) {
    if (isMarqueeError(error, 'VIEW_PARENT_MOVED')) return { rule: PARENT_MOVED, reason: error.message };
    if (isMarqueeError(error, 'VIEW_VERSION_TAKEN')) return { rule: 'version-taken', reason: error.message };
    if (isMarqueeError(error, 'VIEW_REJECTED')) return { rule: 'refused', reason: error.message };
    if (isMarqueeError(error, 'VIEW_CORRUPT')) return { rule: 'corrupt', reason: error.message };
    throw error;
  }
}
