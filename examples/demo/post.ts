/**
 * Posts one batch of event lines until it is answered for good: waits as told by Retry-After on 429 and 503, resends
 * after lost replies and dead connections (a retry is a duplicate that the extractor drops), halves what is too large.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MarqueeError } from '../../domain/errors.ts';

export interface PostOptions {
  /** Where the ingest process listens, without a path. */
  readonly url: string;
  /** Limit of one request. */
  readonly timeoutMs: number;
  /** Limit of all tries of one batch together. */
  readonly patienceMs: number;
}

export const POST_DEFAULTS: Omit<PostOptions, 'url'> = { timeoutMs: 30_000, patienceMs: 180_000 };

export interface PostOutcome {
  readonly accepted: number;
  readonly rejected: number;
  readonly retries: number;
}

const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 5_000;

/** What an answer means for the batch. */
type Verdict =
  | { readonly kind: 'done'; readonly accepted: number; readonly unacknowledged: readonly string[] }
  | { readonly kind: 'again'; readonly reason: string; readonly waitMs?: number }
  | { readonly kind: 'halve' };

/** The part of ingest's answer that decides what is sent again. */
interface IngestAnswer {
  readonly accepted: number;
  readonly results: readonly { readonly index: number; readonly status: number }[];
}

/** Milliseconds from a Retry-After header: seconds or an HTTP date (RFC 9110, section 10.2.3). */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

async function ask(lines: readonly string[], options: PostOptions): Promise<Verdict> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${options.url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: `${lines.join('\n')}\n`,
      signal: AbortSignal.timeout(options.timeoutMs),
    });
    text = await response.text();
  } catch (error) {
    return { kind: 'again', reason: error instanceof Error ? error.message : String(error) };
  }
  const { status } = response;
  if (status === 202) return { kind: 'done', accepted: lines.length, unacknowledged: [] };
  if (status === 207 || status === 400) return verdictOf(text, lines);
  if (status === 413) {
    return lines.length > 1 ? { kind: 'halve' } : { kind: 'done', accepted: 0, unacknowledged: [] };
  }
  if (status === 429 || status >= 500) {
    const waitMs = retryAfterMs(response.headers.get('retry-after'), Date.now());
    return { kind: 'again', reason: `status ${status}`, ...(waitMs === undefined ? {} : { waitMs }) };
  }
  throw new MarqueeError('INTERNAL', { reason: `ingest answered ${status}: ${text.slice(0, 200)}` });
}

/** Reads an answer event by event: 503 is to be sent again, everything else is final. */
function verdictOf(text: string, lines: readonly string[]): Verdict {
  const { accepted, results } = JSON.parse(text) as Partial<IngestAnswer>;
  if (typeof accepted !== 'number' || !Array.isArray(results)) {
    throw new MarqueeError('INTERNAL', { reason: `ingest refused a whole batch: ${text.slice(0, 200)}` });
  }
  const judged: IngestAnswer['results'] = results;
  const again = judged.filter(({ status }) => status === 503);
  return { kind: 'done', accepted, unacknowledged: again.map(({ index }) => lines[index] ?? '') };
}

async function postHalves(lines: readonly string[], options: PostOptions): Promise<PostOutcome> {
  const middle = Math.ceil(lines.length / 2);
  const first = await postLines(lines.slice(0, middle), options);
  const second = await postLines(lines.slice(middle), options);
  return {
    accepted: first.accepted + second.accepted,
    rejected: first.rejected + second.rejected,
    retries: first.retries + second.retries,
  };
}

/** Resolves when every line was acknowledged or refused for good. Throws LOG_UNAVAILABLE when patience ends. */
export async function postLines(lines: readonly string[], options: PostOptions): Promise<PostOutcome> {
  const givesUpAt = Date.now() + options.patienceMs;
  const outcome = { accepted: 0, rejected: 0 };
  let left = lines;
  for (let retries = 0; ; retries += 1) {
    const verdict = await ask(left, options);
    if (verdict.kind === 'halve') {
      const rest = await postHalves(left, options);
      return {
        accepted: outcome.accepted + rest.accepted,
        rejected: outcome.rejected + rest.rejected,
        retries: retries + rest.retries,
      };
    }
    if (verdict.kind === 'done') {
      outcome.accepted += verdict.accepted;
      outcome.rejected += left.length - verdict.accepted - verdict.unacknowledged.length;
      left = verdict.unacknowledged;
      if (left.length === 0) return { ...outcome, retries };
    }
    const reason = verdict.kind === 'again' ? verdict.reason : `${left.length} events not acknowledged`;
    const told = verdict.kind === 'again' ? verdict.waitMs : undefined;
    const waitMs = told ?? Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(retries, 10));
    if (Date.now() + waitMs > givesUpAt) throw new MarqueeError('LOG_UNAVAILABLE', { reason });
    await sleep(waitMs);
  }
}
