/**
 * Events per second over HTTP, acknowledged by Kafka with acks=all: 1.2 KB events in batches of 100 from 16
 * connections. The peer is a bare Express handler that parses the same bodies and does nothing else; each runs in a
 * process of its own, in turns, and the ratio is of events per CPU second of the handler's process.
 */
import { join } from 'node:path';
import { median, round, type Benchmark, type BenchmarkContext, type Figures } from './lib/benchmark.ts';
import { post, type Load } from './lib/load.ts';
import { startMeasured, type MeasuredProcess } from './lib/measured-process.ts';
import { sampleBatches, EVENTS_PER_BATCH } from './lib/sample-events.ts';
import { withServers } from './lib/stack.ts';

const PAIRS = 7;
/** Turns are counted in batches, not seconds: on a busy machine a turn of fixed length holds too few events. */
const TURN_BATCHES = 1_000;
const WARM_UP_BATCHES = 2_000;
const CONNECTIONS = 16;
const DIFFERENT_BATCHES = 64;

interface Turn {
  readonly perSecond: number;
  readonly perCpuSecond: number;
}

export const benchmark: Benchmark = (context) =>
  withServers(['kafka'], context, (env) => measure(env, context));

async function measure(
  environment: Readonly<Record<string, string>>,
  { say }: BenchmarkContext,
): Promise<Figures> {
  const ingest = await startMeasured(join(import.meta.dirname, 'lib/ingest-server.ts'), {
    ...environment,
    MARQUEE_REGION: `bench-${process.pid}`,
    INGEST_PORT: '0',
    INGEST_REQUESTS_PER_MINUTE: '0',
  });
  const bare = await startMeasured(join(import.meta.dirname, 'lib/bare-server.ts'), environment);
  try {
    const bodies = sampleBatches(DIFFERENT_BATCHES);
    for (const server of [ingest, bare]) await turn(server, bodies, WARM_UP_BATCHES);
    const turns: { ingest: Turn; bare: Turn }[] = [];
    for (let pair = 0; pair < PAIRS; pair += 1) {
      const measured = {
        ingest: await turn(ingest, bodies, TURN_BATCHES),
        bare: await turn(bare, bodies, TURN_BATCHES),
      };
      turns.push(measured);
      say(`pair ${pair + 1}: ${describe(measured.ingest)}, bare Express ${describe(measured.bare)}`);
    }
    return {
      events_per_second: round(median(turns.map((pair) => pair.ingest.perSecond))),
      events_per_cpu_second: round(median(turns.map((pair) => pair.ingest.perCpuSecond))),
      bare_events_per_cpu_second: round(median(turns.map((pair) => pair.bare.perCpuSecond))),
      ratio: round(median(turns.map((pair) => pair.ingest.perCpuSecond / pair.bare.perCpuSecond))),
    };
  } finally {
    await Promise.all([ingest.close(), bare.close()]);
  }
}

async function turn(server: MeasuredProcess, bodies: readonly Buffer[], requests: number): Promise<Turn> {
  const load: Load = {
    url: `${server.url}/v1/events`,
    bodies,
    connections: CONNECTIONS,
    requests,
    contentType: 'application/json',
  };
  const before = await server.cpuSeconds();
  const { byStatus, seconds } = await post(load);
  const cpuSeconds = (await server.cpuSeconds()) - before;
  const refused = [...byStatus].filter(([status]) => status !== 202);
  if (refused.length > 0) throw new Error(`not every batch was acknowledged: ${JSON.stringify(refused)}`);
  const events = (byStatus.get(202) ?? 0) * EVENTS_PER_BATCH;
  return { perSecond: events / seconds, perCpuSecond: events / cpuSeconds };
}

function describe({ perSecond, perCpuSecond }: Turn): string {
  return `${round(perSecond)} events/s, ${round(perCpuSecond)} per CPU second`;
}
