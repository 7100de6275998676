/**
 * Open Bandit as Marquee's events. Every impression is one of a row of its own policy and campaign, position 1 to 3 as
 * rank 0 to 2, on the page `open-bandit`; items are titles of their campaign. Since the data knows no visitors, every
 * impression has a profile of its own. A click is the start of a play a moment later. Where the policy is `random` it
 * states row, rank and page, as an app does that knows where it was started; where it is `bts` it states nothing, and
 * attribution has to find the impression. The week is squeezed into the given span, its order kept.
 */
import type { BanditImpression } from './open-bandit.ts';

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Between an impression and the play that it led to. */
const CLICK_DELAY_MS = 1;

export const banditRow = ({ policy, campaign }: Pick<BanditImpression, 'policy' | 'campaign'>): string =>
  `${campaign}-${policy}`;

/** Events as ingest takes them, one JSON object a line, in the order of time. `idPrefix` tells runs apart. */
export function banditEvents(
  impressions: readonly BanditImpression[],
  { fromMs, toMs }: Span,
  idPrefix: string,
): string[] {
  let first = Infinity;
  let last = -Infinity;
  for (const { timeMs } of impressions) {
    first = Math.min(first, timeMs);
    last = Math.max(last, timeMs);
  }
  const scale = last > first ? (toMs - fromMs) / (last - first) : 0;
  return impressions
    .toSorted((a, b) => a.timeMs - b.timeMs)
    .flatMap((one) => {
      const eventTime = Math.floor(fromMs + (one.timeMs - first) * scale);
      return eventsOf(one, eventTime, `${idPrefix}-${one.policy}-${one.campaign}-${one.line}`);
    })
    .map((event) => JSON.stringify(event));
}

function eventsOf(one: BanditImpression, eventTime: number, id: string): object[] {
  const place = { pageId: 'open-bandit', row: banditRow(one), rank: one.position - 1 };
  const envelope = { profileId: id, country: 'JP', titleId: `${one.campaign}-${one.itemId}` };
  const impression = { kind: 'impression', eventId: `${id}-seen`, eventTime, ...envelope, ...place };
  if (!one.clicked) return [impression];
  const playId = `${id}-play`;
  const play = { kind: 'play_start', eventId: playId, playId, eventTime: eventTime + CLICK_DELAY_MS };
  return [impression, { ...play, ...envelope, ...(one.policy === 'random' ? place : {}) }];
}
