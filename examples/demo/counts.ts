/** Asks serving for the counts of titles, a few at a time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MarqueeError } from '../../domain/errors.ts';

/** One measure as serving answers it: what batch counted, what the speed layer added, and their sum. */
export interface Parts {
  readonly batch: number;
  readonly speed: number;
  readonly total: number;
}

/** The fields of `GET /v1/titles/:id/counts` that the demo reads. */
export interface TitleCounts {
  readonly titleId: string;
  readonly plays: Parts;
  readonly impressions: Parts;
  readonly complete: boolean;
  /** Every other figure with parts, by its name. */
  readonly [figure: string]: unknown;
  /** The rows with most impressions. */
  readonly byRow?: readonly { readonly row: string; readonly impressions: Parts }[] | null;
  /** Null before anything was published. */
  readonly viewVersion?: number | null;
  /** How far the view has read: an offset for every partition of every counted topic. */
  readonly cut?: unknown;
}

export interface CountsOptions {
  /** Where serving listens, without a path. */
  readonly url: string;
  readonly concurrency?: number;
  readonly timeoutMs?: number;
  /** Tries of one title when serving answers 429 or 503 or not at all. */
  readonly tries?: number;
}

const NONE: Parts = { batch: 0, speed: 0, total: 0 };
const RETRY_WAIT_MS = 250;

/** Counts of one title; a title that serving does not know has none. */
export async function readCounts(titleId: string, options: CountsOptions): Promise<TitleCounts> {
  const { tries = 20, timeoutMs = 10_000 } = options;
  const url = `${options.url}/v1/titles/${encodeURIComponent(titleId)}/counts`;
  let reason = '';
  for (let attempt = 0; attempt < tries; attempt += 1) {
    if (attempt > 0) await sleep(RETRY_WAIT_MS);
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
      const body = (await response.json()) as TitleCounts;
      if (response.status === 200) return body;
      if (response.status === 404) return { titleId, plays: NONE, impressions: NONE, complete: true };
      reason = `status ${response.status}`;
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
  }
  throw new MarqueeError('INTERNAL', { reason: `serving gave no counts of title ${titleId}: ${reason}` });
}

/** Counts of many titles, in their order, with a bounded number of requests under way. */
export async function readAllCounts(
  titleIds: readonly string[],
  options: CountsOptions,
): Promise<readonly TitleCounts[]> {
  const answers = new Array<TitleCounts>(titleIds.length);
  const queue = titleIds.entries();
  const failures: unknown[] = [];
  async function work(): Promise<void> {
    for (const [index, titleId] of queue) {
      if (failures.length > 0) return;
      try {
        answers[index] = await readCounts(titleId, options);
      } catch (error) {
        failures.push(error);
      }
    }
  }
  await Promise.all(Array.from({ length: options.concurrency ?? 8 }, work));
  if (failures.length > 0) throw failures[0];
  return answers;
}
