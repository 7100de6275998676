/** Puts together what tells of views: outbox, topic, webhooks, and the look at who is late. */
import type { NoticeDeps } from '../../activities/activities.ts';
import type { ViewPromise } from '../../domain/notices/watch.ts';
import type { ScheduleDeclaration } from '../../workflows/schedules.ts';
import type { Config } from '../config.ts';
import { topicPlanOf } from '../connections.ts';
import { createStandingLedger, openLedger, silentAfter } from '../hermes/ledger.ts';
import type { KafkaClient } from '../kafka/client.ts';
import { createProducer } from '../kafka/producer.ts';
import { ensureTopics } from '../kafka/topics.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { createNoticeAlert } from '../notices/alert.ts';
import { createOutbox } from '../notices/outbox.ts';
import { createNoticeTopic } from '../notices/topic.ts';
import { createWatchStore } from '../notices/watch-store.ts';
import { createWebhook } from '../notices/webhook.ts';
import type { ObjectStore } from '../object-store/port.ts';

export interface NotificationParts {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly store: ObjectStore;
  readonly kafka: KafkaClient;
  /** What is scheduled as this process is configured. */
  readonly declared: () => Promise<readonly ScheduleDeclaration[]>;
}

/** Larger than any notice. */
const MAX_NOTICE_BYTES = 256 * 1024;
/** What a look found is shown until so many were missed. */
const MISSED_LOOKS = 3;
/** More than a webhook's own clock, for what comes before and after. */
const ROOM_MS = 30_000;

export function openNotifications(parts: NotificationParts): {
  readonly notices: NoticeDeps;
  close(): Promise<void>;
} {
  const { config, log, metrics, store, kafka, declared } = parts;
  const { region, generation, notifications: settings, serving } = config;
  const topic = createNoticeTopic({
    ...{ region, generation },
    async connect() {
      await ensureTopics(kafka, topicPlanOf(config));
      return createProducer(kafka, { maxRecordBytes: MAX_NOTICE_BYTES });
    },
  });
  const silentMs = silentAfter(serving.statusIntervalMs);
  const ledger = createStandingLedger(() => openLedger(kafka, { region, generation, silentMs }));
  const { webhookSecrets: secrets, webhookTimeoutMs: timeoutMs, webhookDetails: details } = settings;
  return {
    notices: {
      outbox: createOutbox(store, region),
      store: createWatchStore(store, region),
      topic,
      hooks: settings.webhooks.map((address) => createWebhook(address, { secrets, timeoutMs, details })),
      tries: {
        attempts: settings.webhookAttempts,
        pauseMs: settings.webhookPauseMs,
        longestPauseMs: Math.max(settings.webhookPauseMs, settings.webhookLongestPauseMs),
        timeoutMs: timeoutMs + ROOM_MS,
      },
      alert: createNoticeAlert(metrics, log, MISSED_LOOKS * settings.watchIntervalMs),
      ledger,
      promises: async () => (await declared()).flatMap(promisesOf),
      rules: settings,
      now: Date.now,
    },
    async close() {
      await Promise.all([topic.close(), ledger.close()]);
    },
  };
}

const promisesOf = ({ promises, everyMs }: ScheduleDeclaration): ViewPromise[] =>
  promises.map((view) => ({ view, everyMs }));
