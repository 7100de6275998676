/**
 * A step of load on real servers: the controller in this process, a fleet of speed processes that follows it, a load that
 * becomes five times as large for a while, and at the end what was counted beside what was sent.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { COUNTED_TOPICS } from '../../domain/topics.ts';
import { commandOf } from '../../infra/cli/scale.ts';
import type { Config } from '../../infra/config.ts';
import { openKafka, topicPlanOf } from '../../infra/connections.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { openFleet, type Fleet } from '../../infra/local/fleet.ts';
import { askController, followScale } from '../../infra/local/follow-scale.ts';
import { silentLog } from '../../infra/log.ts';
import { startController } from '../../streaming/controller/process.ts';
import { startCleanLoad, type CleanLoad } from './clean-load.ts';
import { startLane } from './live-lane.ts';
import { differencesOf, readSpeedView, type HeldView } from './speed-view-log.ts';
import { testConfig, testEnvironment } from './stack.ts';
import { until } from './until.ts';

export interface ScaleRunOptions {
  /** On top of the environment of a test. */
  readonly env: Readonly<Record<string, string>>;
  /** Records a second before and after the step; five times as many in between. */
  readonly baseRate: number;
  /** How long the load stays as it is before the step, and after the fleet has grown. */
  readonly baseMs: number;
  readonly stepMs: number;
  /** How often the step comes; once unless given. */
  readonly rounds?: number;
  /** How many processes the step takes at least. */
  readonly peak: number;
  readonly patienceMs: number;
  readonly say?: (line: string) => void;
}

/** A start or the beginning of a stop, by the machine's clock. */
export interface FleetChange {
  readonly at: number;
  readonly type: 'started' | 'stopping';
  readonly pid: number;
}

export interface ScaleRunResult {
  readonly records: number;
  readonly differences: readonly string[];
  readonly holes: number;
  /** The numbers wanted one after the other, without repeats. */
  readonly wanted: readonly number[];
  readonly changes: readonly FleetChange[];
  /** Processes that ended by themselves. */
  readonly deaths: number;
  readonly markerTimes: HeldView['markerTimes'];
}

const STEP = 5;
const WATCH_MS = 200;

export async function runScaleStep(options: ScaleRunOptions): Promise<ScaleRunResult> {
  const config = testConfig({ ...options.env, CONTROLLER_PORT: '0' });
  const kafka = openKafka(config, silentLog());
  await ensureTopics(kafka, topicPlanOf(config));
  let url = '';
  const controller = await startLane(config, [async (context) => (url = await startController(context))]);
  const watched = watchFleet(config, options);
  const wanted: number[] = [];
  const end = new AbortController();
  const following = followScale({
    fleet: watched.fleet,
    async ask() {
      const desired = await askController(url, 'speed');
      if (wanted.at(-1) !== desired) wanted.push(desired);
      return desired;
    },
    pollIntervalMs: WATCH_MS,
    signal: end.signal,
  });
  const load = await startCleanLoad(config, kafka);
  try {
    await driveLoad(load, watched.fleet, options);
    await load.stop();
    await until(() => isCounted(config, kafka, load), options.patienceMs, 1000);
    end.abort();
    await following;
    await watched.fleet.stop();
    const held = await readSpeedView(config, kafka);
    const differences = differencesOf(load.sent, held.counts);
    const records = [...load.sent.values()].reduce((sum, count) => sum + count, 0);
    const { changes, deaths } = watched;
    const { markerTimes, reach } = held;
    return {
      records,
      differences,
      holes: reach.holes.length,
      wanted,
      changes,
      deaths: deaths(),
      markerTimes,
    };
  } finally {
    end.abort();
    await load.stop().catch(() => undefined);
    await following.catch(() => undefined);
    await watched.fleet.stop();
    await controller.stop();
    await kafka.close();
  }
}

/** A constant load, the step, and the constant load again, until the fleet is as small as it was. */
async function driveLoad(load: CleanLoad, fleet: Fleet, options: ScaleRunOptions): Promise<void> {
  const { baseRate, baseMs, stepMs, peak, patienceMs, rounds = 1, say = () => {} } = options;
  load.setRate(baseRate);
  await until(() => fleet.members().length === 1, patienceMs);
  for (let round = 0; round < rounds; round++) {
    await sleep(baseMs);
    say(`${baseRate * STEP} records a second`);
    load.setRate(baseRate * STEP);
    await until(() => fleet.members().length >= peak, patienceMs);
    await sleep(stepMs);
    say(`${baseRate} records a second`);
    load.setRate(baseRate);
    await until(() => fleet.members().length === 1, patienceMs);
  }
}

interface WatchedFleet {
  readonly fleet: Fleet;
  readonly changes: readonly FleetChange[];
  deaths(): number;
}

function watchFleet(config: Config, { env, say = () => {} }: ScaleRunOptions): WatchedFleet {
  const changes: FleetChange[] = [];
  let deaths = 0;
  const fleet = openFleet({
    name: 'speed',
    command: commandOf('speed'),
    env: testEnvironment(env),
    file: join(config.dataDir, 'fleet-speed.json'),
    logDir: join(config.dataDir, 'logs'),
    stopTimeoutMs: config.local.stopTimeoutMs,
    ...config.scale,
    onEvent(event) {
      if (event.type === 'gave-up') return say('gave up');
      const { type, member } = event;
      say(`${type} speed ${member.number}`);
      if (type === 'ended') deaths += 1;
      if (type === 'started' || type === 'stopping') changes.push({ at: Date.now(), type, pid: member.pid });
    },
  });
  return { fleet, changes, deaths: () => deaths };
}

async function isCounted(config: Config, kafka: KafkaClient, load: CleanLoad): Promise<boolean> {
  const { reach } = await readSpeedView(config, kafka);
  return COUNTED_TOPICS.every((topic) =>
    load.ends(topic).every((end, partition) => (reach.watermark[topic][partition] ?? 0) >= end),
  );
}
