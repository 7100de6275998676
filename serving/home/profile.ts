/** What is known of who asks: stored state in time, else rows that were made ahead, else nothing; and why. */
import type { ProfileId } from '../../domain/ids.ts';
import type { ImpressionCaps } from '../../domain/memory/read.ts';
import type { MemoryState } from '../../domain/memory/state.ts';
import { profileViewOf, type StoredProfile } from '../../domain/profile-view.ts';
import type { ProfileView, RankedRow } from '../../domain/ranking/types.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { WatchingState } from '../../domain/watching/state.ts';
import { startLateTimer } from '../../infra/resilience/late-timer.ts';
import type { Library } from '../library/library.ts';
import type { ProfileReader } from '../profiles/port.ts';
import { nearlineRows, publishedRows } from './ahead.ts';

/**
 * How a page was made to fit its profile. `online`: from its state as it is now. `nearline`: with rows
 * that were ranked when it watched something last. `offline`: with rows that a published model made ahead. `none`: not at all.
 */
export const PERSONAL_MODES = ['online', 'nearline', 'offline', 'none'] as const;
export type PersonalMode = (typeof PERSONAL_MODES)[number];

export interface KnownProfile {
  readonly mode: PersonalMode;
  /** Why it is not online; null where it is, or where nobody asked for a profile. */
  readonly reason: string | null;
  /** What rows are ranked for; null where nothing is known. */
  readonly view: ProfileView | null;
  /** Rows in place of those that would have been ranked now. */
  readonly ahead: readonly RankedRow[] | null;
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
  readonly profiles: Pick<ProfileReader, 'watchingOf' | 'memoryOf' | 'rowsOf'>;
  readonly caps: ImpressionCaps;
  /** The time the profile store may take for state; for rows made ahead it gets a fifth of it again. */
  readonly deadlineMs: number;
}

export interface KnownProfiles {
  /** Never rejects, and takes hardly longer than the deadlines. */
  read(library: Library, profile: ProfileId, now: EpochMs): Promise<KnownProfile>;
}

interface Heard {
  watching: WatchingState | undefined;
  memory: MemoryState | undefined;
  isWatchingKnown: boolean;
  isMemoryKnown: boolean;
  reason: string | null;
}

/** Of the time for state. */
const ROWS_SHARE = 0.2;

export function createKnownProfiles({ profiles, caps, deadlineMs }: KnownProfilesDeps): KnownProfiles {
  const late = `the profile store did not answer within ${deadlineMs} ms`;

  /** What was heard of it in time; more may be heard later. */
  function ask(profile: ProfileId): Promise<Heard> {
    return new Promise((resolve) => {
      const heard: Heard = {
        watching: undefined,
        memory: undefined,
        isWatchingKnown: false,
        isMemoryKnown: false,
        reason: null,
      };
      let missing = 2;
      const timer = startLateTimer(deadlineMs, () => setImmediate(resolve, heard));
      const end = (): void => {
        missing -= 1;
        if (missing > 0) return;
        timer.end();
        resolve(heard);
      };
      const fail = (error: unknown): void => {
        heard.reason = error instanceof Error ? error.message : String(error);
        end();
      };
      profiles.watchingOf(profile).then((state) => {
        heard.watching = state;
        heard.isWatchingKnown = true;
        end();
      }, fail);
      profiles.memoryOf(profile).then((state) => {
        heard.memory = state;
        heard.isMemoryKnown = true;
        end();
      }, fail);
    });
  }

  async function nearline(library: Library, profile: ProfileId): Promise<readonly RankedRow[] | null> {
    let rows: readonly RankedRow[] | null = null;
    const asked = profiles.rowsOf(profile).then(
      (found) => void (rows = found === undefined ? null : nearlineRows(library, found)),
      () => undefined,
    );
    await inTime(asked, deadlineMs * ROWS_SHARE);
    return rows;
  }

  /** Without state: what was ranked after the last play, else what was published. */
  async function withoutState(library: Library, profile: ProfileId, heard: Heard): Promise<Ahead> {
    const fresh = heard.isWatchingKnown ? null : await nearline(library, profile);
    if (fresh !== null) return { mode: 'nearline', ahead: fresh };
    const ahead = await published(library, profile);
    return { mode: ahead === null ? 'none' : 'offline', ahead };
  }

  /** They may lie in a store, which gets no more time than the other. */
  async function published(library: Library, profile: ProfileId): Promise<readonly RankedRow[] | null> {
    const found = publishedRows(library, profile);
    if (!(found instanceof Promise)) return found;
    let rows: readonly RankedRow[] | null = null;
    const asked = found.then(
      (published) => void (rows = published),
      () => undefined,
    );
    await inTime(asked, deadlineMs * ROWS_SHARE);
    return rows;
  }

  return {
    async read(library, profile, now) {
      const heard = await ask(profile);
      const { watching, memory, isWatchingKnown, isMemoryKnown: hasMemory } = heard;
      const view = viewOf(library, { watching, memory }, now, caps);
      if (isWatchingKnown && view !== null) {
        const reason = hasMemory ? null : (heard.reason ?? late);
        return { mode: 'online', reason, view, ahead: null, hasMemory, isFailed: !hasMemory };
      }
      const reason = isWatchingKnown ? 'nothing is stored of the profile' : (heard.reason ?? late);
      const ahead = await withoutState(library, profile, heard);
      return { ...ahead, reason, view, hasMemory, isFailed: !isWatchingKnown };
    },
  };
}

type Ahead = Pick<KnownProfile, 'mode' | 'ahead'>;

/** Null where nothing is known. What a store answers that is no state is nothing. */
function viewOf(
  { titles }: Library,
  stored: StoredProfile,
  now: EpochMs,
  caps: ImpressionCaps,
): ProfileView | null {
  if (stored.watching === undefined && stored.memory === undefined) return null;
  try {
    return profileViewOf(titles, stored, now, caps);
  } catch {
    return null;
  }
}

/** Waits for work, but not for long. */
async function inTime(work: Promise<void>, deadlineMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    // What has arrived while this process paused is looked at first.
    timer = setTimeout(() => setImmediate(resolve), deadlineMs);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}
