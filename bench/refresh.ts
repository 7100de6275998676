/**
 * A refresh of counts over events in the lake, `--events` of them (20 million) in `--days` (28): fewer events in as many
 * fewer days are as many to a file, the lake being partitioned by hours of append time. Ratios are of wall time, a bare
 * statement's over that of the full recompute, which counts five tables and orders each; `cpu_ratio_…` the same of CPU
 * time. `ratio_vs_duckdb`: the same eight measures by title, country and hour in plain SQL (lib/refresh-peer.ts), one
 * statement into a Parquet file in no order; its sums must be ours. `ratio_vs_duckdb_raw`: a group-by of raw counts alone,
 * without cut, proofs and caps. Each side has an instance of DuckDB of its own, in which it has read the files once before
 * (`cold_…`: that first time, the peer's by `duckdb`); what is new is laid over once before, too. With `--parts=true` also
 * `ratio_vs_duckdb_parts`: a bare group-by for every part, each ordered. `incremental_share`: of wall time, that of laying 1 %
 * of new events over the version, over that of counting all of them anew; both come to the same bytes.
 * `peak_memory_bytes`: of this process while it counts in full, before any bare statement, with `--memory-mb` (1024) for
 * DuckDB; bare statements have `--peers-memory-mb` (8192), since the first fails with less. With `--lake=<name>` the
 * events stay in a region of that name, and a later run goes on from them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../infra/config.ts';
import type { DuckDbLake } from '../infra/lake/lake.ts';
import { openLake, type OpenLake } from '../infra/lake/open.ts';
import { WORKER_FLAGS } from '../infra/local/node-flags.ts';
import { silentLog } from '../infra/log.ts';
import { median, round, type Benchmark, type BenchmarkContext, type Figures } from './lib/benchmark.ts';
import { inOwnProcess } from './lib/in-own-process.ts';
import { watchMemory } from './lib/peak-memory.ts';
import { endOfEvents, SPAN_DAYS } from './lib/refresh-events.ts';
import { fill, NEW_SHARE } from './lib/refresh-lake.ts';
import {
  createRefreshSides,
  timed,
  type BothLakes,
  type RefreshSides,
  type Timed,
  type Version,
} from './lib/refresh-sides.ts';
import { withServers } from './lib/stack.ts';

export const benchmark = inOwnProcess(import.meta.filename, WORKER_FLAGS);

export const measured: Benchmark = (context) =>
  withServers(['seaweedfs'], context, async (environment) => {
    const dir = mkdtempSync(join(tmpdir(), 'marquee-refresh-'));
    const kept = context.option('lake', '');
    const memoryMb = (name: string, otherwise: string): number => Number(context.option(name, otherwise));
    const region = kept === '' ? `bench-refresh-${process.pid}` : kept;
    const openWith = (limitMb: number, name: string): Promise<OpenLake> =>
      openLake(
        loadConfig({
          ...environment,
          MARQUEE_REGION: region,
          MARQUEE_DATA_DIR: join(dir, name),
          DUCKDB_MEMORY_LIMIT_MB: String(limitMb),
        }),
        silentLog(),
      );
    const ours = await openWith(memoryMb('memory-mb', '1024'), 'ours');
    const peers = await openWith(memoryMb('peers-memory-mb', '8192'), 'peers');
    try {
      return await measure({ ours: ours.lake, peers: peers.lake }, region, dir, context);
    } finally {
      if (kept === '') await dropEvents(ours.lake).catch(() => undefined);
      await ours.close();
      await peers.close();
      rmSync(dir, { recursive: true, force: true });
    }
  });

async function measure(
  { ours, peers }: BothLakes,
  region: string,
  dir: string,
  context: BenchmarkContext,
): Promise<Figures> {
  const { option, say } = context;
  const [events, days] = [Number(option('events', '20000000')), Number(option('days', '28'))];
  const [pairs, withParts] = [Number(option('pairs', '3')), option('parts', 'false') === 'true'];
  const ofFourWeeks = days / SPAN_DAYS;
  const { then, now } = await fill(ours, region, { events, days }, say);
  const sides = createRefreshSides({ ours: then, peers }, dir);
  const { turns, version, cold, coldSame, peakMemoryBytes } = await takeTurns(
    sides,
    endOfEvents(ofFourWeeks),
    {
      ...{ pairs, withParts, say },
    },
  );
  const later = createRefreshSides({ ours: now, peers }, dir);
  const asOf = endOfEvents(ofFourWeeks * (1 + NEW_SHARE));
  // As with the full count: what is new is fetched, and the code that lays it over compiled, before it counts.
  const coldLaid = await timed(() => later.incremental(version, asOf, 'laid'));
  say(`incremental, for the first time ${told(coldLaid)}`);
  const laid: Timed<Version>[] = [];
  const anew: Timed<Version>[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const lay = await timed(() => later.incremental(version, asOf, 'laid'));
    const full = await timed(() => later.full(asOf, 'again'));
    assertSame(lay.value, full.value);
    laid.push(lay);
    anew.push(full);
    say(`incremental ${told(lay)}, full ${told(full)}`);
  }
  const share = (of: (timed: Spent) => number): number =>
    round(median(laid.map((one, pair) => of(one) / of(anew[pair]!))));
  return {
    events,
    days,
    ...ratios(turns, withParts),
    cold_full_seconds: round(cold.seconds),
    cold_ratio_vs_duckdb: round(coldSame.seconds / cold.seconds),
    full_seconds: round(median(turns.map(({ ours }) => ours.seconds))),
    full_cpu_seconds: round(median(turns.map(({ ours }) => ours.cpuSeconds))),
    cold_incremental_seconds: round(coldLaid.seconds),
    incremental_share: share(({ seconds }) => seconds),
    cpu_incremental_share: share(({ cpuSeconds }) => cpuSeconds),
    incremental_seconds: round(median(laid.map(({ seconds }) => seconds))),
    incremental_cpu_seconds: round(median(laid.map(({ cpuSeconds }) => cpuSeconds))),
    peak_memory_bytes: peakMemoryBytes,
  };
}

type Spent = Omit<Timed<unknown>, 'value'>;

/** Of each peer to ours, by wall and by CPU time. */
function ratios(turns: readonly Turn[], withParts: boolean): Figures {
  type Peer = Exclude<keyof Turn, 'ours'>;
  const peers: (readonly [string, Peer])[] = [
    ['duckdb', 'same'],
    ['duckdb_raw', 'raw'],
  ];
  if (withParts) peers.push(['duckdb_parts', 'parts']);
  const against = (peer: Peer, of: (spent: Spent) => number): number =>
    round(median(turns.map((turn) => of(turn[peer]!) / of(turn.ours))));
  return Object.fromEntries(
    peers.flatMap(([name, peer]) => [
      [`ratio_vs_${name}`, against(peer, ({ seconds }) => seconds)],
      [`cpu_ratio_vs_${name}`, against(peer, ({ cpuSeconds }) => cpuSeconds)],
    ]),
  );
}

