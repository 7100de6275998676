/** One figure of the audit, and the record that tells it. docs/audit.md defines every metric. */
import type { DerivedRecord } from '../events/derived.ts';
import type { EpochMs } from '../time.ts';

export const METRICS = [
  'records',
  'null_share',
  'distinct_share',
  'unknown_title_share',
  'unknown_page_share',
  'skew_p50_ms',
  'skew_p99_ms',
  'future_share',
  'old_share',
  'enriched_share',
  'corrected_share',
  'profile_unavailable_share',
  'dead_letters',
  'dead_letter_share',
  'sequence_lost',
  'sequence_repeated',
  'lag_records',
  'take_rate',
  'source_share',
  'discovery_share',
  'fallback_share',
  'catalogue_coverage',
  'drift',
  'finding',
  'parity_difference',
  'late_duplicates',
  'missed_duplicates',
] as const;
export type Metric = (typeof METRICS)[number];

/** What a figure is about, in the order of its scope text. */
export type Scope = Readonly<Record<string, string | number>>;

export interface Figure {
  readonly metric: Metric;
  readonly scope: Scope;
  readonly value: number;
  /** How many records it was worked out from. */
  readonly weight: number;
  /** `ok` or what is wrong; absent where the figure is not judged. */
  readonly verdict?: string;
}

export interface FigureWindow {
  readonly start: EpochMs;
  readonly end: EpochMs;
  /** Rises with what is known of the window. */
  readonly version: number;
}

/** Stands for characters that separate the parts of a scope. */
const escaped = (value: string | number): string => String(value).replaceAll(/[,=%]/g, encodeURIComponent);

/** `topic=plays,producer=gateway-1` */
const scopeText = (scope: Scope): string =>
  Object.entries(scope)
    .map(([name, value]) => `${name}=${escaped(value)}`)
    .join(',')
    .slice(0, 1024);

/** The parts of a scope text by name. */
export function parseScope(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text.split(',').flatMap((part) => {
      const at = part.indexOf('=');
      return at < 0 ? [] : [[part.slice(0, at), decodePart(part.slice(at + 1))]];
    }),
  );
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function figureRecord(figure: Figure, window: FigureWindow): DerivedRecord<'quality-metrics'> {
  const { metric, scope, value, weight, verdict } = figure;
  const text = scopeText(scope);
  return {
    upsertKey: `${metric}/${text}/${window.start}`.slice(0, 1024),
    version: window.version,
    appendTime: window.end - 1,
    metric,
    scope: text,
    windowStart: window.start,
    windowEnd: window.end,
    value,
    weight,
    ...(verdict === undefined ? {} : { verdict }),
  };
}
