/**
 * Streams an NDJSON file to ingest over several connections. A profile always uses the same connection, one request at a
 * time, so its events keep their order. Pauses at any line: everything up to it is then acknowledged or refused.
 */
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { POST_DEFAULTS, postLines, type PostOptions } from './post.ts';

export interface SenderOptions extends Partial<PostOptions> {
  readonly url: string;
  readonly file: string;
  readonly connections?: number;
  /** Lines of one request. */
  readonly batchLines?: number;
  /** Sends no faster than this; unset: as fast as ingest answers. */
  readonly linesPerSecond?: number;
}

export interface SenderProgress {
  /** Lines read from the file. */
  readonly lines: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly retries: number;
  readonly finished: boolean;
}

export interface Sender {
  /**
   * Sends up to and including this line (counted from 1, `Infinity` for all) and resolves when each line up to it was
   * answered for good. Calling again goes on from there. Throws LOG_UNAVAILABLE when ingest stays away.
   */
  sendUntil(line: number): Promise<SenderProgress>;
  progress(): SenderProgress;
  close(): Promise<void>;
}

interface Lane {
  lines: string[];
  sending: Promise<void>;
}

const PROFILE = /"profileId":"([^"\\]*)"/;

/** The lane of a line by a hash of its profile; a line without one may go anywhere. */
function laneOf(line: string, lanes: number): number {
  const profile = PROFILE.exec(line)?.[1] ?? '';
  let hash = 0;
  for (let at = 0; at < profile.length; at += 1) hash = (Math.imul(hash, 31) + profile.charCodeAt(at)) | 0;
  return (hash >>> 0) % lanes;
}

export function createSender(options: SenderOptions): Sender {
  const { connections = 8, batchLines = 500, linesPerSecond = Infinity } = options;
  const post: PostOptions = { ...POST_DEFAULTS, ...options };
  const lanes = Array.from({ length: connections }, (): Lane => ({ lines: [], sending: Promise.resolve() }));
  const total = { lines: 0, accepted: 0, rejected: 0, retries: 0 };
  const failures: unknown[] = [];
  const handle = open(options.file);
  handle.catch(() => undefined);
  let source: AsyncIterator<string> | undefined;
  let finished = false;

  async function deliver(lines: readonly string[]): Promise<void> {
    try {
      const outcome = await postLines(lines, post);
      total.accepted += outcome.accepted;
      total.rejected += outcome.rejected;
      total.retries += outcome.retries;
    } catch (error) {
      failures.push(error);
    }
  }

  /** Waits for the lane's request under way, then starts the next: at most one batch flies and one is filled. */
  async function flush(lane: Lane): Promise<void> {
    await lane.sending;
    if (lane.lines.length === 0 || failures.length > 0) return;
    const { lines } = lane;
    lane.lines = [];
    lane.sending = deliver(lines);
  }

  async function drain(): Promise<void> {
    await Promise.all(lanes.map(flush));
    await Promise.all(lanes.map(({ sending }) => sending));
    if (failures.length > 0) throw failures[0];
  }

  const progress = (): SenderProgress => ({ ...total, finished });

  return {
    progress,
    async sendUntil(line) {
      source ??= (await handle).readLines()[Symbol.asyncIterator]();
      const startedAt = performance.now();
      const first = total.lines;
      while (total.lines < line && !finished && failures.length === 0) {
        const next = await source.next();
        if (next.done === true) {
          finished = true;
          break;
        }
        total.lines += 1;
        const lane = lanes[laneOf(next.value, connections)];
        if (lane === undefined) continue;
        lane.lines.push(next.value);
        if (lane.lines.length >= batchLines) await flush(lane);
        const aheadMs = ((total.lines - first) * 1000) / linesPerSecond - (performance.now() - startedAt);
        if (aheadMs > 50) await sleep(aheadMs);
      }
      await drain();
      return progress();
    },
    async close() {
      await Promise.all(lanes.map(({ sending }) => sending));
      await (await handle).close();
    },
  };
}
