/** Follows a topic for as long as the process lives, in the background: Kafka may be away at the start or at any time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isMarqueeError } from '../../domain/errors.ts';
import type { LogReader, ReadAllOptions } from './reader.ts';
import type { Log } from '../log.ts';
import { patiently } from '../patience.ts';

/** Port: begins to read a topic and goes on until stopped; rejects when Kafka does not answer. */
export type OpenReader = (options: Omit<ReadAllOptions, 'topic' | 'live'>) => Promise<LogReader>;

export interface FollowOptions {
  readonly open: OpenReader;
  readonly log: Log;
  readonly onRecords: ReadAllOptions['onRecords'];
  /** The log ends before where we had read to: it is another one, and is read from its start. */
  readonly onReset?: () => void;
  /** Asked once, before the first record: where to begin, by partition; from the start unless told. Never rejects. */
  readonly begin?: () => Promise<ReadonlyMap<number, number>>;
  readonly now?: () => number;
}

export interface FollowStatus {
  /** Whether the topic was once read to where it ended. */
  readonly isCaughtUp: boolean;
  /** Milliseconds since the last answer of the broker; Infinity before the first. */
  readonly silentMs: number;
}

export interface TopicFollower {
  status(): FollowStatus;
  /** Resolves once the topic was read to its end, whenever that is, or the follower was closed. */
  readonly caughtUp: Promise<void>;
  close(): Promise<void>;
}

const PAUSE_START_MS = 250;
const PAUSE_LONGEST_MS = 5000;

export function followTopic(options: FollowOptions): TopicFollower {
  const { open, log, onRecords, onReset, begin, now = Date.now } = options;
  const stopping = new AbortController();
  const caughtUp: PromiseWithResolvers<void> = Promise.withResolvers();
  let reader: LogReader | undefined;
  let positions: ReadonlyMap<number, number> = new Map();
  let isCaughtUp = false;
  let answeredAt = -Infinity;

  async function readOn(): Promise<void> {
    reader = await open({
      fromOffsets: positions,
      onRecords,
      onFetched: () => (answeredAt = now()),
      onCaughtUp() {
        isCaughtUp = true;
        answeredAt = now();
        caughtUp.resolve();
      },
    });
    if (stopping.signal.aborted) await reader.stop();
    try {
      await reader.closed;
    } finally {
      positions = new Map(reader.positions());
    }
  }

  function noteFailure(error: unknown, pauseMs: number): void {
    log.warn({ err: error, pause_ms: pauseMs }, 'topic cannot be read: tried again');
    if (!isMarqueeError(error, 'LOG_TRUNCATED')) return;
    positions = new Map();
    isCaughtUp = false;
    onReset?.();
  }

  async function live(): Promise<void> {
    if (begin !== undefined) positions = await begin();
    for (let pauseMs = PAUSE_START_MS; !stopping.signal.aborted;) {
      const before = answeredAt;
      try {
        await readOn();
      } catch (error) {
        pauseMs = answeredAt > before ? PAUSE_START_MS : Math.min(pauseMs * 2, PAUSE_LONGEST_MS);
        noteFailure(error, pauseMs);
      }
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const living = live();
  return {
    status: () => ({ isCaughtUp, silentMs: Math.max(0, now() - answeredAt) }),
    caughtUp: caughtUp.promise,
    close() {
      stopping.abort();
      caughtUp.resolve();
      return patiently(reader?.stop(), living);
    },
  };
}
