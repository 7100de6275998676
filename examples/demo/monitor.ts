/** Keeps the live view up to date: asks serving now and then, counts what the sender got acknowledged. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readCounts } from './counts.ts';
import type { TopRow, ViewState } from './frame.ts';
import type { SenderProgress } from './sender.ts';

export interface MonitorOptions {
  readonly servingUrl: string;
  /** Where processes answer `/metrics`; their lag gauges are added up. */
  readonly metricsUrls: readonly string[];
  /** Names by title id, for the top rows. */
  readonly names: ReadonlyMap<string, string>;
  readonly progress: () => SenderProgress | undefined;
  /** What the stages say besides counts, once there is something to follow. */
  readonly boards: () => Partial<ViewState>;
  readonly update: (change: Partial<ViewState>) => void;
  readonly draw: () => void;
  /** Called at every turn; a throw ends the monitoring and is thrown by `stop`. */
  readonly check: () => void;
}

export interface Monitor {
  /** Rejects with what `check` threw; never resolves before `stop`. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

const TURN_MS = 250;
/** Every so many turns serving is asked. */
const ASK_EVERY = 4;
const TOP = 5;
const RATE_WINDOW_MS = 3_000;

interface Row {
  readonly items?: readonly { readonly titleId: string }[];
}

/** Titles of the trending row, as serving ranks them. */
async function trendingTitles(servingUrl: string): Promise<readonly string[]> {
  const url = `${servingUrl}/v1/rows/trending?window=24h&limit=${TOP}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  const row = (await response.json()) as Row;
  return (row.items ?? []).map(({ titleId }) => titleId);
}

async function askServing({ servingUrl, names }: MonitorOptions): Promise<Partial<ViewState>> {
  const titles = await trendingTitles(servingUrl);
  const counts = await Promise.all(
    titles.map((titleId) => readCounts(titleId, { url: servingUrl, tries: 1, timeoutMs: 2_000 })),
  );
  const top: TopRow[] = counts
    .filter(({ plays }) => plays.total > 0)
    .map(({ titleId, plays }) => ({ name: names.get(titleId) ?? titleId, plays }));
  const [first] = counts;
  return {
    top,
    ...(typeof first?.viewVersion === 'number' ? { viewVersion: first.viewVersion } : {}),
    ...(first === undefined ? {} : { cutRecords: sumOfNumbers(first.cut) }),
  };
}

/** Adds up every number of nested lists and objects: the records below a cut, over all partitions. */
export function sumOfNumbers(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((sum, inner) => sum + sumOfNumbers(inner), 0);
}

/** The sum of all gauges named `…_lag_records` in the Prometheus text format. */
export function lagOf(metrics: string): number {
  const samples = metrics.matchAll(/^\w+_lag_records(?:\{[^}]*\})? ([0-9.eE+-]+)$/gm);
  return Array.from(samples, ([, value]) => Number(value)).reduce((sum, value) => sum + value, 0);
}

async function askLag({ metricsUrls }: MonitorOptions): Promise<Partial<ViewState>> {
  const texts = await Promise.all(
    metricsUrls.map(async (url) =>
      (await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(2_000) })).text(),
    ),
  );
  return { lagEvents: texts.reduce((sum, text) => sum + lagOf(text), 0) };
}

/** Lines a second over the last few seconds. */
function rateMeter(): (lines: number) => number {
  const seen: { at: number; lines: number }[] = [];
  return (lines) => {
    const at = performance.now();
    seen.push({ at, lines });
    while ((seen[0]?.at ?? at) < at - RATE_WINDOW_MS) seen.shift();
    const first = seen[0] ?? { at, lines };
    return at === first.at ? 0 : ((lines - first.lines) * 1000) / (at - first.at);
  };
}

export function startMonitor(options: MonitorOptions): Monitor {
  const { progress, boards, update, draw, check } = options;
  const rate = rateMeter();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  let stopped = false;

  async function loop(): Promise<void> {
    for (let turn = 0; !stopped; turn += 1) {
      check();
      const sent = progress();
      const done = (sent?.accepted ?? 0) + (sent?.rejected ?? 0);
      update({ sentLines: done, eventsPerSecond: rate(done), ...boards() });
      if (turn % ASK_EVERY === 0) {
        const asked = [askServing(options), askLag(options)];
        for (const answer of await Promise.allSettled(asked)) {
          if (answer.status === 'fulfilled') update(answer.value);
        }
      }
      draw();
      await sleep(TURN_MS);
    }
  }

  const running = loop().catch((error: unknown) => failed.reject(error));
  return {
    failed: failed.promise,
    async stop() {
      stopped = true;
      await running;
    },
  };
}
