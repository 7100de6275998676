/** What the newest figures say, for people: what is wrong first, then rates by producer, row and source. */
import type { DerivedRecord } from '../events/derived.ts';
import type { EpochMs } from '../time.ts';
import { parseScope } from './figure.ts';

export type QualityRecord = DerivedRecord<'quality-metrics'>;

export interface Wrong {
  readonly metric: string;
  readonly scope: Readonly<Record<string, string>>;
  readonly verdict: string;
  readonly value: number;
  readonly weight: number;
  /** First and end of the last window that said so. */
  readonly since: EpochMs;
  readonly until: EpochMs;
  /** Whether the newest window still says so. */
  readonly holds: boolean;
}

export interface ProducerRates {
  readonly producer: string;
  readonly records: number;
  readonly perSecond: number;
  readonly deadLetters: number;
  readonly deadLetterShare: number;
  readonly unknownTitleShare: number;
  readonly correctedShare: number;
  readonly futureShare: number;
  readonly skewP50Ms: number;
  readonly sequenceLost: number;
}

export interface Share {
  readonly name: string;
  readonly value: number;
  readonly weight: number;
}

export interface AuditSummary {
  /** Windows that the figures are from; both 0 where there are none. */
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly figures: number;
  readonly wrong: readonly Wrong[];
  readonly producers: readonly ProducerRates[];
  readonly takeRates: readonly Share[];
  readonly sources: readonly Share[];
  readonly discoveries: readonly Share[];
  readonly fallbacks: readonly Share[];
  readonly coverage: readonly Share[];
}

/** Takes records in any order; of equal keys the highest version holds. */
export function summariseAudit(records: Iterable<QualityRecord>): AuditSummary {
  const newest = new Map<string, QualityRecord>();
  for (const record of records) {
    const known = newest.get(record.upsertKey);
    if (known === undefined || known.version <= record.version) newest.set(record.upsertKey, record);
  }
  const all = [...newest.values()];
  const to = all.reduce((end, record) => Math.max(end, record.windowEnd), 0);
  const ofMetric = (metric: string): QualityRecord[] => all.filter((record) => record.metric === metric);
  return {
    from: all.reduce((start, { windowStart }) => Math.min(start, windowStart), to),
    to,
    figures: all.length,
    wrong: wrongIn(all, to),
    producers: producerRates(all),
    takeRates: shares(ofMetric('take_rate'), ({ row = '', country }) =>
      country === undefined ? row : `${row} ${country}`,
    ),
    sources: shares(ofMetric('source_share'), ({ source = '' }) => source),
    discoveries: shares(ofMetric('discovery_share'), ({ row = '' }) => row),
    fallbacks: shares(ofMetric('fallback_share'), ({ row = '' }) => row),
    coverage: shares(ofMetric('catalogue_coverage'), ({ topic = '' }) => topic),
  };
}

/** Said once of a window of the past; it holds until the same is called `ok`. */
const STANDING = 'parity_difference';

const isWrong = ({ verdict }: QualityRecord): boolean => verdict !== undefined && verdict !== 'ok';

/** One entry for each thing that any window called wrong: those that still hold first, newest first. */
function wrongIn(all: readonly QualityRecord[], to: EpochMs): Wrong[] {
  const judged = Map.groupBy(
    all.filter(({ verdict }) => verdict !== undefined),
    ({ metric, scope }) => `${metric}/${scope}`,
  );
  const wrong = Array.from(judged.values(), (records): Wrong | undefined => {
    const ordered = records.toSorted((a, b) => a.windowStart - b.windowStart || a.version - b.version);
    const said = ordered.filter(isWrong);
    const last = said.at(-1);
    if (last === undefined) return undefined;
    const { metric, scope, verdict = '', value, weight = 0, windowEnd } = last;
    // It is said anew in every window; the newest one may have only begun.
    const isNow = windowEnd >= to - (last.windowEnd - last.windowStart);
    const holds = ordered.at(-1) === last && (isNow || metric === STANDING);
    const since = said[0]!.windowStart;
    return { metric, scope: parseScope(scope), verdict, value, weight, since, until: windowEnd, holds };
  }).filter((entry) => entry !== undefined);
  return wrong.sort((a, b) => Number(b.holds) - Number(a.holds) || b.until - a.until);
}

function producerRates(all: readonly QualityRecord[]): ProducerRates[] {
  const byProducer = Map.groupBy(
    all
      .filter(({ metric }) => metric !== 'finding')
      .map((record) => ({ record, scope: parseScope(record.scope) })),
    ({ scope }) => scope['producer'] ?? '',
  );
  byProducer.delete('');
  return Array.from(byProducer, ([producer, entries]): ProducerRates => {
    const of = (metric: string, plain = true): QualityRecord[] =>
      entries
        .filter(({ record, scope }) => record.metric === metric && !(plain && 'appVersion' in scope))
        .map(({ record }) => record);
    const records = sum(of('records'), ({ value }) => value);
    const windows = new Set(of('records').map(({ windowStart }) => windowStart));
    const { windowStart = 0, windowEnd = 0 } = of('records')[0] ?? {};
    const seconds = (windows.size * (windowEnd - windowStart)) / 1000;
    const deadLetters = sum(of('dead_letters'), ({ value }) => value);
    return {
      producer,
      records,
      perSecond: seconds === 0 ? 0 : records / seconds,
      deadLetters,
      deadLetterShare: records + deadLetters === 0 ? 0 : deadLetters / (records + deadLetters),
      unknownTitleShare: mean(of('unknown_title_share')),
      correctedShare: mean(of('corrected_share')),
      futureShare: mean(of('future_share')),
      skewP50Ms: mean(of('skew_p50_ms')),
      sequenceLost: sum(of('sequence_lost'), ({ value }) => value),
    };
  }).sort((a, b) => b.records - a.records);
}

/** Weighted means over the windows, the weightiest first. */
function shares(
  records: readonly QualityRecord[],
  nameOf: (scope: Readonly<Record<string, string>>) => string,
): Share[] {
  const byName = Map.groupBy(records, ({ scope }) => nameOf(parseScope(scope)));
  return Array.from(byName, ([name, entries]) => ({
    name,
    value: mean(entries),
    weight: sum(entries, ({ weight = 0 }) => weight),
  })).sort((a, b) => b.weight - a.weight || b.value - a.value);
}

const sum = (records: readonly QualityRecord[], of: (record: QualityRecord) => number): number =>
  records.reduce((total, record) => total + of(record), 0);

function mean(records: readonly QualityRecord[]): number {
  const weight = sum(records, (record) => record.weight ?? 0);
  return weight === 0 ? 0 : sum(records, (record) => record.value * (record.weight ?? 0)) / weight;
}
