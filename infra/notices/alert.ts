/** How what is told of views is shown: metrics, and an alert in the log for what operators must see to. */
import { describeNotice, type Notice, type NoticeKind } from '../../domain/notices/notice.ts';
import type { ViewLateness } from '../../domain/notices/watch.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';

export interface NoticeAlert {
  /** A notice was begun to be told. */
  onNotice(notice: Notice): void;
  /** What came of one try to post a notice. `isLast` where no other follows. */
  onTry(hook: string, notice: Notice, failure?: { readonly reason: string; readonly isLast: boolean }): void;
  onLook(lateness: readonly ViewLateness[]): void;
}

const ALERTING: readonly NoticeKind[] = ['refused', 'failed', 'overdue', 'laggards', 'rolled-back'];

/** `staleMs`: what the newest look found is no longer shown after so long without another, which other workers may have. */
export function createNoticeAlert(metrics: Metrics, log: Log, staleMs: number): NoticeAlert {
  const told = metrics.counter('marquee_notifications_total', 'Notices told, by kind', ['kind']);
  const tries = metrics.counter(
    'marquee_notification_tries_total',
    'Tries to post a notice to a webhook, by what came of it',
    ['outcome'],
  );
  const laggards = metrics.gauge(
    'marquee_view_laggards',
    'Subscribers that have served another version than they should for too long',
    { labels: ['view'] },
  );
  const overdue = metrics.gauge(
    'marquee_view_overdue_seconds',
    'Since when a version is due that has not come; 0 while it is on time',
    { labels: ['view'] },
  );
  let forgetting: NodeJS.Timeout | undefined;
  return {
    onNotice(notice) {
      const { kind, view, version, rule } = notice;
      told.inc({ kind });
      const fields = { view, version, rule, notice: notice.id };
      if (ALERTING.includes(kind)) log.error({ alert: kind, ...fields }, describeNotice(notice));
      else log.info(fields, describeNotice(notice));
    },
    onTry(hook, notice, failure) {
      tries.inc({ outcome: failure === undefined ? 'delivered' : failure.isLast ? 'given-up' : 'failed' });
      if (failure === undefined) return;
      const fields = { hook, notice: notice.id, reason: failure.reason };
      if (failure.isLast)
        log.error({ alert: 'webhook', ...fields }, 'a notice was not delivered, and is given up');
      else log.warn(fields, 'a notice was not delivered: tried again');
    },
    onLook(lateness) {
      for (const one of lateness) {
        laggards.set({ view: one.view }, one.laggards.length);
        overdue.set({ view: one.view }, one.overdueMs / 1000);
      }
      clearTimeout(forgetting);
      forgetting = setTimeout(() => {
        laggards.reset();
        overdue.reset();
      }, staleMs).unref();
    },
  };
}
