/**
 * The proof that state moves with its partitions: processes of `speed` and `behaviour`, each on a machine of its own, are
 * killed, frozen, added and sent home, and checkpoints torn, while a known log is sent. After every round each partition is read to its end, and
 * counts, attribution, memory and signals must be what they are by the known log; then what the checkpoints cover is
 * deleted from the log.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { COUNTED_TOPICS, type CleanTopic } from '../../../domain/topics.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { createStoredRegistry } from '../../../infra/avro/registry.ts';
import { loadConfig, type Config } from '../../../infra/config.ts';
import { maxRecordBytesOf, openKafka, openObjectStore, topicPlanOf } from '../../../infra/connections.ts';
import { createRandom, seedOf } from '../../../domain/random.ts';
import { isRetryable } from '../../../infra/kafka/client.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { silentLog } from '../../../infra/log.ts';
import { behaviourFolds } from '../../../streaming/behaviour/folds.ts';
import { compareAll, createExpected, differencesIn, isAtEnd, type Findings } from './findings.ts';
import { createFleet } from './fleet.ts';
import { epilogue, knownLog, type KnownRecord } from './known-log.ts';
import { watchLag, type CatchUp, type Group } from './lag.ts';
import { followPublished } from './published.ts';
import { planRounds, STAGES, type RoundPlan } from './schedule.ts';
import { createSender, type OnAppended } from './sender.ts';
import { createTearing } from './tear.ts';
import { awaitCovered, coveredBySpeed, coveredByStates, trimLogs } from './trim.ts';

export interface ProofOptions {
  /** Addresses of Kafka and the object store. */
  readonly environment: Readonly<Record<string, string>>;
  readonly region: string;
  /** For the machines' disks and the logs of their processes. */
  readonly folder: string;
  readonly seed: number;
  readonly rounds: number;
  /** One line of talk, for people. */
  say(line: string): void;
}

export interface ProofResult {
  readonly rounds: readonly Findings[];
  /** Records appended. */
  readonly events: number;
  /** Records that no longer were in the log when later rounds began. */
  readonly trimmed: number;
  /** Checkpoints of which a part was torn. */
  readonly torn: number;
  /** What owners went on from in place of a checkpoint that they could not read. */
  readonly wentOn: { readonly before: number; readonly nothing: number };
  readonly catchUps: readonly CatchUp[];
}

export const SESSION_TIMEOUT_MS = 6000;
const EVENTS_PER_SECOND = 1000;
const PARTITIONS = 4;
/** How long partitions may take to be read to their end, and what was read to be published and stored. */
const PATIENCE_MS = 240_000;
const SETTLE_MS = 20_000;
const POLL_MS = 250;

const settings = ({ environment, region }: ProofOptions): Record<string, string> => ({
  ...environment,
  MARQUEE_REGION: region,
  MARQUEE_PARTITIONS: String(PARTITIONS),
  MARQUEE_BLOCK_SIZE: '512',
  MARQUEE_LOG_LEVEL: 'info',
  KAFKA_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
  KAFKA_REBALANCE_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
  KAFKA_HEARTBEAT_INTERVAL_MS: '500',
  SPEED_CHECKPOINT_INTERVAL_MS: '1000',
  BEHAVIOUR_STORE_INTERVAL_MS: '500',
  BEHAVIOUR_CHECKPOINT_INTERVAL_MS: '5000',
  // So that the checkpoint before, which the log is trimmed behind, is soon as far as the newest.
  BEHAVIOUR_CHECKPOINT_MAX_PARTS: '2',
  // Short of the log's span, so that answers become final and late events stay out while partitions move.
  ATTRIBUTION_LATENESS_MS: String(HOUR_MS),
  SIGNALS_LATENESS_MS: String(HOUR_MS),
});

const groupsOf = (config: Config): Group[] => [
  { stage: 'speed', name: 'speed', topics: COUNTED_TOPICS },
  ...behaviourFolds(config).map(({ name, topics }): Group => ({ stage: 'behaviour', name, topics })),
];

/** Cuts the log into the loads of the rounds. */
function loadsOf(plans: readonly RoundPlan[], seed: number): KnownRecord[][] {
  const counts = plans.map(({ loadMs }) => Math.round((loadMs * EVENTS_PER_SECOND) / 1000));
  const events = counts.reduce((sum, count) => sum + count, 0);
  const log = knownLog({ seed, events, partitions: PARTITIONS, until: Date.now() });
  let from = 0;
  return counts.map((count) => log.slice(from, (from += count)));
}

