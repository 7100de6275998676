/**
 * How soon an impression is in the API's total: from the HTTP acknowledgement to the answer that has it, through ingest,
 * extract, speed and serving, each a process of its own, at 500 events a second. Each probe is an impression of a title
 * of its own among the others of its batch; its total is asked for until it is there.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EVERYWHERE } from '../domain/catalogue.ts';
import { startProcess, type MarqueeProcess } from '../test/support/pipeline.ts';
import { round, type Benchmark, type BenchmarkContext, type Figures } from './lib/benchmark.ts';
import { postEvents } from './lib/post-events.ts';
import { paced } from './lib/paced.ts';
import { sampleEvent } from './lib/sample-events.ts';
import { quantile } from './lib/serving/get-load.ts';
import { withServers } from './lib/stack.ts';

const EVENTS_PER_SECOND = 500;
const BATCHES_PER_SECOND = 20;
const BATCH_EVENTS = EVENTS_PER_SECOND / BATCHES_PER_SECOND;
const WARM_UP_BATCHES = 5 * BATCHES_PER_SECOND;
const MEASURED_BATCHES = 60 * BATCHES_PER_SECOND;
/** One batch in so many holds a probe. */
const PROBE_EVERY = 4;
const POLL_MS = 10;
/** A probe that takes longer counts as this much. */
const LIMIT_MS = 30_000;

export const benchmark: Benchmark = (context) =>
  withServers(['kafka', 'seaweedfs'], context, (env) => measure(env, context));

async function measure(
  environment: Readonly<Record<string, string>>,
  { say }: BenchmarkContext,
): Promise<Figures> {
  const dataDir = mkdtempSync(join(tmpdir(), 'marquee-freshness-'));
  const env = {
    ...environment,
    MARQUEE_REGION: `bench-${process.pid}`,
    MARQUEE_DATA_DIR: dataDir,
    INGEST_PORT: '0',
    SERVING_PORT: '0',
    SERVING_CATALOG_PATH: writeCatalogue(dataDir),
  };
  const processes: MarqueeProcess[] = [];
  try {
    // One after the other: the first one makes the topics, and starting is the most that this machine has to do.
    for (const name of ['ingest', 'extract', 'speed', 'serving'] as const) {
      say(`${name}: starting`);
      processes.push(await startProcess(name, { env, logDir: join(dataDir, 'logs') }));
    }
    const urlOf = (name: string): string => processes.find((one) => one.name === name)?.url() ?? '';
    const addresses = { ingest: urlOf('ingest'), serving: urlOf('serving') };
    say(`sending ${EVENTS_PER_SECOND} events/s`);
    await send(addresses, WARM_UP_BATCHES, 'warm');
    const { freshness, behindMs } = await send(addresses, MEASURED_BATCHES, 'probe');
    if (behindMs > 1000)
      say(`the machine could not keep the rate: the last batch was ${round(behindMs)} ms late`);
    return {
      p50_ms: round(quantile(freshness, 0.5)),
      p99_ms: round(quantile(freshness, 0.99)),
      probes: freshness.length,
      events_per_second: EVENTS_PER_SECOND,
    };
  } finally {
    await Promise.all(processes.map((one) => one.stop()));
    rmSync(dataDir, { recursive: true, force: true });
  }
}

interface Addresses {
  readonly ingest: string;
  readonly serving: string;
}

/** Sends batches at the rate, and resolves when every probe was seen. */
async function send(
  addresses: Addresses,
  batches: number,
  run: string,
): Promise<{ freshness: Float64Array; behindMs: number }> {
  const { results, behindMs } = await paced(batches, BATCHES_PER_SECOND, (batch) =>
    sendOne(addresses, batch, run),
  );
  return { freshness: Float64Array.from(results.filter((ms) => ms !== undefined)).sort(), behindMs };
}

/** Sends one batch; where it holds a probe, resolves with how long that took from acknowledgement to presence. */
async function sendOne(
  { ingest, serving }: Addresses,
  batch: number,
  run: string,
): Promise<number | undefined> {
  const title = `${run}-${batch}`;
  const isProbe = batch % PROBE_EVERY === 0;
  const events = Array.from({ length: BATCH_EVENTS }, (_, i) => {
    const event = { ...sampleEvent(batch * BATCH_EVENTS + i), eventId: `${run}-${batch}-${i}` };
    return isProbe && i === 0 ? { ...event, titleId: title } : event;
  });
  await postEvents(ingest, events);
  return isProbe ? timeUntilCounted(serving, title) : undefined;
}

async function timeUntilCounted(serving: string, title: string): Promise<number> {
  const acknowledgedAt = performance.now();
  for (;;) {
    const response = await fetch(`${serving}/v1/titles/${title}/counts`);
    const counts = (await response.json()) as { readonly impressions?: { readonly total: number } };
    const tookMs = performance.now() - acknowledgedAt;
    if (tookMs >= LIMIT_MS || (counts.impressions?.total ?? 0) > 0) return Math.min(tookMs, LIMIT_MS);
    await sleep(POLL_MS);
  }
}

/** Serving is ready once it has a catalogue; which titles are in it makes no difference to counts. */
function writeCatalogue(dataDir: string): string {
  const path = join(dataDir, 'catalogue.ndjson');
  const entry = { titleId: 'title-0', kind: 'film', name: 'Title 0', availability: EVERYWHERE };
  writeFileSync(path, `${JSON.stringify(entry)}\n`);
  return path;
}
