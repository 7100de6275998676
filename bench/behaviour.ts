/**
 * From Kafka to stored state: the `behaviour` process as it is deployed, all of its rules reading the same plays and
 * impressions, with what they say sent, state on its disk and checkpoints in the object store; beside a consumer of the same
 * client that only counts bytes. The log is the one of `bench -- speed` (a million profiles, of which few come twice; `--events`),
 * rounds in turns (`--runs`). An event counts once, though every rule reads it. The first third warms up; CPU is that of
 * the whole process until everything is stored. Linux only: the kernel says how much CPU the process has used.
 */
import { loadConfig } from '../infra/config.ts';
import { openKafka, openObjectStore } from '../infra/connections.ts';
import { createLog } from '../infra/log.ts';
import { behaviourLane } from './lib/behaviour-lane.ts';
import { median, round, type Benchmark } from './lib/benchmark.ts';
import { measureRun, type RunFigures, type SpeedLane } from './lib/speed-lane.ts';
import { deleteTopics, writeSpeedLog } from './lib/speed-log.ts';
import { bareLane, type SidesDeps } from './lib/speed-sides.ts';
import { withServers } from './lib/stack.ts';

const WARM_UP_SHARE = 1 / 3;
const RUN_TIMEOUT_MS = 300_000;

type SideName = 'marquee' | 'bare_read';

export const benchmark: Benchmark = async (context) => {
  const { option, say } = context;
  return withServers(['kafka', 'seaweedfs'], context, async (servers) => {
    const environment = {
      ...servers,
      MARQUEE_REGION: `bench-behaviour-${process.pid}`,
      MARQUEE_LOG_LEVEL: 'warn',
      KAFKA_SESSION_TIMEOUT_MS: '30000',
    };
    const config = loadConfig(environment);
    const kafka = openKafka(config, createLog({ name: 'bench', level: 'warn' }));
    const store = openObjectStore(config);
    try {
      await store.ensureBucket();
      const { records } = await writeSpeedLog(kafka, config, Number(option('events', '300000')));
      const deps: SidesDeps = { config, environment, kafka, store };
      const lanes: Record<SideName, SpeedLane> = {
        marquee: behaviourLane(deps),
        bare_read: bareLane(deps, 'records'),
      };
      const plan = {
        total: records,
        warmUp: Math.floor(records * WARM_UP_SHARE),
        timeoutMs: RUN_TIMEOUT_MS,
      };
      const rounds: Record<SideName, RunFigures>[] = [];
      for (let turn = 0; turn < Number(option('runs', '3')); turn += 1) {
        const marquee = await measureRun(lanes.marquee, plan);
        const bare = await measureRun(lanes.bare_read, plan);
        rounds.push({ marquee, bare_read: bare });
        say(
          `round ${turn + 1}: ${round(marquee.perSecond)} events/s, ${round(marquee.perCpuSecond)} per CPU second`,
        );
      }
      const figure = (side: SideName, of: 'perSecond' | 'perCpuSecond'): number =>
        round(median(rounds.map((one) => one[side][of])));
      return {
        events_per_second: figure('marquee', 'perSecond'),
        events_per_cpu_second: figure('marquee', 'perCpuSecond'),
        ratio_vs_bare_read: round(
          median(rounds.map(({ marquee, bare_read: bare }) => marquee.perCpuSecond / bare.perCpuSecond)),
        ),
        bare_read_events_per_cpu_second: figure('bare_read', 'perCpuSecond'),
      };
    } finally {
      await deleteTopics(kafka, `${config.region}.`);
      await kafka.close();
      store.close();
    }
  });
};
