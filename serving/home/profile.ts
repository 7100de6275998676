/** What is known of who asks: stored state in time, else rows that were made ahead, else nothing; and why. */
import type { ProfileId } from '../../domain/ids.ts';
import type { ImpressionCaps } from '../../domain/memory/read.ts';
import type { MemoryState } from '../../domain/memory/state.ts';
import { profileViewOf } from '../../domain/profile-view.ts';
import type { ProfileView, RankedList } from '../../domain/ranking/types.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { WatchingState } from '../../domain/watching/state.ts';
import type { Library } from '../library/library.ts';
import type { ProfileReader } from '../profiles/port.ts';

/**
 * How a page was made to fit its profile. `online`: from its state as it is now. `offline`: from rows that were made ahead
 * with a published model. `none`: not at all.
 */
export const PERSONAL_MODES = ['online', 'nearline', 'offline', 'none'] as const;
export type PersonalMode = (typeof PERSONAL_MODES)[number];

export interface KnownProfile {
  readonly mode: PersonalMode;
  /** Why it is not online; null where it is, or where nobody asked for a profile. */
  readonly reason: string | null;
  /** What rows are ranked for; null where nothing is known. */
  readonly view: ProfileView | null;
  /** Top picks in place of those that would have been ranked now. */
  readonly ahead: RankedList | null;
  /** Whether the store did not say what it should have: the answer is less than it could be. */
  readonly isFailed: boolean;
  /** Whether what it was shown is known. */
  readonly hasMemory: boolean;
}

export const NOBODY_KNOWN: KnownProfile = {
  mode: 'none',
  reason: null,
  view: null,
  ahead: null,
  isFailed: false,
  hasMemory: false,
};

export interface KnownProfilesDeps {
  readonly profiles: Pick<ProfileReader, 'watchingOf' | 'memoryOf'>;
  readonly caps: ImpressionCaps;
  /** The time the profile store may take. */
  readonly deadlineMs: number;
}

export interface KnownProfiles {
  /** Never rejects, and never takes longer than the deadline by more than a turn. */
  read(library: Library, profile: ProfileId, now: EpochMs): Promise<KnownProfile>;
}

interface Heard {
  watching: WatchingState | undefined;
  memory: MemoryState | undefined;
  isWatchingKnown: boolean;
  isMemoryKnown: boolean;
  reason: string | null;
}

export function createKnownProfiles({ profiles, caps, deadlineMs }: KnownProfilesDeps): KnownProfiles {
  async function ask(profile: ProfileId, heard: Heard): Promise<void> {
    const fail = (error: unknown): void => {
      heard.reason = error instanceof Error ? error.message : String(error);
    };
    const watching = profiles.watchingOf(profile).then((state) => {
      heard.watching = state;
      heard.isWatchingKnown = true;
    }, fail);
    const memory = profiles.memoryOf(profile).then((state) => {
      heard.memory = state;
      heard.isMemoryKnown = true;
    }, fail);
    await watching;
    await memory;
  }

  return {
    async read(library, profile, now) {
      const heard: Heard = {
        ...{ watching: undefined, memory: undefined, reason: null },
        ...{ isWatchingKnown: false, isMemoryKnown: false },
      };
      await inTime(ask(profile, heard), deadlineMs);
      const hasMemory = heard.isMemoryKnown;
      if (heard.isWatchingKnown && (heard.watching ?? heard.memory) !== undefined)
        return {
          ...{ mode: 'online', ahead: null, hasMemory, isFailed: !hasMemory },
          reason: hasMemory ? null : (heard.reason ?? late(deadlineMs)),
          view: profileViewOf(library.titles, heard, now, caps),
        };
      const reason = heard.isWatchingKnown
        ? 'nothing is stored of the profile'
        : (heard.reason ?? late(deadlineMs));
      const ahead = library.madeAhead(profile) ?? null;
      const view = hasMemory ? profileViewOf(library.titles, { memory: heard.memory }, now, caps) : null;
      const mode = ahead === null ? 'none' : 'offline';
      return { mode, reason, view, ahead, hasMemory, isFailed: !heard.isWatchingKnown };
    },
  };
}

const late = (deadlineMs: number): string => `the profile store did not answer within ${deadlineMs} ms`;

/** Waits for work, but not for long. */
async function inTime(work: Promise<void>, deadlineMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, deadlineMs);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}
