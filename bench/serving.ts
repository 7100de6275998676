/**
 * Home pages of 8 rows × 20 titles for random profiles of 100,000, over 10,000 titles, while cells come in: the whole of
 * serving, over views, cells and profiles that were made up, with profiles in LMDB and every answer kept on Kafka, as serving
 * comes. No answer is used again: every page is ranked for its profile when it is asked for. The peer is a bare Express
 * handler that sends an equal object, made before, with `res.json`. Each is a process of its own, in turns, and ratios are of
 * answers per CPU second of the server's process, background work included. Times are from when a request was due; the
 * peer's, at the same rate, tell how much of them is the machine and who asks.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../domain/random.ts';
import { SERVING_FLAGS } from '../infra/local/node-flags.ts';
import { median, round, type Benchmark, type BenchmarkContext, type Figures } from './lib/benchmark.ts';
import { startMeasured, type MeasuredProcess } from './lib/measured-process.ts';
import { getClosed, getOpen, quantile } from './lib/serving/get-load.ts';
import { COUNTRIES, profileOf } from './lib/serving/synthetic.ts';
import { withServers } from './lib/stack.ts';

const PROFILES = 100_000;
const ADDRESSES = 20_000;
const CONNECTIONS = 16;
/** Lists are kept fresh for longer. */
const BACKGROUND_MS = 5000;
/** Of metrics. */
const READS = String.raw`marquee_profile_reads_total\{[^}]*outcome="answered"[^}]*\}`;
const LEFT_OUT = 'marquee_served_rows_left_out_total';
const PAGE = 'home?rows=8&limit=20';
const ROW = 'rows/top-picks?limit=20';

interface Turn {
  readonly perSecond: number;
  readonly perCpuSecond: number;
}

interface Sides {
  readonly marquee: MeasuredProcess;
  readonly bare: MeasuredProcess;
}

export const benchmark: Benchmark = (context) =>
  withServers(['kafka'], context, async (servers) => {
    const lib = join(import.meta.dirname, 'lib/serving');
    const marquee = await startMeasured(join(lib, 'home-server.ts'), servers, SERVING_FLAGS);
    const bare = await startMeasured(join(lib, 'bare-home-server.ts'), {});
    try {
      return await measure({ marquee, bare }, context);
    } finally {
      await Promise.all([marquee.close(), bare.close()]);
    }
  });

async function measure(sides: Sides, context: BenchmarkContext): Promise<Figures> {
  const pageBytes = await share(sides, 'home', PAGE);
  const rowBytes = await share(sides, 'row', ROW);
  const page = await compare(sides, 'page', PAGE, context);
  const row = await compare(sides, 'row', ROW, context);
  const seconds = Number(context.option('seconds', '20'));
  const background = await backgroundOf(sides.marquee);
  const rate = Math.max(1, Math.floor(page.perSecond / 2));
  const loadOf = (side: MeasuredProcess) => ({ urls: addresses(side, PAGE), connections: 64 });
  const load = loadOf(sides.marquee);
  const bare = await getOpen(loadOf(sides.bare), rate, seconds);
  const calm = await getOpen(load, rate, seconds);
  context.say(`at ${rate} pages a second: p50 ${round(quantile(calm, 0.5))} ms`);
  sides.marquee.send('swaps');
  const swapping = await getOpen(load, rate, seconds);
  sides.marquee.send('no swaps');
  return {
    pages_per_second: round(page.perSecond),
    pages_per_cpu_second: round(page.perCpuSecond),
    bare_pages_per_cpu_second: round(page.bare),
    ratio_vs_bare_express: round(page.ratio),
    rows_per_cpu_second: round(row.perCpuSecond),
    bare_rows_per_cpu_second: round(row.bare),
    row_ratio_vs_bare_express: round(row.ratio),
    background_cpu_ms_per_second: round(background),
    computed_share: round(page.computed),
    served_rows_left_out: await countOf(sides.marquee, LEFT_OUT),
    page_bytes: pageBytes,
    row_bytes: rowBytes,
    half_load_per_second: rate,
    p50_ms: round(quantile(calm, 0.5)),
    p99_ms: round(quantile(calm, 0.99)),
    bare_p50_ms: round(quantile(bare, 0.5)),
    bare_p99_ms: round(quantile(bare, 0.99)),
    bare_p999_ms: round(quantile(bare, 0.999)),
    swap_p50_ms: round(quantile(swapping, 0.5)),
    swap_p99_ms: round(quantile(swapping, 0.99)),
    swap_p999_ms: round(quantile(swapping, 0.999)),
  };
}

