/** Following a view from outside: one call, and a folder with the parts of each version as it is announced. */
import { hostname } from 'node:os';
import type { Manifest } from '../../domain/manifest.ts';
import { topicName } from '../../domain/topics.ts';
import { viewName } from '../../domain/views.ts';
import type { Config } from '../config.ts';
import { openKafka, openObjectStore } from '../connections.ts';
import { followTopic } from '../kafka/follow-topic.ts';
import { createProducer } from '../kafka/producer.ts';
import { readAll } from '../kafka/reader.ts';
import { createLog, type Log } from '../log.ts';
import { patiently } from '../patience.ts';
import { createViewRepository } from './repository.ts';
import { startStatusReport } from './status-report.ts';
import { createSubscriber, localPartPath, type SubscriptionStatus } from './subscriber.ts';

/** A version, verified and on local disk. */
export interface PublishedVersion {
  readonly manifest: Manifest;
  /** Parquet files by the part's name. They stay until the version after the next one is there. */
  readonly parts: Readonly<Record<string, string>>;
}

export interface SubscribeViewOptions {
  /** As `loadConfig` reads it from the environment. */
  readonly config: Config;
  readonly view: string;
  /** Where versions are kept; no other process may write there. */
  readonly dir: string;
  /** What operators know this subscriber by; host and process unless given. */
  readonly name?: string;
  /**
   * Called with each version that is to be served, one after the other, and at the start with the last good copy on disk.
   * When it rejects, the version is refused, and the one before counts as served; it is tried again later.
   */
  readonly onVersion: (version: PublishedVersion) => void | Promise<void>;
  readonly log?: Log;
}

export interface ViewSubscription {
  /** Which version is served, and what went wrong last. */
  status(): SubscriptionStatus;
  close(): Promise<void>;
}

const MAX_STATUS_BYTES = 64 << 10;

/**
 * Resolves when the copy on disk, if there is one, was handed over and the object store was asked once, whatever it said: servers
 * that are away are waited for in the background. A new version comes as soon as its announcement is heard.
 */
export async function subscribe(options: SubscribeViewOptions): Promise<ViewSubscription> {
  const { config, dir, onVersion, log = createLog({ name: 'subscriber', level: config.logLevel }) } = options;
  const { region, generation, serving } = config;
  const view = viewName(options.view);
  const store = openObjectStore(config);
  const kafka = openKafka(config, log);
  const subscriber = createSubscriber({
    ...{ repository: createViewRepository({ store, region }), dir, log },
    pollIntervalMs: serving.pollIntervalMs,
  });
  let tell = (): void => undefined;
  const subscription = await subscriber.subscribe(view, {
    async load(versionDir, manifest) {
      const parts = manifest.parts.map((part) => [part.name, localPartPath(versionDir, part)] as const);
      await onVersion({ manifest, parts: Object.fromEntries(parts) });
    },
    onVersion: () => tell(),
  });
  const report = startStatusReport({
    connect: () => createProducer(kafka, { maxRecordBytes: MAX_STATUS_BYTES }),
    topic: topicName(region, generation, 'subscriber-status'),
    subscriber: options.name ?? `${hostname()}:${process.pid}`,
    statuses: () => [subscription.status()],
    intervalMs: serving.statusIntervalMs,
    log,
  });
  tell = report.send;
  tell();
  const topic = topicName(region, generation, 'announcements');
  const announcements = followTopic({
    open: (reading) => readAll(kafka, { ...reading, topic, live: true }),
    log: log.child({ topic }),
    onRecords: () => void subscription.nudge(),
  });
  return {
    status: subscription.status,
    async close() {
      await Promise.all([announcements.close(), report.close(), subscription.close()]);
      await patiently(kafka.close());
      store.close();
    },
  };
}
