/** The candidate of a view, loaded beside whatever is current, for as long as it is tried out and no longer. */
import { join } from 'node:path';
import { isOver, type Candidate } from '../../domain/canary/candidate.ts';
import { isMarqueeError } from '../../domain/errors.ts';
import type { ViewName } from '../../domain/views.ts';
import type { Log } from '../log.ts';
import { patiently } from '../patience.ts';
import type { Canaries } from './canaries.ts';
import { createLocalCopies } from './local-copies.ts';
import type { SubscribeOptions, ViewSource } from './subscriber.ts';

export interface FollowCandidateDeps {
  readonly canaries: Pick<Canaries, 'find'>;
  readonly repository: ViewSource;
  /** Folder of local copies; candidates have one of their own in it. */
  readonly dir: string;
  readonly pollIntervalMs: number;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface LoadedCandidate<T> {
  readonly candidate: Candidate;
  /** Undefined where it cannot be loaded: it says so to whoever should be served by it. */
  readonly value: T | undefined;
}

export interface FollowedCandidate<T> {
  /** Undefined while nothing is tried out, and from the end of its time on. */
  current(): LoadedCandidate<T> | undefined;
  /** Looks soon. */
  nudge(): void;
  close(): Promise<void>;
}

const FOLDER = 'candidates';

export function followCandidate<T>(
  deps: FollowCandidateDeps,
  view: ViewName,
  { load, onChange }: { readonly load: SubscribeOptions<T>['load']; readonly onChange: () => void },
): FollowedCandidate<T> {
  const { canaries, repository, pollIntervalMs, now } = deps;
  const log = deps.log.child({ view });
  const copies = createLocalCopies(join(deps.dir, FOLDER), view);
  let loaded: LoadedCandidate<T> | undefined;
  let isClosed = false;
  let isAskedAgain = false;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function discardAll(): Promise<void> {
    for (const version of await copies.stored()) await copies.discard(version);
  }

  async function drop(): Promise<void> {
    if (loaded === undefined) return;
    log.info({ version: loaded.candidate.version }, 'candidate is served no more');
    loaded = undefined;
    onChange();
    await discardAll();
  }

  async function obtain({ version, manifestSha256 }: Candidate): Promise<T> {
    await copies.prepare();
    await discardAll();
    const { manifest } = await copies.download(repository, version, manifestSha256);
    return load(copies.versionDir(version), manifest);
  }

  async function take(candidate: Candidate): Promise<void> {
    let value: T | undefined;
    try {
      value = await obtain(candidate);
    } catch (error) {
      // A store that is away says nothing of the candidate.
      if (isMarqueeError(error, 'OBJECT_STORE_UNAVAILABLE')) throw error;
      log.error({ err: error, version: candidate.version }, 'candidate cannot be loaded');
    }
    if (isClosed) return;
    loaded = { candidate, value };
    log.info({ version: candidate.version, share: candidate.share }, 'candidate is served');
    onChange();
  }

  async function look(): Promise<void> {
    try {
      const found = await canaries.find(view);
      if (found === undefined || isOver(found, now())) return await drop();
      const isSame = loaded?.candidate.runId === found.runId && loaded.candidate.version === found.version;
      if (isSame) return;
      await drop();
      await take(found);
    } catch (error) {
      log.debug({ err: error }, 'candidate cannot be looked for');
    }
  }

  function soon(): void {
    if (isClosed) return;
    if (running !== undefined) {
      isAskedAgain = true;
      return;
    }
    clearTimeout(timer);
    running = look().finally(() => {
      running = undefined;
      if (isClosed) return;
      if (isAskedAgain) {
        isAskedAgain = false;
        soon();
      } else timer = setTimeout(soon, pollIntervalMs);
    });
  }

  soon();
  return {
    current: () => (loaded !== undefined && !isOver(loaded.candidate, now()) ? loaded : undefined),
    nudge: soon,
    close() {
      isClosed = true;
      clearTimeout(timer);
      return patiently(running);
    },
  };
}
