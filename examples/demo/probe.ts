/**
 * Measures freshness while the stream runs: sends an impression of a title that nobody else reports on, and asks for its
 * total until the impression is in it. The time runs from the HTTP acknowledgement to the answer that has it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { PROBE_TITLE_ID } from './catalogue.ts';
import { readCounts } from './counts.ts';
import { POST_DEFAULTS, postLines } from './post.ts';

export interface ProbeOptions {
  readonly ingestUrl: string;
  readonly servingUrl: string;
  /** In front of the event ids. */
  readonly runId: string;
  /** Pause between two probes. */
  readonly everyMs?: number;
  /** A probe that takes longer counts as this much. */
  readonly limitMs?: number;
  /** Whether the stream runs now: only what was measured under load counts. */
  readonly isStreaming: () => boolean;
  /** Told of each probe. */
  readonly onFreshness?: (freshnessMs: number) => void;
}

export interface Probe {
  /** Ends the measuring and gives every measurement, in milliseconds. */
  stop(): Promise<readonly number[]>;
}

const ASK_EVERY_MS = 10;
const DEFAULT_LIMIT_MS = 30_000;

function impressionOf(runId: string, sequence: number): string {
  return JSON.stringify({
    kind: 'impression',
    eventId: `probe-${runId}-${sequence}`,
    eventTime: Date.now(),
    profileId: `probe-${runId}-${sequence % 16}`,
    country: 'US',
    titleId: PROBE_TITLE_ID,
    row: 'popular',
    rank: 0,
  });
}

/** Undefined when it was told to stop before the impression showed. */
async function measureOnce(
  options: ProbeOptions,
  sequence: number,
  stopping: AbortSignal,
): Promise<number | undefined> {
  const { limitMs = DEFAULT_LIMIT_MS } = options;
  await postLines([impressionOf(options.runId, sequence)], { ...POST_DEFAULTS, url: options.ingestUrl });
  const acknowledgedAt = performance.now();
  while (!stopping.aborted) {
    const { impressions } = await readCounts(PROBE_TITLE_ID, { url: options.servingUrl });
    const tookMs = performance.now() - acknowledgedAt;
    if (impressions.total > sequence || tookMs >= limitMs) return Math.min(tookMs, limitMs);
    await sleep(ASK_EVERY_MS);
  }
  return undefined;
}

/** Starts measuring, one probe after the other. A failing probe is left out; its cause shows elsewhere. */
export function startProbe(options: ProbeOptions): Probe {
  const { everyMs = 250 } = options;
  const stopping = new AbortController();
  const measured: number[] = [];
  async function loop(): Promise<void> {
    for (let sequence = 0; !stopping.signal.aborted; sequence += 1) {
      try {
        const streamed = options.isStreaming();
        const freshnessMs = await measureOnce(options, sequence, stopping.signal);
        if (freshnessMs === undefined) break;
        if (streamed) measured.push(freshnessMs);
        options.onFreshness?.(freshnessMs);
      } catch {
        // Serving or ingest is away for a moment.
      }
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }
  const running = loop();
  return {
    async stop() {
      stopping.abort();
      await running;
      return measured;
    },
  };
}
