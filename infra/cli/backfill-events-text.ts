/** Backfills of events in words and tables. */
import { wordsSaid, type DerivedChange } from '../../domain/backfills/derived-words.ts';
import type { LeftBehind } from '../../domain/backfills/leaves.ts';
import type { EventsOrder } from '../../domain/backfills/order.ts';
import {
  titlesIn,
  type EventsDiff,
  type EventsPlan,
  type EventsResult,
  type ShadowAudit,
  type ViewDiff,
} from '../../domain/backfills/run.ts';
import type { EventsReport, EventsSummary } from '../temporal/event-backfills.ts';
import { renderTable } from './output.ts';

const MOST_ROWS = 20;

/** What an order is about: `correct events by time of arrival, 2026-… to 2026-…`. */
export function describeOrder(order: EventsOrder): string {
  const { reason, axis, from, to, titleId, producer, answers, derives } = order;
  const parts = [
    reason,
    ...(from === null ? [] : [`${axis === 'arrival' ? 'arrived' : 'happened'} ${from} to ${to}`]),
    ...(titleId === null ? [] : [`title ${titleId}`]),
    ...(producer === null ? [] : [`producer ${producer}`]),
    ...(answers === 'current' ? ['by the catalogue and pages of now'] : []),
    ...(derives === undefined ? [] : [`what follows from ${derives} alone`]),
  ];
  return parts.join(', ');
}

export function describePlan(plan: EventsPlan): string[] {
  const { shards, rows, bytes, warmRows, cleanRows, estimatedSeconds, window, leaves = [] } = plan;
  return renderTable([
    ['shards', `${shards.length}, ${window} at a time`],
    ['raw events', String(rows)],
    ['bytes', `${(bytes / 1e6).toFixed(1)} MB`],
    ['read before them', `${warmRows} raw events, for what came twice`],
    ['rows in question', String(cleanRows)],
    ['estimate', `about ${estimatedSeconds} s of one worker`],
    ...(leaves.length === 0 ? [] : [['left as it is', leaves.join(', ')]]),
  ]);
}

export function describeAudit({ checks, blocks }: ShadowAudit): string[] {
  const named = blocks.blocks.map(
    ({ topic, partition, from, to }) =>
      `${topic}.${blocks.generation}/${partition}/${from}${to - from > 1 ? `-${to - 1}` : ''}`,
  );
  const shown = named.slice(0, MOST_ROWS).join(' ');
  const more = named.length > MOST_ROWS ? ` and ${named.length - MOST_ROWS} more` : '';
  return [
    ...renderTable(checks.map(({ check, ok, detail }) => [ok ? 'ok' : 'NOT OK', check, detail])),
    ...(named.length === 0 ? [] : [`Blocks that leave parity: ${shown}${more}`]),
  ];
}

export function describeEventsDiff({ views, following, leaves = [], derived = [] }: EventsDiff): string[] {
  return [
    ...views.flatMap(describeView),
    ...following.map(({ view, follows }) => `${view}: ${follows}`),
    ...derived.map(describeDerived),
    ...leaves.map(describeLeft),
  ];
}

const describeLeft = ({ what, profiles, rows, reason }: LeftBehind): string =>
  `${what}: left as it is, ${rows === null ? '' : `${rows} rows `}of ${profiles} profiles whose events change` +
  (reason === undefined ? '' : `, since ${reason}`);

/** `attributed_plays by attribution: of the records of 12 profiles 3 change, 1 are new, 40 hold`. */
function describeDerived({ what, rule, profiles, ...counts }: DerivedChange): string {
  const { same, changed, added, withdrawn, stranded, waiting = 0 } = counts;
  const moved = [
    `${changed} change`,
    ...(added === 0 ? [] : [`${added} are new`]),
    ...(withdrawn === 0 ? [] : [`${withdrawn} are withdrawn`]),
    ...(stranded === 0 ? [] : [`${stranded} stay of plays that are no more`]),
    ...(waiting === 0 ? [] : [`${waiting} stay since they are not final yet`]),
  ];
  return `${what} by ${rule}: of the records of ${profiles} profiles ${moved.join(', ')}, ${same} hold`;
}

