/**
 * A step of load on real servers: the controller in this process, a fleet of speed processes that follows it, a load that
 * becomes five times as large for a while, and at the end what was counted beside what was sent.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { COUNTED_TOPICS } from '../../domain/topics.ts';
import { commandOf } from '../../infra/cli/scale.ts';
import type { Config } from '../../infra/config.ts';
import { openKafka, topicPlanOf } from '../../infra/connections.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { openFleet, type Fleet } from '../../infra/local/fleet.ts';
import { followScale } from '../../infra/local/follow-scale.ts';
import { silentLog } from '../../infra/log.ts';
import type { ScaleAnswer } from '../../streaming/controller/app.ts';
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
  /** What a process takes, records a second; as much as the machine lets it unless given. */
  readonly processTakes?: number;
  readonly say?: (line: string) => void;
}

/** What the controller said, by the machine's clock. */
export interface ScaleSample extends Pick<
  ScaleAnswer,
  'desired' | 'running' | 'lag_records' | 'arrivals_per_second' | 'capacity_per_second'
> {
  readonly at: number;
}

/** A step: from when to when the load was five times as large. */
export interface LoadStep {
  readonly from: number;
  readonly to: number;
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
  readonly samples: readonly ScaleSample[];
  readonly steps: readonly LoadStep[];
  /** Of the controller: what counts as no backlog, and how soon one should be gone. */
  readonly rules: { readonly lagAllowanceMs: number; readonly drainTargetMs: number };
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
  const samples: ScaleSample[] = [];
  const end = new AbortController();
  const following = followScale({
    fleet: watched.fleet,
    async ask() {
      const response = await fetch(`${url}/v1/scale/speed`);
      const answer = (await response.json()) as ScaleAnswer;
      if (!response.ok) throw new Error(`the controller answered ${response.status}`);
      samples.push({ ...answer, at: Date.now() });
      return answer.desired;
    },
    pollIntervalMs: WATCH_MS,
    signal: end.signal,
  });
  const load = await startCleanLoad(config, kafka);
  try {
    const isAbsorbed = (): boolean => {
      const last = samples.at(-1);
      return last?.running === last?.desired && hasNoBacklog(last, config.controller.lagAllowanceMs);
    };
    const steps = await driveLoad(load, watched.fleet, isAbsorbed, options);
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
    const desired = samples.map((one) => one.desired);
    return {
      ...{ records, differences, holes: reach.holes.length, changes, deaths: deaths(), markerTimes },
      ...{ samples, steps, rules: config.controller },
      wanted: desired.filter((now, i) => now !== desired[i - 1]),
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

export const hasNoBacklog = (sample: ScaleSample | undefined, lagAllowanceMs: number): boolean =>
  sample !== undefined && sample.lag_records <= (sample.arrivals_per_second * lagAllowanceMs) / 1000;

/**
 * A constant load, the step until what waits is gone and then for a while, and the constant load again, until the fleet is
 * as small as it was.
 */
async function driveLoad(
  load: CleanLoad,
  fleet: Fleet,
  isAbsorbed: () => boolean,
  options: ScaleRunOptions,
): Promise<LoadStep[]> {
  const { baseRate, baseMs, stepMs, peak, patienceMs, rounds = 1, say = () => {} } = options;
  const steps: LoadStep[] = [];
  load.setRate(baseRate);
  await until(() => fleet.members().length === 1, patienceMs);
  for (let round = 0; round < rounds; round++) {
    await sleep(baseMs);
    say(`${baseRate * STEP} records a second`);
    const from = Date.now();
    load.setRate(baseRate * STEP);
    await until(() => fleet.members().length >= peak, patienceMs);
    // Whoever asked for the run says what it means that one of these never comes.
    await until(isAbsorbed, patienceMs, WATCH_MS).catch(() => say('a backlog is left'));
    await sleep(stepMs);
    steps.push({ from, to: Date.now() });
    say(`${baseRate} records a second`);
    load.setRate(baseRate);
    await until(() => fleet.members().length === 1, patienceMs).catch(() => say('processes are left over'));
  }
  return steps;
}

interface WatchedFleet {
  readonly fleet: Fleet;
  readonly changes: readonly FleetChange[];
  deaths(): number;
}

const SLOW_SPEED = fileURLToPath(new URL('slow-speed.ts', import.meta.url));

function watchFleet(config: Config, { env, processTakes, say = () => {} }: ScaleRunOptions): WatchedFleet {
  const changes: FleetChange[] = [];
  let deaths = 0;
  const fleet = openFleet({
    name: 'speed',
    command:
      processTakes === undefined
        ? commandOf('speed')
        : [process.execPath, '--disable-warning=ExperimentalWarning', SLOW_SPEED],
    env: {
      ...testEnvironment(env),
      ...(processTakes !== undefined && { SLOW_SPEED_RECORDS_PER_SECOND: String(processTakes) }),
    },
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
