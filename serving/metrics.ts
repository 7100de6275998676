/** What serving measures. */
import type { RequestHandler } from 'express';
import type { Counter } from 'prom-client';
import { COUNTED_TOPICS } from '../domain/topics.ts';
import { LATENCY_BUCKETS_S, type Metrics } from '../infra/metrics.ts';
import type { FollowStatus } from '../infra/kafka/follow-topic.ts';
import { behindOfAll } from './log-end.ts';
import type { RowPlaysPart } from './row-plays-part.ts';
import type { SpeedPart } from './speed-part.ts';
import type { Source, Standings } from './standing.ts';

export interface ServingMetrics {
  /** Times every request by its route. */
  readonly timeRequests: RequestHandler;
  /** Notes that a request of a route was answered; one that is answered without a router. */
  noteRequest(route: string, status: number, seconds: number): void;
  countRow(row: string, source: Source): void;
}

export interface Observed {
  readonly standings: Standings;
  readonly speed: Pick<SpeedPart, 'refused'>;
  readonly rowPlays: Pick<RowPlaysPart, 'refused' | 'forgotten' | 'unplaced'>;
  readonly followed: () => FollowStatus;
  readonly catalogueSize: () => number;
  /** Of the view `catalogue`; 0 while the file serves. */
  readonly catalogueVersion: () => number;
  readonly refusedCatalogues: () => number;
  /** Versions refused so far. */
  readonly refusedVersions: () => number;
}

export function measureServing(metrics: Metrics, observed: Observed): ServingMetrics {
  observeState(metrics, observed);
  const requests = metrics.histogram(
    'marquee_serving_request_seconds',
    'Time to answer, by route and status',
    {
      labels: ['route', 'status'],
      buckets: LATENCY_BUCKETS_S,
    },
  );
  const rows = metrics.counter('marquee_serving_rows_total', 'Rows answered, by row and source', [
    'row',
    'source',
  ]);
  // Found once: it is done for every page.
  const noted = new Map<string, ReturnType<typeof requests.labels>>();
  return {
    timeRequests(request, response, next) {
      const begun = performance.now();
      response.once('finish', () => {
        const route = (request.route as { path?: string } | undefined)?.path ?? 'none';
        requests.observe({ route, status: String(response.statusCode) }, (performance.now() - begun) / 1000);
      });
      next();
    },
    noteRequest(route, status, seconds) {
      const key = `${status} ${route}`;
      let one = noted.get(key);
      if (one === undefined) noted.set(key, (one = requests.labels(route, String(status))));
      one.observe(seconds);
    },
    countRow: countedWhenRead(rows),
  };
}

/** Adds up by itself until somebody reads: a page counts eight rows. */
function countedWhenRead(rows: Counter<'row' | 'source'>): ServingMetrics['countRow'] {
  const waiting = new Map<string, Map<Source, number>>();
  Object.assign(rows, {
    collect() {
      for (const [row, bySource] of waiting)
        for (const [source, count] of bySource) rows.inc({ row, source }, count);
      waiting.clear();
    },
  });
  return (row, source) => {
    let bySource = waiting.get(row);
    if (bySource === undefined) waiting.set(row, (bySource = new Map<Source, number>()));
    bySource.set(source, (bySource.get(source) ?? 0) + 1);
  };
}

function observeState(metrics: Metrics, { standings, speed, followed, ...observed }: Observed): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    metrics.gauge(name, help, { read });
  };
  gauge(
    'marquee_speed_holes',
    'Blocks between the cut and the newest marker that are missing',
    () => standings.current().holes.length,
  );
  gauge(
    'marquee_speed_silent_partitions',
    'Partitions whose log goes on while no new marker comes',
    () => standings.current().silent.length,
  );
  observeBehind(metrics, standings);
  observeRowPlays(gauge, observed.rowPlays);
  gauge('marquee_speed_refused_records', 'Speed-view records that could not be read', speed.refused);
  gauge('marquee_speed_silent_seconds', 'Time since the last answer of Kafka; -1 before the first', () => {
    const { silentMs } = followed();
    return Number.isFinite(silentMs) ? silentMs / 1000 : -1;
  });
  gauge(
    'marquee_view_version',
    'Version of the view popularity; 0 before the first',
    () => standings.current().viewVersion ?? 0,
  );
  gauge(
    'marquee_view_refused_versions',
    'Versions of the view popularity refused, each try counted',
    observed.refusedVersions,
  );
  gauge(
    'marquee_view_cut_age_seconds',
    'Age of the view; -1 before the first',
    () => (standings.current().cutAgeMs ?? -1000) / 1000,
  );
  gauge('marquee_catalogue_titles', 'Titles in the catalogue', observed.catalogueSize);
  gauge(
    'marquee_catalogue_version',
    'Version of the view catalogue; 0 while titles come from the file',
    observed.catalogueVersion,
  );
  gauge(
    'marquee_catalogue_refused_versions',
    'Versions of the view catalogue refused, each try counted',
    observed.refusedCatalogues,
  );
  for (const which of ['cut', 'watermark'] as const) {
    const offsets = metrics.gauge(`marquee_${which}_offset`, `The ${which} by topic and partition`, {
      labels: ['topic', 'partition'],
    });
    Object.assign(offsets, {
      collect() {
        const current = standings.current()[which];
        for (const topic of COUNTED_TOPICS)
          current[topic].forEach((offset, partition) =>
            offsets.set({ topic, partition: String(partition) }, offset),
          );
      },
    });
  }
}

function observeRowPlays(
  gauge: (name: string, help: string, read: () => number) => void,
  rowPlays: Observed['rowPlays'],
): void {
  gauge(
    'marquee_row_plays_refused_records',
    'Records of attributed plays that could not be read',
    rowPlays.refused,
  );
  gauge('marquee_row_plays_forgotten', 'Plays forgotten before their last word', rowPlays.forgotten);
  gauge('marquee_row_plays_unplaced', 'Plays counted in no row for want of room', rowPlays.unplaced);
}

/** No series for a topic whose end was never heard: nothing is not zero. */
function observeBehind(metrics: Metrics, standings: Standings): void {
  const behind = metrics.gauge(
    'marquee_speed_behind_records',
    'Records between the watermark and the end of the clean log, by topic',
    { labels: ['topic'] },
  );
  Object.assign(behind, {
    collect() {
      const current = standings.current();
      const known = behindOfAll([current, ...current.later]);
      for (const topic of COUNTED_TOPICS) {
        const of = known[topic];
        if (of !== null) behind.set({ topic }, of.records);
      }
    },
  });
}
