/** All sessions of an audience, and what came of them. */
import { createViewerMemory, type ViewerMemory } from './memory.ts';
import type { Session } from './sessions.ts';
import { visit, type VisitDeps, type VisitOutcome } from './visit.ts';

/** Sums over the sessions of one viewer. */
export interface ViewerOutcome extends VisitOutcome {
  readonly profileId: string;
  readonly sessions: number;
}

export interface RunOptions extends VisitDeps {
  /** Sessions under way at a time. 1 makes a run reproducible; more is for a clock that waits. Default 1. */
  readonly concurrency?: number;
  readonly onSession?: (done: number) => void;
}

/** Runs sessions in their order; those of one viewer never overlap. Resolves with the outcome by viewer, ordered by id. */
export async function runAudience(
  sessions: readonly Session[],
  options: RunOptions,
): Promise<readonly ViewerOutcome[]> {
  const memories = new Map<string, ViewerMemory>();
  const before = new Map<string, Promise<void>>();
  const outcomes = new Map<string, ViewerOutcome>();
  let next = 0;
  let done = 0;

  async function one(session: Session): Promise<void> {
    const { profileId } = session.viewer;
    const memory = memories.get(profileId) ?? createViewerMemory();
    memories.set(profileId, memory);
    const outcome = await visit(session, memory, options);
    outcomes.set(profileId, added(outcomes.get(profileId), outcome, profileId));
    options.onSession?.((done += 1));
  }

  async function lane(): Promise<void> {
    for (let session = sessions[next++]; session !== undefined; session = sessions[next++]) {
      const { profileId } = session.viewer;
      const own = session;
      const turn = (before.get(profileId) ?? Promise.resolve()).then(() => one(own));
      before.set(profileId, turn);
      await turn;
    }
  }

  await Promise.all(Array.from({ length: options.concurrency ?? 1 }, lane));
  return [...outcomes.values()].sort((a, b) => (a.profileId < b.profileId ? -1 : 1));
}

function added(sum: ViewerOutcome | undefined, outcome: VisitOutcome, profileId: string): ViewerOutcome {
  if (sum === undefined) return { profileId, sessions: 1, ...outcome };
  return {
    profileId,
    sessions: sum.sessions + 1,
    pages: sum.pages + outcome.pages,
    impressions: sum.impressions + outcome.impressions,
    plays: sum.plays + outcome.plays,
    likedPlays: sum.likedPlays + outcome.likedPlays,
    searches: sum.searches + outcome.searches,
  };
}