const told = ({ cpuSeconds, seconds }: { cpuSeconds: number; seconds: number }): string =>
  `${round(cpuSeconds)} CPU s (${round(seconds)} s)`;

type Turn = Readonly<Record<'ours' | 'same' | 'raw', Spent>> & { readonly parts: Spent | undefined };

/** What each side took, so many times in turns, after a first time that finds no file in DuckDB's memory. */
async function takeTurns(
  sides: RefreshSides,
  asOf: number,
  { pairs, withParts, say }: Pick<BenchmarkContext, 'say'> & { pairs: number; withParts: boolean },
): Promise<{
  readonly turns: readonly Turn[];
  readonly version: Version;
  readonly cold: Spent;
  readonly coldSame: Spent;
  readonly peakMemoryBytes: number;
}> {
  const memory = watchMemory();
  const cold = await timed(() => sides.full(asOf, 'full'));
  const peakMemoryBytes = memory.stop();
  const { value: version } = cold;
  const { plan } = version;
  say(`full, no file in memory yet ${told(cold)}`);
  const coldSame = await timed(() => sides.bareSame(version));
  say(`the same by plain SQL, no file in memory yet ${told(coldSame)}`);
  const turns: Turn[] = [];
  while (turns.length < pairs) {
    const ours = await timed(() => sides.full(asOf, 'full'));
    say(`full ${told(ours)}`);
    const same = await timed(() => sides.bareSame(version));
    say(`the same by plain SQL ${told(same)}`);
    const raw = await timed(() => sides.bareCounts(plan));
    say(`raw counts ${told(raw)}`);
    const parts = withParts ? await timed(() => sides.bareParts(plan, asOf)) : undefined;
    turns.push({ ours, same, raw, parts });
    if (parts !== undefined) say(`bare parts ${told(parts)}`);
  }
  return { turns, version, cold, coldSame, peakMemoryBytes };
}

const dropEvents = (lake: DuckDbLake): Promise<void> =>
  lake.read(async (connection) => {
    for (const table of ['plays', 'impressions'] as const)
      await connection.run(`DROP TABLE IF EXISTS ${lake.reference(table)}`);
  });

function assertSame(a: Version, b: Version): void {
  const digest = ({ parts }: Version): string =>
    parts.parts.map(({ name, rows, sha256 }) => `${name} ${rows} ${sha256}`).join('\n');
  if (digest(a) !== digest(b)) throw new Error(`incremental and full differ:\n${digest(a)}\n${digest(b)}`);
}
