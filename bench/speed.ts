/**
 * From Kafka to updated cells and published chunks: the speed stage beside a Kafka Streams application that counts the
 * same (bench/peers/kafka-streams/) and beside a consumer that only counts bytes. All read
 * the same two topics from the same broker, each in a process of its own, one after the other; every run starts from
 * nothing, and what it counted must be what was written.
 *
 * A process of ours has a thread a core (`--threads` to change it), the peer's has two; beside it are one of one thread, which
 * is what it has unless configured, and two processes of one thread each. Our counts are exact across kills, so the peer
 * of the main ratios is the one that processes exactly once; it runs at least once as well.
 *
 * The first third of the log is for compilers to warm up, on every side. Rates are of the rest: by time until the last
 * record was taken, by CPU until everything was published.
 */
import { COUNTED_TOPICS } from '../domain/topics.ts';
import { loadConfig } from '../infra/config.ts';
import { openKafka, openObjectStore } from '../infra/connections.ts';
import { createLog } from '../infra/log.ts';
import type { Benchmark, BenchmarkContext } from './lib/benchmark.ts';
import { buildKafkaStreamsPeer } from './lib/kafka-streams-build.ts';
import { kafkaStreamsLane, type PeerTuning } from './lib/kafka-streams-lane.ts';
import { describeRun, figuresOf, SIDES, type Round, type SideName } from './lib/speed-figures.ts';
import { measureRun, type Counts, type SpeedLane } from './lib/speed-lane.ts';
import { deleteTopics, writeSpeedLog, type WrittenLog } from './lib/speed-log.ts';
import { bareLane, marqueeLane, type SidesDeps } from './lib/speed-sides.ts';
import { withServers } from './lib/stack.ts';

const TUNING: Omit<PeerTuning, 'guarantee'> = {
  threads: 2,
  store: 'memory',
  table: 'write-back',
  heap: '3g',
  collector: 'Parallel',
  lingerMs: 100,
  pollRecords: 5000,
  bufferedRecords: 10_000,
  partitionFetchBytes: 1 << 20,
};
const WARM_UP_SHARE = 1 / 3;
const RUN_TIMEOUT_MS = 180_000;

export const benchmark: Benchmark = async (context) => {
  const { option, say } = context;
  const built = await buildKafkaStreamsPeer(say);
  return withServers(['kafka', 'seaweedfs'], context, async (servers) => {
    const region = `bench-speed-${process.pid}`;
    const environment = {
      ...servers,
      MARQUEE_REGION: region,
      MARQUEE_LOG_LEVEL: 'warn',
      MARQUEE_BLOCK_SIZE: option('block-size', '16384'),
      // Producers send batches of about a megabyte, and an answer should hold more than one.
      KAFKA_MAX_BYTES_PER_PARTITION: option('fetch-bytes', '4194304'),
      SPEED_FLUSH_INTERVAL_MS: option('emit-interval-ms', '1000'),
      // On a busy machine two members of a group would take each other for dead.
      KAFKA_SESSION_TIMEOUT_MS: '30000',
    };
    const config = loadConfig(environment);
    const kafka = openKafka(config, createLog({ name: 'bench', level: 'warn' }));
    const store = openObjectStore(config);
    try {
      await store.ensureBucket();
      const total = Number(option('events', '1200000'));
      const written = await writeSpeedLog(kafka, config, total);
      say(
        `${total} records of ${Math.round(written.bytesPerRecord)} bytes on ${COUNTED_TOPICS.join(' and ')}`,
      );
      const deps: SidesDeps = { config, environment, kafka, store };
      const peer = (guarantee: PeerTuning['guarantee']): SpeedLane =>
        kafkaStreamsLane(deps, {
          ...{ built, total, tuning: { ...tuned(context), guarantee } },
          emitIntervalMs: config.speed.flushIntervalMs,
        });
      const lanes: Lanes = {
        marquee: marqueeLane(deps, 1, Number(option('threads', '0'))),
        kafka_streams: peer('exactly_once_v2'),
        bare_read: bareLane(deps, 'records'),
        one_thread: marqueeLane(deps, 1),
        two_processes: marqueeLane(deps, 2),
        kafka_streams_at_least_once: peer('at_least_once'),
        bare_columns: bareLane(deps, 'columns'),
      };
      return figuresOf(await measure(lanes, written, context));
    } finally {
      await deleteTopics(kafka, `${region}.`);
      await kafka.close();
      store.close();
    }
  });
};

type Lanes = Readonly<Record<SideName, SpeedLane>>;

/** The tuning, or what an option such as `peer-threads` says instead. */
function tuned({ option }: BenchmarkContext): typeof TUNING {
  const entries = Object.entries(TUNING).map(([name, value]) => {
    const given = option(`peer-${name}`, String(value));
    return [name, typeof value === 'number' ? Number(given) : given];
  });
  return Object.fromEntries(entries) as typeof TUNING;
}

/** Every side once a round, in turns forwards and backwards. */
async function measure(
  lanes: Lanes,
  written: WrittenLog,
  { option, say }: BenchmarkContext,
): Promise<Round[]> {
  const plan = {
    total: written.records,
    warmUp: Math.floor(written.records * WARM_UP_SHARE),
    timeoutMs: RUN_TIMEOUT_MS,
  };
  const wanted = option('sides', SIDES.join(',')).split(',');
  const sides = SIDES.filter((side) => wanted.includes(side));
  const rounds: Round[] = [];
  for (let turn = 0; turn < Number(option('runs', '5')); turn += 1) {
    const round: Round = {};
    for (const side of turn % 2 === 0 ? sides : sides.toReversed()) {
      const figures = await measureRun(lanes[side], plan);
      refuseOtherCounts(side, figures.counts, written.counts);
      round[side] = figures;
      say(`round ${turn + 1}: ${describeRun(side, figures)}`);
    }
    rounds.push(round);
  }
  return rounds;
}

function refuseOtherCounts(side: string, counted: Counts | undefined, written: Counts): void {
  if (counted === undefined) return;
  for (const [measure, value] of Object.entries(written)) {
    const found = counted[measure as keyof Counts];
    if (found !== value) throw new Error(`${side} counted ${found} ${measure}, written were ${value}`);
  }
}