function describeView(diff: ViewDiff): string[] {
  const { view, base, added, removed, changed, titles, outOfWindows } = diff;
  const head = `${view} version ${base}: ${added} titles added, ${removed} removed, ${changed} changed`;
  const outside = outOfWindows === 0 ? [] : [`${outOfWindows} rows are out of every window: in totals alone`];
  if (titlesIn(diff) === 0) return [head, ...outside];
  const moved = (before: number, after: number): string =>
    before === after ? String(after) : `${before} > ${after}`;
  const rows = titles
    .slice(0, MOST_ROWS)
    .map(({ titleId, change, before, after, rows: changedRows }) => [
      ...[titleId, change, String(changedRows)],
      ...[moved(before.plays, after.plays), moved(before.qualifiedPlays, after.qualifiedPlays)],
      ...[moved(before.impressions, after.impressions), moved(before.secondsViewed, after.secondsViewed)],
    ]);
  const left = titlesIn(diff) - rows.length;
  const columns = ['title', '', 'rows', 'plays', 'qualified', 'impressions', 'seconds'];
  return [head, ...renderTable([columns, ...rows]), ...(left > 0 ? [`and ${left} more`] : []), ...outside];
}

/** How it stands or ended, in one sentence. */
export function describeEventsEnd({ id, order, state, progress, result, error }: EventsReport): string {
  const name = `Backfill ${order.name} (${id})`;
  if (error !== null) return `${name} failed: ${error.message}`;
  if (result !== null) return `${name}: ${describeOutcome(result)}`;
  if (state !== 'running') return `${name} was ${state}.`;
  if (progress === null) return `${name} is not answered for by any worker.`;
  const { phase, paused, plan, shardsDone, failedShards } = progress;
  const hasShards = plan !== null && order.derives === undefined;
  const shards = hasShards ? `, ${shardsDone} of ${plan.shards.length} shards` : '';
  const failed = failedShards.map(({ shard, reason }) => ` Shard ${shard} failed: ${reason}.`).join('');
  return `${name} is ${paused ? 'paused while ' : ''}${phase}${shards}.${failed}`;
}

function describeOutcome(result: EventsResult): string {
  const { outcome, version, rule, reason, approval, swapped, redriven, derived, underivable } = result;
  const done =
    swapped !== null
      ? `${swapped.replaced} rows replaced, ${swapped.removed} removed, ${swapped.added} added${describeSaid(derived, underivable)}`
      : redriven !== null
        ? `${redriven.sent} events sent again, ${redriven.landed} of them in the lake`
        : 'nothing was changed';
  const by = approval === null ? '' : `, approved by ${approval.approver} at ${approval.at}`;
  switch (outcome) {
    case 'dry-run':
      return 'a dry run; nothing was changed.';
    case 'unchanged':
      return 'the lake says already what the fold says.';
    case 'refused':
      return `refused by its audit: ${rule} (${reason}).`;
    case 'expired':
      return 'not approved in time; nothing was changed.';
    case 'cancelled':
      return 'cancelled; nothing was changed.';
    case 'derived':
      return `${wordsSaid(derived ?? [])} derived records said anew${by}.`;
    case 'announced':
      return `${done}${by}; published as version ${version}.`;
    case 'followed':
      return `${done}${by}; version ${version} has it.`;
    case 'rejected':
      return `${done}${by}; version ${version} was rejected by ${rule}: ${reason}.`;
  }
}

function describeSaid(derived: EventsResult['derived'], underivable: EventsResult['underivable']): string {
  if (typeof underivable === 'string')
    return `, what follows from them not said anew, or not all of it (${underivable})`;
  const said = wordsSaid(derived ?? []);
  return said === 0 ? '' : `, ${said} derived records said anew`;
}

export const eventsRow = ({ id, order, state, startedAt }: EventsSummary): string[] => [
  ...[
    id,
    state,
    `${order.name}: ${describeOrder(order)}`,
    order.dryRun ? 'dry run' : '',
    `begun ${startedAt}`,
  ],
];
