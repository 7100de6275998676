/** The figures of one window: all of them follow from its tally, so that whoever counts the same log finds the same. */
import { CLEAN_TOPICS, type CleanTopic } from '../topics.ts';
import { createDistinctSketch, estimateDistinct, mergeDistinct } from './distinct.ts';
import type { Figure, Metric, Scope } from './figure.ts';
import { timeQuantile } from './quantiles.ts';
import { takeRate, takeRatePrior } from '../take-rate.ts';
import { carriersOf, DISTINCT_FIELDS, OPTIONAL_FIELDS } from './tally.ts';
import type { LettersTally, PlayTally, ProducerTally, WindowTally } from './window.ts';

export interface FigureOptions {
  /** Titles in the catalogue; undefined where nobody said. */
  readonly catalogueSize?: number;
  /** How many impressions the prior of a take rate weighs. */
  readonly priorStrength: number;
}

export function figuresOf(window: WindowTally, options: FigureOptions): Figure[] {
  return [
    ...partitionFigures(window),
    ...CLEAN_TOPICS.flatMap((topic) =>
      Array.from(window.producers.get(topic) ?? [], ([producer, tally]) =>
        producerFigures(tally, topic, producer),
      ).flat(),
    ),
    ...letterFigures(window),
    ...sequenceFigures(window),
    ...rowFigures(window, options.priorStrength),
    ...shareFigures(window),
    ...coverageFigures(window, options.catalogueSize),
  ];
}

function partitionFigures({ partitions }: WindowTally): Figure[] {
  return Array.from(partitions, ([at, records]): Figure => {
    const slash = at.lastIndexOf('/');
    const scope = { topic: at.slice(0, slash), partition: at.slice(slash + 1) };
    return { metric: 'records', scope, value: records, weight: records };
  });
}

function producerFigures(tally: ProducerTally, topic: CleanTopic, producer: string): Figure[] {
  const scope: Scope = { topic, producer };
  const { records } = tally;
  const share = (metric: Metric, count: number, of = records): Figure[] =>
    of === 0 ? [] : [{ metric, scope, value: count / of, weight: of }];
  const told = (metric: Metric, value: number): Figure => ({ metric, scope, value, weight: records });
  return [
    told('records', records),
    told('skew_p50_ms', timeQuantile(tally.skew, 0.5)),
    told('skew_p99_ms', timeQuantile(tally.skew, 0.99)),
    ...share('future_share', tally.future),
    ...share('old_share', tally.old),
    ...share('enriched_share', tally.enriched),
    ...share('corrected_share', tally.corrected),
    ...share('profile_unavailable_share', tally.unavailable),
    ...share('unknown_title_share', tally.unknownTitles, tally.enriched),
    ...share('unknown_page_share', tally.unknownPages),
    ...nullFigures(tally, topic, scope),
    ...distinctFigures(tally, topic, scope),
  ];
}

/** Columns that were never empty have no figure. */
function nullFigures(tally: ProducerTally, topic: CleanTopic, scope: Scope): Figure[] {
  return OPTIONAL_FIELDS[topic].flatMap((field, i): Figure[] => {
    const carriers = carriersOf(tally, field);
    const missing = carriers - tally.present[i]!;
    if (missing <= 0) return [];
    const value = missing / carriers;
    return [{ metric: 'null_share', scope: { ...scope, field }, value, weight: carriers }];
  });
}

function distinctFigures(tally: ProducerTally, topic: CleanTopic, scope: Scope): Figure[] {
  return DISTINCT_FIELDS[topic].flatMap((field, i): Figure[] => {
    const optional = OPTIONAL_FIELDS[topic].indexOf(field);
    const present = optional < 0 ? tally.records : tally.present[optional]!;
    if (present === 0) return [];
    const value = Math.min(1, estimateDistinct(tally.distinct[i]!) / present);
    return [{ metric: 'distinct_share', scope: { ...scope, field }, value, weight: present }];
  });
}

