/** What is worked out from the clean tables by folds of the live lane, and what becomes of it when those are corrected. */
import type { CleanTopic } from '../topics.ts';
import type { EventsOrder } from './order.ts';

export interface Derived {
  /** A state per profile as the docs name it. */
  readonly what: string;
  /** Clean topics that it is worked out from. */
  readonly from: readonly CleanTopic[];
}

/** Tables are worked out anew, by these rules of the live lane. */
export interface DerivedRule extends Derived {
  /** A table of the lake. */
  readonly what: 'attributed_plays' | 'signals';
  readonly rule: string;
}

export const DERIVED_RULES: readonly DerivedRule[] = [
  { what: 'attributed_plays', rule: 'attribution', from: ['plays', 'impressions'] },
  { what: 'signals', rule: 'play-signals', from: ['plays'] },
  { what: 'signals', rule: 'search-signals', from: ['searches'] },
];

const STATES: readonly Derived[] = [
  { what: 'impression memory', from: ['plays', 'impressions'] },
  { what: 'title pairs', from: ['plays'] },
  { what: 'watching', from: ['plays', 'interactions'] },
];

/** What stays as it was worked out, and how much of it may say otherwise than the corrected events would. */
export interface LeftBehind {
  readonly what: string;
  /** `table`: of which nothing is worked out anew, for a reason; or told before tables were worked out anew. */
  readonly kind: 'table' | 'state';
  /** Profiles whose events change. */
  readonly profiles: number;
  /** Rows of those profiles; null where they were not counted. */
  readonly rows: number | null;
  /** Why a table is left. */
  readonly reason?: string;
}

const isOf =
  ({ reason }: Pick<EventsOrder, 'reason'>, topics: readonly CleanTopic[]) =>
  ({ from }: Derived): boolean =>
    // A fill sends events through the log, where all that is derived follows.
    reason !== 'fill' && from.some((topic) => topics.includes(topic));

/** What is left when these topics change. */
export const leftBy = (
  order: Pick<EventsOrder, 'reason'>,
  topics: readonly CleanTopic[],
): readonly Derived[] => STATES.filter(isOf(order, topics));

/** The rules whose words are held against the corrected events when these topics change. */
export const rulesOver = (
  order: Pick<EventsOrder, 'reason'>,
  topics: readonly CleanTopic[],
): readonly DerivedRule[] => DERIVED_RULES.filter(isOf(order, topics));
