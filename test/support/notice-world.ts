/** Everything that notices need, on doubles: a topic that is a list, nobody who follows, and a clock of its own. */
import type { NoticeDeps } from '../../activities/activities.ts';
import type { Region } from '../../domain/ids.ts';
import type { Notice } from '../../domain/notices/notice.ts';
import { silentLog } from '../../infra/log.ts';
import { createMetrics } from '../../infra/metrics.ts';
import { createNoticeAlert } from '../../infra/notices/alert.ts';
import { createOutbox } from '../../infra/notices/outbox.ts';
import { createWatchStore } from '../../infra/notices/watch-store.ts';
import type { ObjectStore } from '../../infra/object-store/port.ts';

export interface NoticeWorld {
  readonly deps: NoticeDeps;
  readonly told: readonly Notice[];
}

export function createNoticeWorld(store: ObjectStore, region: Region): NoticeWorld {
  const told: Notice[] = [];
  const deps: NoticeDeps = {
    outbox: createOutbox(store, region),
    store: createWatchStore(store, region),
    topic: { append: async (notice) => void told.push(notice) },
    hooks: [],
    tries: { attempts: 3, pauseMs: 100, longestPauseMs: 1000, timeoutMs: 10_000 },
    alert: createNoticeAlert(createMetrics(), silentLog(), 60_000),
    ledger: { of: async () => [] },
    promises: async () => [],
    rules: { overdueGrace: 1, leastGraceMs: 0, laggardAfterMs: 60_000 },
    now: Date.now,
  };
  return { deps, told };
}
