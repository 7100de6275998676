/** How long it takes from what a profile did to rows that serving can read: until the commit that stores them. */
import type { NearlineState } from '../../domain/nearline/nearline.ts';
import type { NearlineRows } from '../../domain/nearline/rows.ts';
import type { Metrics } from '../../infra/metrics.ts';
import type { KeyedStates } from '../../infra/state/keyed-state.ts';

const BUCKETS_MS = [50, 100, 200, 300, 500, 750, 1000, 1500, 2000, 5000, 10_000, 60_000];

export interface RowMeasures {
  /** To be told of rows that were ranked and are not stored yet. */
  readonly ranked: (rows: NearlineRows) => void;
  readonly failed: () => void;
  measured(states: KeyedStates<NearlineState>): KeyedStates<NearlineState>;
}

/** Times are by the clock of this machine and that of whoever sent the event. */
export function measureRows(metrics: Metrics, now: () => number = Date.now): RowMeasures {
  const rankedCount = metrics.counter(
    'marquee_nearline_ranked_total',
    'Profiles ranked, by the topic of what they were ranked for',
    ['topic'],
  );
  const failures = metrics.counter(
    'marquee_nearline_failures_total',
    'Profiles that could not be ranked, whose rows stay as they were',
  );
  failures.inc({}, 0);
  const eventToRows = metrics.histogram(
    'marquee_nearline_event_to_rows_ms',
    'From the event that a profile was ranked for to rows that are stored',
    { buckets: BUCKETS_MS },
  );
  const fresh = new WeakSet<NearlineRows>();
  return {
    ranked(rows) {
      fresh.add(rows);
      rankedCount.inc({ topic: rows.cause.topic });
    },
    failed: () => failures.inc(),
    measured: (states) => ({
      ...states,
      partition(partition) {
        const inner = states.partition(partition);
        return {
          ...inner,
          async commit(commit) {
            await inner.commit(commit);
            for (const entry of commit.entries.values()) {
              const rows = entry?.state.rows;
              if (rows && fresh.delete(rows)) eventToRows.observe(Math.max(0, now() - rows.cause.eventTime));
            }
          },
        };
      },
    }),
  };
}
