/**
 * Operators pin, let go and roll back under subscribers that hear of it by the announcement alone: how long it takes until all
 * who report have followed, and whether the one that cannot follow is named.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { topicName } from '../../../domain/topics.ts';
import { viewName, type ViewVersion } from '../../../domain/views.ts';
import { loadConfig } from '../../../infra/config.ts';
import { openKafka, openObjectStore, topicPlanOf } from '../../../infra/connections.ts';
import { createViewRepository } from '../../../infra/hermes/repository.ts';
import { startStatusReport } from '../../../infra/hermes/status-report.ts';
import { createSubscriber } from '../../../infra/hermes/subscriber.ts';
import { createViewOperations } from '../../../infra/hermes/view-operations.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import { readAll } from '../../../infra/kafka/reader.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { silentLog } from '../../../infra/log.ts';
import { publish } from '../../support/object-store-views.ts';
import { until } from '../../support/until.ts';
import type { Finding, Say } from './finding.ts';

export interface PinSettings {
  readonly environment: Readonly<Record<string, string>>;
  readonly region: string;
  readonly folder: string;
  /** In each a version is pinned, let go, and rolled back. */
  readonly rounds: number;
  readonly willing: number;
  readonly say: Say;
}

const VIEW = viewName('pinned');
/** Within which everybody has to follow. */
const MOST_MS = 5000;
/** Nobody finds out by looking, or by a report that was due. */
const NEVER_MS = 600_000;
const LAGGARD = 'unwilling';
const POLL_MS = 5;
const MAX_RECORD_BYTES = 64 << 10;

export async function provePins(settings: PinSettings): Promise<Finding> {
  const { environment, region: name, rounds, willing, say } = settings;
  const dir = join(settings.folder, 'pins');
  const own = { MARQUEE_REGION: name, MARQUEE_DATA_DIR: dir, MARQUEE_PARTITIONS: '1' };
  const config = loadConfig({ ...environment, ...own, SERVING_STATUS_INTERVAL_MS: String(NEVER_MS) });
  const { region } = config;
  const store = openObjectStore(config);
  await store.ensureBucket();
  const kafka = openKafka(config, silentLog());
  await ensureTopics(kafka, topicPlanOf(config));
  const views = createViewRepository({ store, region });
  const { steering, openLedger, close } = createViewOperations({
    ...{ config, views, store, kafka },
    connectProducer: () => createProducer(kafka, { maxRecordBytes: MAX_RECORD_BYTES }),
  });
  const closers: (() => Promise<void>)[] = [close];
  const follower = { kafka, views, config, dir, closers };
  const [took, differences]: [number[], string[]] = [[], []];
  const named = { laggards: 0 };
  try {
    await publish(views, VIEW, 'first', { items: 'first' }, region);
    for (let nth = 0; nth < willing; nth += 1) await follow(follower, `willing-${nth}`);
    await follow(follower, LAGGARD);
    const ledger = await openLedger();
    closers.push(() => ledger.close());
    const standing = (to: ViewVersion, is: string): string[] =>
      ledger.of(VIEW, to).flatMap((line) => (line.standing === is ? [line.subscriber] : []));

    /** From the moment the operator asks until each of them reports the version. */
    async function steer(what: string, act: () => Promise<{ readonly to: ViewVersion }>): Promise<void> {
      const startedAt = performance.now();
      const { to } = await act();
      // The one that loads the first version alone is current whenever that is to be served.
      const expected = to === 1 ? willing + 1 : willing;
      await until(() => standing(to, 'current').length === expected, NEVER_MS, POLL_MS);
      const ms = performance.now() - startedAt;
      took.push(ms);
      if (ms >= MOST_MS) differences.push(`${what} to ${to}: all followed after ${Math.round(ms)} ms`);
      const behind = standing(to, 'behind').join();
      if (behind === (to === 1 ? '' : LAGGARD)) named.laggards += to === 1 ? 0 : 1;
      else differences.push(`${what} to ${to}: behind ${behind === '' ? 'nobody' : behind}`);
    }

    let good = 1 as ViewVersion;
    for (let round = 0; round < rounds; round += 1) {
      const version = await publish(views, VIEW, `round-${round}`, { items: `of ${round}` }, region);
      // A publisher announces as an operator does: letting go of no pin tells everybody what is current.
      await steer('announcing', () => steering.unpin(VIEW));
      await steer('pinning', () => steering.pin(VIEW, good));
      await steer('letting go', () => steering.unpin(VIEW));
      if (round % 2 === 1) await steer('rolling back', () => steering.rollBack(VIEW, 'a proof'));
      else good = version;
      say(`pins: ${round + 1} of ${rounds} rounds, ${took.length} changes`);
    }
  } finally {
    for (const one of closers.toReversed()) await one();
    await kafka.close();
    store.close();
    await rm(dir, { recursive: true, force: true });
  }
  took.sort((a, b) => a - b);
  const round = (ms = 0): number => Math.round(ms);
  return {
    figures: {
      ...{ subscribers: willing + 1, changes: took.length, laggards_named: named.laggards },
      ...{ followed_ms_median: round(took[took.length >> 1]), followed_ms_longest: round(took.at(-1)) },
    },
    differences,
  };
}

interface Follower {
  readonly kafka: KafkaClient;
  readonly views: ReturnType<typeof createViewRepository>;
  readonly config: ReturnType<typeof loadConfig>;
  readonly dir: string;
  readonly closers: (() => Promise<void>)[];
}

/** As serving follows a view; the unwilling one can load nothing but the first version. */
async function follow({ kafka, views, config, dir, closers }: Follower, name: string): Promise<void> {
  const { region, generation } = config;
  const loaded = { send: (): void => undefined };
  const subscriber = createSubscriber({
    ...{ repository: views, dir: join(dir, name), log: silentLog(), pollIntervalMs: NEVER_MS },
  });
  const subscription = await subscriber.subscribe(VIEW, {
    load(_folder, { version }) {
      if (name === LAGGARD && version !== 1) throw new Error('not this one');
      return version;
    },
    onVersion: () => loaded.send(),
  });
  closers.push(() => subscription.close());
  const reader = await readAll(kafka, {
    topic: topicName(region, generation, 'announcements'),
    live: true,
    onRecords: () => void subscription.nudge(),
  });
  closers.push(() => reader.stop());
  const report = startStatusReport({
    connect: () => createProducer(kafka, { maxRecordBytes: MAX_RECORD_BYTES }),
    topic: topicName(region, generation, 'subscriber-status'),
    ...{ subscriber: name, intervalMs: NEVER_MS, log: silentLog() },
    statuses: () => [subscription.status()],
  });
  loaded.send = report.send;
  report.send();
  closers.push(() => report.close());
}
