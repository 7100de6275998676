/** Requests at a set rate, whether or not those before were answered, and what became of each. */
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { readAnswer, type ReadAnswer } from './answers.ts';

export interface LoadResult {
  readonly requests: number;
  /** Answered with 200, with titles and by models. */
  readonly good: number;
  /** From when a request was due until its answer was there, milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Those that took longer than `lateAfterMs`. */
  readonly lateAnswers: number;
  /** Answers by `source`. */
  readonly sources: Readonly<Record<string, number>>;
  /** Answers for profiles by how they were made to fit. */
  readonly modes: Readonly<Record<string, number>>;
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

const TURN_MS = 5;
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
  const modes: Record<string, number> = {};
  const faults: string[] = [];
  const pending = new Set<Promise<void>>();
  let good = 0;
  const begun = performance.now();
  const ask = async (due: number): Promise<void> => {
    const path = next();
    const { source, mode, fault } = await askOnce(agent, `${url}${path}`, timeoutMs);
    took.push(performance.now() - due);
    if (source !== undefined) sources[source] = (sources[source] ?? 0) + 1;
    if (mode !== undefined) modes[mode] = (modes[mode] ?? 0) + 1;
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
    ...{ requests: took.length, good, sources, modes, faults },
    ...{ p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) },
    lateAnswers: took.filter((ms) => ms > lateAfterMs).length,
  };
}

function askOnce(agent: Agent, url: string, timeoutMs: number): Promise<ReadAnswer> {
  return new Promise((resolve) => {
    const fail = (fault: string): void => resolve({ source: undefined, mode: undefined, fault });
    const asked = get(url, { agent, timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => fail('cut'));
      response.on('end', () => resolve(readAnswer(response.statusCode, Buffer.concat(chunks).toString())));
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    asked.on('error', (error) => fail(error.message));
  });
}
