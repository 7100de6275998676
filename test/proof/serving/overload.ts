/** Ten times as many requests as can be answered, of which a few are home pages and the others prefetches. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { runLoad, type LoadResult } from './load.ts';
import { profileOf } from './published.ts';
import { homeRequests } from './requests.ts';

export interface OverloadOptions {
  readonly url: string;
  readonly forMs: number;
  /** Connections of the prefetches, each with `depth` under way. */
  readonly connections: number;
  readonly depth: number;
  /** Home pages asked for, as a share of what can be answered. */
  readonly homeShare: number;
}

/** Home pages are a quarter of what can be answered: what is too much are the prefetches. */
export const FLOOD = { connections: 30, depth: 8, homeShare: 0.25 } as const;

export interface OverloadResult {
  /** Home pages a second with nothing else to do. */
  readonly capacityPerSecond: number;
  /** Requests a second that came, as a multiple of that. */
  readonly offeredTimes: number;
  readonly home: LoadResult;
  readonly homeKeptShare: number;
  readonly prefetchShedShare: number;
  readonly prefetches: number;
}

const PATH = `/v1/profiles/${profileOf(1)}/home?country=DE`;
/** For the flood to begin, and to be noticed. */
const EARLY_MS = 300;
const CAPACITY_CONNECTIONS = 16;

export async function runOverload(options: OverloadOptions): Promise<OverloadResult> {
  const { url, forMs, connections, depth, homeShare } = options;
  const alone = await measureCapacity(url, Math.min(forMs, 3000));
  const flooding = flood(url, PATH, connections, depth, forMs + 2 * EARLY_MS);
  await sleep(EARLY_MS);
  const perSecond = Math.max(20, alone * homeShare);
  const home = await runLoad({ url, perSecond, forMs, next: homeRequests(1) });
  const answers = await flooding;
  const prefetches = Object.values(answers).reduce((sum, one) => sum + one, 0);
  const offered = home.requests / (forMs / 1000) + prefetches / ((forMs + 2 * EARLY_MS) / 1000);
  return {
    capacityPerSecond: Math.round(alone),
    offeredTimes: offered / alone,
    home,
    homeKeptShare: home.good / home.requests,
    prefetchShedShare: (answers['503'] ?? 0) / prefetches,
    prefetches,
  };
}

/** Home pages a second, each connection asking for one after the other. */
async function measureCapacity(url: string, forMs: number): Promise<number> {
  const next = homeRequests(2);
  const end = performance.now() + forMs;
  let answered = 0;
  await Promise.all(
    Array.from({ length: CAPACITY_CONNECTIONS }, async () => {
      while (performance.now() < end) {
        await (await fetch(`${url}${next()}`)).arrayBuffer();
        answered += 1;
      }
    }),
  );
  return answered / (forMs / 1000);
}

async function flood(
  url: string,
  path: string,
  connections: number,
  depth: number,
  forMs: number,
): Promise<Record<string, number>> {
  const args = [join(import.meta.dirname, 'flood.ts'), url, path, ...[connections, depth, forMs].map(String)];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(await text(child.stdout)) as Record<string, number>;
}
