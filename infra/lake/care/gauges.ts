/** What the lake's tables are made of, as metrics: looked at every so often, by every worker for itself. */
import type { EpochMs } from '../../../domain/time.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import { patiently } from '../../patience.ts';
import type { TableStatistics } from './statistics.ts';

export interface LakeGaugesDeps {
  readonly metrics: Pick<Metrics, 'gauge'>;
  readonly log: Pick<Log, 'warn'>;
  readonly stats: () => Promise<readonly TableStatistics[]>;
  readonly now: () => EpochMs;
  readonly intervalMs: number;
}

export interface LakeGauges {
  /** Resolves when the figures are shown, or could not be had: those of the look before stand then. Never throws. */
  look(): Promise<void>;
  /** No look begins afterwards; one under way is waited for as long as there is patience for it. */
  close(): Promise<void>;
}

/** The figures that are shown as they are, by the metric's name without `marquee_lake_`. */
const FIGURES = {
  files: ['Data files', ({ dataFiles }) => dataFiles],
  delete_files: ['Files of deletes', ({ deleteFiles }) => deleteFiles],
  small_files: ['Data files below LAKE_SMALL_FILE_BYTES', ({ smallFiles }) => smallFiles],
  bytes: ['Bytes of the current snapshot’s files', ({ bytes }) => bytes],
  rows: ['Rows, those that were deleted taken off', ({ rows }) => rows],
  snapshots: ['Snapshots that are kept', ({ snapshots }) => snapshots],
  tags: ['Tags', ({ tags }) => tags],
  hours_to_compact: ['Sealed hours that wait for compaction', ({ hoursToCompact }) => hoursToCompact],
} as const satisfies Record<string, readonly [string, (table: TableStatistics) => number]>;

/** Looks at once, and then after each interval. A table that is not there has no series. */
export function startLakeGauges(deps: LakeGaugesDeps): LakeGauges {
  const { metrics, log, now } = deps;
  const labels = ['table'] as const;
  const figures = Object.entries(FIGURES).map(([name, [help, of]]) => ({
    gauge: metrics.gauge(`marquee_lake_${name}`, `${help}, by table of the lake`, { labels }),
    of,
  }));
  const oldest = metrics.gauge(
    'marquee_lake_oldest_to_compact_seconds',
    'Since when the oldest sealed hour that waits for compaction began, by table of the lake; 0 where none waits',
    { labels },
  );
  const looked = metrics.gauge('marquee_lake_looked_timestamp_seconds', 'When the lake was looked at last');
  let running: Promise<void> | undefined;

  async function read(): Promise<void> {
    try {
      for (const one of await deps.stats()) {
        const { table } = one;
        for (const { gauge, of } of figures) gauge.set({ table }, of(one));
        const since = one.oldestToCompact === null ? null : Date.parse(one.oldestToCompact);
        oldest.set({ table }, since === null ? 0 : (now() - since) / 1000);
      }
      looked.set(now() / 1000);
    } catch (error) {
      log.warn({ err: error }, 'the lake could not be looked at');
    }
  }

  const look = (): Promise<void> =>
    (running ??= read().finally(() => {
      running = undefined;
    }));
  const timer = setInterval(() => void look(), deps.intervalMs);
  void look();
  return {
    look,
    async close() {
      clearInterval(timer);
      await patiently(running);
    },
  };
}
