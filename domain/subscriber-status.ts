/** Who serves which version of a view: what subscribers report, and which of them are behind. */
import { parseJson, readFields, type Refuse } from './json-fields.ts';
import type { EpochMs } from './time.ts';
import { LARGEST_VERSION, VIEW_NAME, viewName, type ViewName, type ViewVersion } from './views.ts';

/** One report; its key is `<view>/<subscriber>`. */
export interface SubscriberStatus {
  readonly view: ViewName;
  readonly subscriber: string;
  /** Null while none was loaded. */
  readonly version: ViewVersion | null;
  /** The pin that the subscriber knows of. */
  readonly pinned: ViewVersion | null;
  /** ISO instant. */
  readonly loadedAt: string | null;
  /** From the announcement of the version to its being loaded; null where it was announced before, or follows a pin. */
  readonly loadLagMs: number | null;
  /** How long the version to be served had waited when this was written; null where that is not known. */
  readonly lagMs: number | null;
}

export type HeardStatus = SubscriberStatus & { readonly heardAt: EpochMs };

/** `behind` serves another version than it should; `silent` has not reported for longer than subscribers do. */
export type Standing = 'current' | 'behind' | 'silent';

export type LedgerLine = HeardStatus & { readonly standing: Standing };

const SUBSCRIBER = /^[^\p{Cc}]{1,256}$/u;
const ANY_TEXT = /^/;

/** The key and the value of a report's record. */
export function subscriberRecord({ subscriber, ...status }: SubscriberStatus): {
  readonly key: string;
  readonly value: string;
} {
  const { view, version, pinned, loadedAt, loadLagMs, lagMs } = status;
  return {
    key: `${view}/${subscriber}`,
    value: JSON.stringify({ view, version, pinned, loadedAt, loadLagMs, lagMs }),
  };
}

/** Reads a report again; undefined for what is none. */
export function readSubscriberStatus(key: string, text: string): SubscriberStatus | undefined {
  const slash = key.indexOf('/');
  const [view, subscriber] = [key.slice(0, slash), key.slice(slash + 1)];
  if (slash < 1 || !VIEW_NAME.test(view) || !SUBSCRIBER.test(subscriber)) return undefined;
  try {
    // Processes of before do not tell it.
    const told = { loadLagMs: null, ...(parseJson(text, refuse) as object) };
    const fields = readFields(told, refuse);
    const lag = (field: string): number => fields.number(field, 0, Number.MAX_VALUE);
    const version = (field: string): ViewVersion => fields.integer(field, 1, LARGEST_VERSION) as ViewVersion;
    return {
      view: viewName(view),
      subscriber,
      version: fields.nullable('version', version),
      pinned: fields.nullable('pinned', version),
      loadedAt: fields.nullable('loadedAt', (field) => fields.text(field, ANY_TEXT)),
      loadLagMs: fields.nullable('loadLagMs', lag),
      lagMs: fields.nullable('lagMs', lag),
    };
  } catch {
    return undefined;
  }
}

const refuse: Refuse = (reason) => {
  throw new RangeError(reason);
};

/**
 * Each subscriber's newest report of a view, by name, with how it stands to the version that should be served: null where
 * nothing was announced, which nobody can be behind of.
 */
export function ledgerOf(
  heard: Iterable<HeardStatus>,
  served: ViewVersion | null,
  now: EpochMs,
  silentMs: number,
): LedgerLine[] {
  const newest = new Map<string, HeardStatus>();
  for (const one of heard) {
    const known = newest.get(one.subscriber);
    if (known === undefined || one.heardAt >= known.heardAt) newest.set(one.subscriber, one);
  }
  const standingOf = ({ heardAt, version }: HeardStatus): Standing => {
    if (now - heardAt > silentMs) return 'silent';
    return served === null || version === served ? 'current' : 'behind';
  };
  return [...newest.values()]
    .map((one) => ({ ...one, standing: standingOf(one) }))
    .sort((a, b) => (a.subscriber < b.subscriber ? -1 : 1));
}