export async function proveRebalance(options: ProofOptions): Promise<ProofResult> {
  const { say, seed, rounds, folder } = options;
  const env = settings(options);
  const config = loadConfig({ ...env, MARQUEE_DATA_DIR: join(folder, 'nobody') });
  const plans = planRounds({ seed, rounds, sessionTimeoutMs: SESSION_TIMEOUT_MS });
  const loads = loadsOf(plans, seed);
  const closers: (() => Promise<void>)[] = [];
  try {
    const bench = await build(options, config, env, (close) => closers.push(close));
    const found: Findings[] = [];
    let trimmed = 0;
    let told = 0;
    for (const [round, plan] of plans.entries()) {
      const isLast = round === plans.length - 1;
      await bench.disturb(plan, loads[round]!);
      if (isLast) await bench.sender.send(epilogue(loads.flat(), PARTITIONS, 3 * HOUR_MS));
      const findings = await bench.settle(isLast);
      found.push(findings);
      if (!isLast) trimmed += await bench.trim();
      const line = `round ${round + 1} of ${rounds}: ${differencesIn(findings)} differences`;
      say(`${line}, ${trimmed} records trimmed, caught up in ${secondsOf(bench.lag.catchUps().slice(told))}`);
      told = bench.lag.catchUps().length;
    }
    const [torn, wentOn] = [bench.tearing.torn(), wentOnIn(join(folder, 'logs'))];
    return {
      rounds: found,
      events: bench.sender.sent(),
      trimmed,
      torn,
      wentOn,
      catchUps: bench.lag.catchUps(),
    };
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

const secondsOf = (catchUps: readonly CatchUp[]): string =>
  catchUps
    .map(({ tookMs }) => (tookMs === undefined ? '-' : `${Math.round(tookMs / 100) / 10} s`))
    .join(', ');

/** By what the processes have logged. */
function wentOnIn(folder: string): ProofResult['wentOn'] {
  const logs = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.log'),
  );
  const text = logs.map((name) => readFileSync(join(folder, name), 'utf8')).join('');
  const times = (from: string): number => text.split(`"gone_on_from":"${from}"`).length - 1;
  return { before: times('before'), nothing: times('nothing') };
}

/** Clients, processes and what is expected of them. */
async function build(
  { folder, seed, say }: ProofOptions,
  config: Config,
  env: Readonly<Record<string, string>>,
  onClose: (close: () => Promise<void>) => void,
) {
  const store = openObjectStore(config);
  onClose(async () => store.close());
  await store.ensureBucket();
  const kafka = openKafka(config, silentLog());
  onClose(kafka.close);
  await ensureTopics(kafka, topicPlanOf(config));
  const codec = createCleanCodec(createStoredRegistry(store, config.region));
  await codec.publishSchemas();
  const producer = await createProducer(kafka, { maxRecordBytes: maxRecordBytesOf(config) });
  onClose(producer.close);
  const tearing = createTearing({ config, store, folds: behaviourFolds(config) });
  const fleet = createFleet({ env, folder, tearing });
  onClose(fleet.stop);
  for (const stage of STAGES) await Promise.all([fleet.start(stage), fleet.start(stage)]);
  const published = await followPublished({ config, kafka, codec });
  onClose(published.stop);
  const groups = groupsOf(config);
  const lag = watchLag({ config, kafka, groups, say });
  onClose(lag.stop);
  const expected = createExpected(config);
  const random = createRandom(seedOf(seed, 'sender'));
  const onAppended: OnAppended = (known, offset) => {
    expected.take(known, offset);
    lag.appended(known.topic, known.partition, offset);
  };
  const sender = createSender({
    ...{ config, producer, codec, random, onAppended, eventsPerSecond: EVENTS_PER_SECOND },
  });
  const trimming = { config, kafka, store };
  const covered = [coveredBySpeed(trimming), coveredByStates(trimming, behaviourFolds(config))];
  const topics = [...new Set(groups.flatMap((group): readonly CleanTopic[] => group.topics))];

  const surroundings = () => ({ config, kafka, published, machines: fleet.machines('behaviour') });

  return {
    sender,
    lag,
    tearing,
    async disturb(plan: RoundPlan, load: readonly KnownRecord[]): Promise<void> {
      const disturbing = STAGES.map(async (stage) => {
        const underWay: Promise<void>[] = [];
        for (const move of plan.moves.filter((one) => one.stage === stage)) {
          await sleep(move.waitMs);
          const moving = fleet.perform(move, (what) => {
            say(what);
            lag.moved(stage, what);
          });
          moving.catch(() => undefined);
          underWay.push(moving);
          if (!move.isOverlapped) await moving;
        }
        await Promise.all(underWay);
      });
      await Promise.all([sender.send(load), ...disturbing]);
    },
    /** Waits until everything is read; then for a while until everything is right. */
    async settle(isOver: boolean): Promise<Findings> {
      const patience = Date.now() + PATIENCE_MS;
      // A busy broker may answer us too late; that says nothing of the processes.
      const ask = <T>(question: Promise<T>, unknown: T): Promise<T> =>
        question.catch((error: unknown) => {
          if (!isRetryable(error) || Date.now() > patience) throw error;
          return unknown;
        });
      while (!(await ask(isAtEnd(expected, surroundings()), false))) {
        fleet.check();
        if (Date.now() > patience) {
          say('the log was not read to its end');
          break;
        }
        await sleep(POLL_MS);
      }
      lag.settled();
      const settled = Date.now() + SETTLE_MS;
      for (;;) {
        const found = await ask<Findings | undefined>(
          compareAll(expected, surroundings(), isOver),
          undefined,
        );
        if (found !== undefined && (differencesIn(found) === 0 || Date.now() > settled)) return found;
        await sleep(2 * POLL_MS);
      }
    },
    async trim(): Promise<number> {
      await awaitCovered(trimming, topics, covered);
      return trimLogs(trimming, topics, covered);
    },
  };
}