/**
 * What following and counting take while nobody asks, with the lists of all countries kept fresh: the share of it in a ratio is
 * the larger the less of a machine the process gets.
 */
async function backgroundOf(server: MeasuredProcess): Promise<number> {
  const [before, started] = [await server.cpuSeconds(), performance.now()];
  await sleep(BACKGROUND_MS);
  const used = (await server.cpuSeconds()) - before;
  return (used * 1_000_000) / (performance.now() - started);
}

/** Gives the bare side the object that serving answers; says how long it is. */
async function share({ marquee, bare }: Sides, name: string, path: string): Promise<number> {
  const answer = await fetch(addresses(marquee, path)[0]!);
  const body = await answer.text();
  await fetch(`${bare.url}/objects/${name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body,
  });
  return body.length;
}

async function compare(
  { marquee, bare }: Sides,
  what: string,
  path: string,
  { say, option }: BenchmarkContext,
): Promise<Turn & { readonly bare: number; readonly ratio: number; readonly computed: number }> {
  const requests = Number(option('requests', '2000'));
  const warmUp = Number(option('warm', '10000'));
  // Both have compiled what they do before it counts.
  for (const side of [marquee, bare]) await turn(side, path, warmUp);
  const readsBefore = await countOf(marquee, READS);
  const pairs: { marquee: Turn; bare: Turn }[] = [];
  for (let pair = 1; pair <= Number(option('pairs', '7')); pair += 1) {
    const measured = { marquee: await turn(marquee, path, requests), bare: await turn(bare, path, requests) };
    pairs.push(measured);
    const { marquee: ours, bare: theirs } = measured;
    say(
      `${what} ${pair}: ${round(ours.perCpuSecond)} per CPU second, bare Express ${round(theirs.perCpuSecond)}`,
    );
  }
  const computed = ((await countOf(marquee, READS)) - readsBefore) / READS_A_PAGE / (pairs.length * requests);
  return {
    computed,
    perSecond: median(pairs.map((pair) => pair.marquee.perSecond)),
    perCpuSecond: median(pairs.map((pair) => pair.marquee.perCpuSecond)),
    bare: median(pairs.map((pair) => pair.bare.perCpuSecond)),
    ratio: median(pairs.map((pair) => pair.marquee.perCpuSecond / pair.bare.perCpuSecond)),
  };
}

/** A page that is ranked for its profile asks for what that watched and for what it was shown. */
const READS_A_PAGE = 2;

/** A count since the process began. */
async function countOf({ url }: MeasuredProcess, series: string): Promise<number> {
  const told = await (await fetch(`${url}/metrics`)).text();
  const [, count] = new RegExp(`^${series} (\\d+)`, 'm').exec(told) ?? [];
  if (count === undefined) throw new Error(`the process does not say ${series}`);
  return Number(count);
}

async function turn(server: MeasuredProcess, path: string, requests: number): Promise<Turn> {
  const before = await server.cpuSeconds();
  const { seconds } = await getClosed({ urls: addresses(server, path), connections: CONNECTIONS }, requests);
  const cpuSeconds = (await server.cpuSeconds()) - before;
  return { perSecond: requests / seconds, perCpuSecond: requests / cpuSeconds };
}

/** Of random profiles in all countries. */
function addresses({ url }: MeasuredProcess, path: string): string[] {
  const random = createRandom(3);
  return Array.from({ length: ADDRESSES }, () => {
    const country = COUNTRIES[random.below(COUNTRIES.length)]!;
    return `${url}/v1/profiles/${profileOf(random.below(PROFILES))}/${path}&country=${country}&device=tv&hour=20`;
  });
}
