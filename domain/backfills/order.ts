/** Backfills of events, as they are asked for: which part of the raw log is folded anew, and why. */
import { MarqueeError } from '../errors.ts';
import { HOUR_MS, type EpochMs } from '../time.ts';

/**
 * `correct`: rows of the lake that the fold makes otherwise today are replaced. `fill`: raw events that never became a
 * clean record are sent through the clean topics. `bootstrap`: rows from before the first that the lake has are put in.
 */
export const BACKFILL_REASONS = ['correct', 'fill', 'bootstrap'] as const;
export type BackfillReason = (typeof BACKFILL_REASONS)[number];

/** Whether a range is of when events were appended, or of when they happened. */
export const TIME_AXES = ['arrival', 'event'] as const;
export type TimeAxis = (typeof TIME_AXES)[number];

/** What enrichment goes by: what side inputs answered then, or the catalogue and the pages that are announced now. */
export const ANSWERS = ['recorded', 'current'] as const;
export type Answers = (typeof ANSWERS)[number];

export interface EventsOrder {
  /** What operators call it: lower-case letters, digits and hyphens. */
  readonly name: string;
  readonly reason: BackfillReason;
  readonly axis: TimeAxis;
  /** ISO instants, `to` excluded; both null where time does not bound it. */
  readonly from: string | null;
  readonly to: string | null;
  /** Events of this title alone; null: of all. */
  readonly titleId: string | null;
  /** Events that this producer sent; null: all. */
  readonly producer: string | null;
  readonly answers: Answers;
  /** Ends with the differences; nothing is changed. */
  readonly dryRun: boolean;
  /** The run that laid the events over the lake: what follows from them alone is worked out and said anew. */
  readonly derives?: string;
}

/** What is asked for as somebody types it; what is left out has a default. */
export type AskedEvents = Pick<EventsOrder, 'name' | 'reason'> & {
  readonly [K in Exclude<keyof EventsOrder, 'name' | 'reason' | 'derives'>]?: EventsOrder[K] | undefined;
};

const BACKFILL_NAME = /^[a-z0-9](-?[a-z0-9]){0,39}$/;
const ISO_INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;
const LONGEST_TEXT = 200;

/** Throws BACKFILL_ORDER_INVALID unless it is bounded: by at most `maxHours`, by a title or by a producer. */
export function parseEventsOrder(asked: AskedEvents, maxHours: number): EventsOrder {
  const order: EventsOrder = {
    axis: 'arrival',
    answers: 'recorded',
    dryRun: false,
    ...defined(asked),
    ...{ name: asked.name, reason: asked.reason },
    ...{ from: asked.from ?? null, to: asked.to ?? null },
    ...{ titleId: asked.titleId ?? null, producer: asked.producer ?? null },
  };
  const refuse = (reason: string): never => {
    throw new MarqueeError('BACKFILL_ORDER_INVALID', { name: order.name.slice(0, 60), reason });
  };
  if (!BACKFILL_NAME.test(order.name)) refuse('a name has up to 40 lower-case letters, digits and hyphens');
  for (const text of [order.titleId, order.producer])
    if (text !== null && (text.trim() === '' || text.length > LONGEST_TEXT))
      refuse('a title or producer is empty or too long');
  const range = timeRangeOf(order, refuse);
  const isNarrow = order.titleId !== null || order.producer !== null;
  if (order.reason === 'bootstrap') {
    if (isNarrow || range !== undefined) refuse('a bootstrap is of all that came before the first row');
    return order;
  }
  if (range === undefined && !isNarrow) refuse('it is bounded by no range, title or producer');
  if (range !== undefined && (range.toMs - range.fromMs) / HOUR_MS > maxHours)
    refuse(`it has more than ${maxHours} hours`);
  return order;
}

const defined = (asked: AskedEvents): Partial<EventsOrder> =>
  Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));

interface TimeRange {
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
}

/** The range of an order that was parsed; undefined where time does not bound it. */
export const rangeOf = (order: EventsOrder): TimeRange | undefined =>
  timeRangeOf(order, (reason) => {
    throw new RangeError(reason);
  });

function timeRangeOf(
  { from, to }: Pick<EventsOrder, 'from' | 'to'>,
  refuse: (reason: string) => never,
): TimeRange | undefined {
  if (from === null && to === null) return undefined;
  if (from === null || to === null) return refuse('a range has a beginning and an end');
  for (const text of [from, to])
    if (!ISO_INSTANT.test(text) || Number.isNaN(Date.parse(text)))
      refuse(`${text.slice(0, 40)} is no instant like 2026-01-31T13:00:00Z`);
  const range = { fromMs: Date.parse(from), toMs: Date.parse(to) };
  if (range.toMs <= range.fromMs) refuse('it ends before it begins');
  return range;
}