/** Clean records of a producer in the window, over all topics. */
function cleanRecordsOf(window: WindowTally, producer: string): number {
  let records = 0;
  for (const producers of window.producers.values()) records += producers.get(producer)?.records ?? 0;
  return records;
}

function sequenceFigures(window: WindowTally): Figure[] {
  return Array.from(window.sequences, ([producer, { lost, repeated }]): Figure[] => {
    const of = { scope: { producer }, weight: cleanRecordsOf(window, producer) };
    return [
      { metric: 'sequence_lost', ...of, value: lost },
      { metric: 'sequence_repeated', ...of, value: repeated },
    ];
  }).flat();
}

function letterFigures(window: WindowTally): Figure[] {
  return Array.from(window.letters, ([producer, letters]) => {
    const all = letters.records + cleanRecordsOf(window, producer);
    const share: Figure = {
      metric: 'dead_letter_share',
      scope: { producer },
      value: letters.records / all,
      weight: all,
    };
    return [share, ...reasonFigures(letters, producer)];
  }).flat();
}

function reasonFigures({ reasons, records: all }: LettersTally, producer: string): Figure[] {
  return Array.from(reasons.values(), ({ code, field, records, versions }) => {
    const scope = { producer, code, ...(field === '' ? {} : { field }) };
    const figure = (value: number, of: Scope): Figure => ({
      metric: 'dead_letters',
      scope: of,
      value,
      weight: all,
    });
    return [
      figure(records, scope),
      ...Array.from(versions, ([appVersion, count]) => figure(count, { ...scope, appVersion })),
    ];
  }).flat();
}

function rowFigures({ rows, plays }: WindowTally, priorStrength: number): Figure[] {
  const played = new Map<string, number>();
  for (const { row, country } of plays.values()) {
    if (row !== '') count(played, `${row}\n${country}`);
  }
  const inputs = Array.from(rows, ([key, { impressions }]) => ({
    key,
    impressions,
    plays: played.get(key) ?? 0,
  }));
  const sums = { impressions: 0, plays: 0 };
  for (const input of inputs) {
    sums.impressions += input.impressions;
    sums.plays += input.plays;
  }
  const prior = takeRatePrior(sums, priorStrength);
  return inputs.map(({ key, ...input }): Figure => {
    const [row = '', country = ''] = key.split('\n');
    const scope = country === '' ? { row } : { row, country };
    return { metric: 'take_rate', scope, value: takeRate(input, prior), weight: input.impressions };
  });
}

function shareFigures({ plays }: WindowTally): Figure[] {
  const shares = (metric: Metric, name: string, of: (play: PlayTally) => string): Figure[] => {
    const counts = new Map<string, number>();
    for (const play of plays.values()) count(counts, of(play));
    return Array.from(counts, ([key, records]) => ({
      metric,
      scope: { [name]: key },
      value: records / plays.size,
      weight: plays.size,
    }));
  };
  return [
    ...shares('source_share', 'source', ({ source, row }) =>
      source === 'none' || row === '' ? 'none' : `${source}:${row}`,
    ),
    ...shares('discovery_share', 'row', ({ discoveryRow }) => discoveryRow || 'none'),
  ];
}

const count = (counts: Map<string, number>, key: string): void =>
  void counts.set(key, (counts.get(key) ?? 0) + 1);

function coverageFigures(window: WindowTally, catalogueSize: number | undefined): Figure[] {
  if (catalogueSize === undefined || catalogueSize === 0) return [];
  return (['plays', 'impressions'] as const).flatMap((topic): Figure[] => {
    const at = DISTINCT_FIELDS[topic].indexOf('titleId');
    const titles = createDistinctSketch();
    for (const { distinct } of window.producers.get(topic)?.values() ?? [])
      mergeDistinct(titles, distinct[at]!);
    const value = Math.min(1, estimateDistinct(titles) / catalogueSize);
    return [{ metric: 'catalogue_coverage', scope: { topic }, value, weight: catalogueSize }];
  });
}
