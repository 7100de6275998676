/** Requests at a set rate, whether or not those before were answered, and what became of each. */
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../../domain/random.ts';
import { KNOWN_PROFILES } from './profiles.ts';

export interface LoadResult {
  readonly requests: number;
  /** Answered with 200 and something in every answer. */
  readonly good: number;
  /** From when a request was due until its answer was there, milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Those that took longer than `lateAfterMs`. */
  readonly lateAnswers: number;
  /** Answers by `source`. */
  readonly sources: Readonly<Record<string, number>>;
  /** What was wrong with the first few that were not good. */
  readonly faults: readonly string[];
}

export interface LoadOptions {
  readonly url: string;
  readonly perSecond: number;
  readonly forMs: number;
  /** Which request comes next. */
  readonly next: () => string;
  readonly timeoutMs?: number;
  readonly lateAfterMs?: number;
}

interface Body {
  readonly source?: string;
  readonly items?: readonly unknown[];
  readonly rows?: readonly { readonly items: readonly unknown[] }[];
}

const TURN_MS = 5;
/** As many again as are known. */
const MOST_PROFILES = 2 * KNOWN_PROFILES;
const MOST_FAULTS = 5;

export async function runLoad({
  url,
  perSecond,
  forMs,
  next,
  timeoutMs = 10_000,
  lateAfterMs = Infinity,
}: LoadOptions): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const took: number[] = [];
  const sources: Record<string, number> = {};
  const faults: string[] = [];
  const pending = new Set<Promise<void>>();
  let good = 0;
  const begun = performance.now();
  const ask = async (due: number): Promise<void> => {
    const path = next();
    const fault = await askOnce(agent, `${url}${path}`, timeoutMs, sources);
    took.push(performance.now() - due);
    if (fault === undefined) good += 1;
    else if (faults.length < MOST_FAULTS) faults.push(`${path}: ${fault}`);
  };
  for (let sent = 0; ;) {
    const passed = performance.now() - begun;
    if (passed >= forMs) break;
    for (; sent < (passed * perSecond) / 1000; sent += 1) {
      const one = ask(begun + (sent * 1000) / perSecond).finally(() => pending.delete(one));
      pending.add(one);
    }
    await sleep(TURN_MS);
  }
  await Promise.all(pending);
  agent.destroy();
  took.sort((a, b) => a - b);
  const at = (share: number): number => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0;
  return {
    ...{ requests: took.length, good, sources, faults },
    ...{ p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) },
    lateAnswers: took.filter((ms) => ms > lateAfterMs).length,
  };
}

/** What is wrong with the answer; undefined for nothing. */
function askOnce(
  agent: Agent,
  url: string,
  timeoutMs: number,
  sources: Record<string, number>,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = get(url, { agent, timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => resolve('cut'));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode !== 200) return resolve(`${response.statusCode} ${text.slice(0, 200)}`);
        const body = JSON.parse(text) as Body;
        const source = body.source ?? 'unsaid';
        sources[source] = (sources[source] ?? 0) + 1;
        const isFull = (body.items ?? body.rows?.flatMap(({ items }) => items) ?? []).length > 0;
        resolve(isFull ? undefined : `empty: ${text.slice(0, 200)}`);
      });
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    asked.on('error', (error) => resolve(error.message));
  });
}

/** Home pages and rows for profiles and countries drawn anew each time. */
export function mixedRequests(seed: number): () => string {
  const random = createRandom(seed);
  return () => {
    const profile = `profile-${random.below(MOST_PROFILES)}`;
    const country = random.below(2) === 0 ? 'DE' : 'US';
    switch (random.below(4)) {
      case 0:
        return `/v1/rows/trending?window=1h&country=${country}`;
      case 1:
        return `/v1/rows/popular?country=${country}`;
      default:
        return homeOf(profile, country);
    }
  };
}

const homeOf = (profile: string, country: string): string =>
  `/v1/profiles/${profile}/home?country=${country}`;

export function homeRequests(seed: number): () => string {
  const random = createRandom(seed);
  return () => homeOf(`profile-${random.below(MOST_PROFILES)}`, random.below(2) === 0 ? 'DE' : 'US');
}
