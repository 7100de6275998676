/** How a full count that came to something else than counting on is shown: an alert in the log, and a metric. */
import type { ViewName, ViewVersion } from '../../domain/views.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';

/** What holding the two against each other came to. */
export interface Recount {
  readonly view: ViewName;
  /** Counted whole. */
  readonly version: ViewVersion;
  /** What counting on went on from. */
  readonly parent: ViewVersion;
  /** Names of the parts that are not the same byte for byte; none where all is well. */
  readonly differing: readonly string[];
}

export type ShowRecount = (recount: Recount) => void;

export function createRecountAlert(metrics: Metrics, log: Log): ShowRecount {
  const parts = metrics.gauge(
    'marquee_recount_differing_parts',
    'Parts that the newest full count has otherwise than counting on had',
    { labels: ['view'] },
  );
  return ({ view, version, parent, differing }) => {
    parts.set({ view }, differing.length);
    if (differing.length === 0) return;
    const names = differing.join(', ');
    log.error(
      { alert: 'recount', view, version, parent, parts: differing },
      `${view} ${version}, counted whole, has other ${names} than counting on from ${parent} comes to`,
    );
  };
}
