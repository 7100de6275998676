/** HTTP gets of many addresses: as fast as so many connections go, or at a rate whatever the server does. */
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface GetLoad {
  readonly urls: readonly string[];
  readonly connections: number;
}

export interface ClosedResult {
  readonly seconds: number;
  readonly bytes: number;
}

/** Each connection asks again when it was answered, until so many were. Throws for an answer other than 200. */
export async function getClosed({ urls, connections }: GetLoad, requests: number): Promise<ClosedResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  let [next, bytes] = [0, 0];
  const started = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (next < requests) bytes += await getOnce(agent, urls[next++ % urls.length]!);
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  return { seconds, bytes };
}

/**
 * Asks at a fixed rate for so long. A time is from when a request was due, so that a server that stalls is charged for those
 * who would have asked meanwhile. Milliseconds, rising.
 */
export async function getOpen(
  { urls, connections }: GetLoad,
  perSecond: number,
  seconds: number,
): Promise<Float64Array> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const times: number[] = [];
  const pending: Promise<void>[] = [];
  const total = Math.floor(perSecond * seconds);
  const started = performance.now();
  for (let asked = 0; asked < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - started) / 1000) * perSecond));
    for (; asked < due; asked++) {
      const dueAt = started + (asked / perSecond) * 1000;
      pending.push(
        getOnce(agent, urls[asked % urls.length]!).then(() => void times.push(performance.now() - dueAt)),
      );
    }
    await sleep(1);
  }
  await Promise.all(pending);
  agent.destroy();
  return Float64Array.from(times).sort();
}

export const quantile = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;

function getOnce(agent: Agent, url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => (bytes += chunk.length));
      response.once('end', () => {
        if (response.statusCode === 200) resolve(bytes);
        else reject(new Error(`${url} was answered with ${response.statusCode}`));
      });
    }).once('error', reject);
  });
}
