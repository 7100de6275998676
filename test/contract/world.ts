/** A serving app without servers that can answer every operation of its document well: what the examples name is there. */
import type { TestContext } from 'node:test';
import type { BackfillReport } from '../../domain/backfill.ts';
import { parseEventsOrder } from '../../domain/backfills/order.ts';
import { viewVersion, type ViewName } from '../../domain/views.ts';
import type { Steered, Steering } from '../../infra/hermes/steering.ts';
import { MarqueeError } from '../../domain/errors.ts';
import { generation, region } from '../../domain/ids.ts';
import { createImpressionMemory } from '../../domain/impression-memory.ts';
import type { NearlineRows } from '../../domain/nearline/rows.ts';
import { emptyParity } from '../../domain/parity/state.ts';
import { createTitlePairs } from '../../domain/title-pairs.ts';
import { BUCKET_MS, DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/time.ts';
import { viewName } from '../../domain/views.ts';
import { createWatching } from '../../domain/watching/watching.ts';
import type { BackfillClient } from '../../serving/ops/port.ts';
import type { EventBackfillClient, EventsReport } from '../../infra/temporal/event-backfills.ts';
import type { ProfileReader } from '../../serving/profiles/port.ts';
import { publishPopularity } from '../support/popularity.ts';
import { publishTable } from '../support/side-views.ts';
import { inLogOrder, recordOf, shown } from '../support/profile-records.ts';
import {
  BLOCK_SIZE,
  createServingBench,
  entry,
  NOBODY,
  NOW,
  type ServingBench,
  type StartOptions,
} from '../support/serving.ts';

/** As the examples of the document name them. */
const PROFILE = 'profile-1';
const TITLES = ['50', '51', '52'];
const ERASURE = '6c9d3652bc3a288c1cbc6200286a6a99.0';
/** What the document has no example of. */
export const KNOWN: Readonly<Record<string, string>> = {
  '/v1/ops/backfills/{id}': 'popularity.1',
  '/v1/ops/event-backfills/{id}': 'events.1',
  '/v1/ops/lake/care/{id}': 'care-1',
  '/v1/ops/erasures/{id}': ERASURE,
};

const REPORT: BackfillReport = {
  ...{ id: 'popularity.1', view: viewName('popularity') },
  ...{ from: '2026-01-01T00:00:00Z', to: '2026-01-01T01:00:00Z', dryRun: true, state: 'running' },
  ...{ startedAt: '2026-01-02T00:00:00Z', closedAt: null, result: null, error: null },
  progress: { phase: 'planning', hoursDone: 0, hoursTotal: 1, base: null, diff: null },
};

function backfills(): BackfillClient {
  // Ids are texts that anybody may send: only the one that is there is found.
  const find = (): Promise<BackfillReport> => Promise.resolve(REPORT);
  return {
    start: () => Promise.resolve({ id: REPORT.id }),
    ...{ get: find, approve: find, cancel: find },
    list: () => Promise.resolve([REPORT]),
  };
}

function eventBackfills(): EventBackfillClient {
  const order = parseEventsOrder({ name: 'hours', reason: 'correct', titleId: '50' }, 1);
  const { startedAt, closedAt, result, error } = { ...REPORT, result: null, error: null };
  const found = {
    id: 'events.1',
    order,
    state: 'running',
    startedAt,
    closedAt,
    progress: null,
    result,
    error,
  } as const;
  const find = (): Promise<EventsReport> => Promise.resolve(found);
  return {
    start: () => Promise.resolve({ id: found.id }),
    derive: () => Promise.resolve({ id: found.id }),
    ...{ get: find, approve: find, pause: find, resume: find, cancel: find, retry: find },
    list: () => Promise.resolve([found]),
  };
}

const ROWS: NearlineRows = {
  ...{ kinds: ['top-picks'], subjects: [''], starts: [0, 2], titles: ['50', '51'] },
  scores: Float32Array.of(0.9, 0.5),
  cause: { topic: 'plays', partition: 0, offset: 7, appendTime: NOW, eventTime: NOW },
  versions: { itemFactors: 3, neighbours: null, rankingPolicy: null },
};

function profiles(): ProfileReader {
  const memory = createImpressionMemory({ titles: 10, rowsPerTitle: 2, rowNames: 8, plays: 4 });
  const pairs = createTitlePairs({ pairs: 10, watches: 10, windowMs: 6 * HOUR_MS, latenessMs: DAY_MS });
  const watching = createWatching({ titles: 10, list: 10, ratings: 10 });
  const records = inLogOrder([
    ...TITLES.map((id, n) => shown(id, 'trending', NOW - (n + 1) * MINUTE_MS)),
    ...TITLES.flatMap((titleId, n) => [
      recordOf({ kind: 'play_start', titleId, eventTime: NOW - (n + 2) * HOUR_MS }),
      recordOf({
        ...{ kind: 'play_stop', titleId, playId: titleId, eventTime: NOW - (n + 1) * HOUR_MS },
        ...{ positionSeconds: 900, viewedSeconds: 900 },
      }),
    ]),
  ]);
  let remembered: Parameters<typeof memory.step>[0];
  let watched: Parameters<typeof pairs.step>[0];
  let seen: Parameters<typeof watching.step>[0];
  for (const record of records) {
    remembered = memory.step(remembered, record).state;
    watched = pairs.step(watched, record).state;
    seen = watching.step(seen, record).state;
  }
  const only =
    <S>(state: S) =>
    (profile: string): Promise<S | undefined> => {
      if (profile === 'away') throw new MarqueeError('PROFILES_UNAVAILABLE', { reason: 'it is gone' });
      return Promise.resolve(profile === PROFILE ? state : undefined);
    };
  const raised = {
    name: 'binge',
    occurrence: 's',
    subject: 's',
    eventTime: NOW,
    value: 3,
    detail: '{}',
  } as const;
  return {
    ...NOBODY,
    memoryOf: only(remembered),
    signalsOf: only([raised]),
    titlePairsOf: only(watched),
    watchingOf: only(seen),
    rowsOf: only(ROWS),
  };
}

/** Whatever is asked for was done. */
function steering(): Steering {
  const done = (action: Steered['action'], view: ViewName): Promise<Steered> =>
    Promise.resolve({
      ...{ view, action, from: viewVersion(2), to: viewVersion(1), pinned: null },
      ...{ changed: true, dryRun: false, notified: true },
    });
  return {
    pin: (view) => done('pin', view),
    unpin: (view) => done('unpin', view),
    rollBack: (view) => done('roll-back', view),
  };
}

/** `more` is what a test wants otherwise. */
export async function startWorld(t: TestContext, more: StartOptions = {}): Promise<ServingBench> {
  const bench = await createServingBench(
    t,
    TITLES.map((id) => entry(id, { genres: ['drama'] })),
  );
  await publishPopularity(bench.repository, {
    blockSize: BLOCK_SIZE,
    cut: { plays: [0, 0], impressions: [0, 0] },
    asOf: new Date(NOW).toISOString(),
    rows: TITLES.map((title, n) => ({
      ...{ title, country: 'US', bucket: Math.floor(NOW / BUCKET_MS) },
      ...{ plays: 10 * n + 5, impressions: 100 },
    })),
  });
  await publishTable(
    bench.repository,
    {
      ...{ view: viewName('plays-by-hour'), part: 'rows', key: ['country'], rows: [[`'US'`, '7']] },
      columns: { country: 'VARCHAR', plays: 'BIGINT' },
    },
    region('local'),
  );
  const shape = { generation: generation('g1'), blockSize: BLOCK_SIZE };
  await bench.start({
    profiles: profiles(),
    backfills: backfills(),
    eventBackfills: eventBackfills(),
    readParity: () => Promise.resolve(emptyParity(shape)),
    erasureOps: {
      start: () => Promise.resolve({ id: ERASURE }),
      get: () => Promise.resolve({ id: ERASURE, state: 'running', progress: null, report: null }),
      list: () => Promise.resolve([]),
    },
    lakeOps: {
      stats: () => Promise.resolve([]),
      start: () => Promise.resolve({ id: 'care-1' }),
      get: (id) => Promise.resolve({ id, state: 'running', result: null }),
    },
    viewOps: {
      views: bench.repository,
      canaries: { find: async () => undefined, recordOf: async () => undefined },
      steering: steering(),
      ledger: { of: () => Promise.resolve([]) },
    },
    ...more,
    settings: { entryViews: 'plays-by-hour', ...more.settings },
  });
  return bench;
}
