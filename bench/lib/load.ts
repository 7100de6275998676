/** A closed loop of HTTP posts: each connection sends its next body when the last one was answered. */
import { Agent, request } from 'node:http';

export interface Load {
  readonly url: string;
  readonly bodies: readonly Buffer[];
  readonly connections: number;
  /** How many in all. */
  readonly requests: number;
  readonly contentType: string;
}

/** Answers by status, and how long it really took. */
export interface LoadResult {
  readonly byStatus: ReadonlyMap<number, number>;
  readonly seconds: number;
}

export async function post(load: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
  const byStatus = new Map<number, number>();
  const started = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: load.connections }, async () => {
      while (next < load.requests) {
        const body = load.bodies[next % load.bodies.length] as Buffer;
        next += 1;
        const status = await postOnce(agent, load, body);
        byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  return { byStatus, seconds };
}

function postOnce(agent: Agent, { url, contentType }: Load, body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': contentType, 'content-length': body.length };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('end', () => {
        resolve(response.statusCode ?? 0);
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
