/** How differences between the lanes are shown: one alert in the log each, and metrics. */
import {
  lateDuplicates,
  sentencesOf,
  type OpenDifference,
  type ParityReport,
} from '../../domain/parity/report.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';

/** What of a run is shown. */
export interface ShownRun {
  readonly report: ParityReport;
  readonly open: readonly OpenDifference[];
  readonly settled: readonly OpenDifference[];
}

export type ShowParity = (run: ShownRun) => void;

export function createParityAlert(metrics: Metrics, log: Log): ShowParity {
  const differences = metrics.gauge(
    'marquee_parity_difference',
    'Titles that the lanes count otherwise in a block, while it holds',
    { labels: ['block', 'title', 'lane'] },
  );
  const blocks = metrics.counter('marquee_parity_blocks_total', 'Blocks compared, by what came of it', [
    'outcome',
  ]);
  const late = metrics.counter(
    'marquee_parity_late_duplicates_total',
    'Event ids that came again later than the dedupe window',
  );
  return ({ report, open, settled }) => {
    blocks.inc({ outcome: 'equal' }, report.equal);
    blocks.inc({ outcome: 'differs' }, report.differing.length);
    blocks.inc({ outcome: 'excluded' }, report.excluded.length);
    blocks.inc({ outcome: 'passed-over' }, report.passedOver);
    late.inc(lateDuplicates(report));
    differences.reset();
    for (const { name, lane, titles } of open) {
      if (titles.length === 0) differences.set({ block: name, title: '', lane }, 1);
      for (const one of titles) differences.set({ block: name, title: one.title, lane: one.lane }, 1);
    }
    for (const difference of report.differing) {
      const { name, lane, titles } = difference;
      const named = titles.map(({ title, lane: ofTitle }) => ({ title, lane: ofTitle }));
      sentencesOf(difference).forEach((sentence, i) => {
        log.error({ alert: 'parity', block: name, ...(named[i] ?? { lane }) }, sentence);
      });
    }
    for (const { name } of settled) log.info({ block: name }, 'lanes agree on the block again');
  };
}
