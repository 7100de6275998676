/** What a run of the comparison found, and how it is told: as figures for the lake, and as sentences for people. */
import { figureRecord, type Figure, type FigureWindow } from '../audit/figure.ts';
import type { DerivedRecord } from '../events/derived.ts';
import type { Generation } from '../ids.ts';
import type { Marker } from '../speed-view.ts';
import type { CountedTopic } from '../topics.ts';
import type { ViewVersion } from '../views.ts';
import { blockName, type BlockName, type BlockRef, type Tally } from './block.ts';
import type { Lane, TitleDifference } from './compare.ts';

/** A block that the lanes count otherwise. */
export interface BlockDifference {
  readonly name: BlockName;
  readonly lane: Lane;
  readonly batch: Tally;
  readonly speed: Tally;
  /** What the fold makes of the log's own records; null where the log does not hold them any more. */
  readonly log: Tally | null;
  /** Empty where only the number of events differs, or where the speed view let go of the block meanwhile. */
  readonly titles: readonly TitleDifference[];
  readonly moreTitles: number;
}

/** A difference that no later run has found gone; with the marker it can be compared again. */
export interface OpenDifference extends BlockDifference {
  readonly marker: Marker;
  /** ISO instant of the run that found it. */
  readonly since: string;
}

/** Records of compared blocks of one partition whose event id had come before. */
export interface Duplicates {
  readonly topic: CountedTopic;
  readonly partition: number;
  readonly records: number;
  /** Later than the dedupe window: new events in both lanes. */
  readonly late: number;
  /** Within it, though the extractor should have kept them out. */
  readonly withinWindow: number;
  /** Append times of the records looked at: first, and end. */
  readonly fromMs: number;
  readonly toMs: number;
}

export interface ParityReport {
  /** The published version whose snapshots were counted. */
  readonly version: ViewVersion;
  /** ISO instant of the run. */
  readonly asOf: string;
  readonly generation: Generation;
  readonly compared: number;
  readonly equal: number;
  readonly differing: readonly BlockDifference[];
  /** Open differences of earlier runs that are gone. */
  readonly settled: readonly BlockName[];
  readonly excluded: readonly { readonly name: BlockName; readonly by: string }[];
  readonly passedOver: number;
  /** Finished blocks left to the next run. */
  readonly waiting: number;
  /** Open differences after this run. */
  readonly open: number;
  readonly duplicates: readonly Duplicates[];
}

export const lateDuplicates = ({ duplicates }: Pick<ParityReport, 'duplicates'>): number =>
  duplicates.reduce((sum, { late }) => sum + late, 0);

/** One sentence for each title of a difference; one for the block where no title is named. */
export function sentencesOf(difference: BlockDifference): string[] {
  const { name, lane, titles, moreTitles } = difference;
  const rest = moreTitles === 0 ? [] : [`block ${name}: ${moreTitles} more titles differ`];
  if (titles.length === 0) return [`block ${name}: ${blame(lane)}; ${tallies(difference)}`];
  return [
    ...titles.map(({ title, lane: ofTitle, cells: [first], more }) => {
      const further = more === 0 ? '' : `, and ${more} more figures`;
      return `block ${name}, title ${title}: ${blame(ofTitle)}; ${first === undefined ? '' : figureText(first)}${further}`;
    }),
    ...rest,
  ];
}

function blame(lane: Lane): string {
  switch (lane) {
    case 'batch':
      return 'the batch lane counts otherwise than the log';
    case 'speed':
      return 'the speed lane counts otherwise than the log';
    case 'both':
      return 'both lanes count otherwise than the log';
    case 'unknown':
      return 'the lanes differ, and the log does not hold the block any more';
  }
}

function figureText({ cell, measure, batch, speed, log }: TitleDifference['cells'][number]): string {
  const third = log === null ? '' : `, log ${log}`;
  return `${measure} of ${cell}: batch ${batch}, speed ${speed}${third}`;
}

function tallies({ batch, speed, log }: BlockDifference): string {
  const text = ({ events, entries }: Tally): string => `${events} events in ${entries} entries`;
  return `batch ${text(batch)}, speed ${text(speed)}${log === null ? '' : `, log ${text(log)}`}`;
}

export type QualityRecord = DerivedRecord<'quality-metrics'>;

/** The append times that a block covers. */
const windowOf = ({ before, logTime }: Marker, version: number): FigureWindow => ({
  start: before.logTime,
  end: Math.max(before.logTime, logTime) + 1,
  version,
});

const differenceScope = (
  { topic, partition, block }: BlockRef,
  generation: Generation,
  title: string,
): Figure['scope'] => ({
  topic,
  partition,
  block: blockName(generation, { topic, partition, block }),
  title,
});

/**
 * Records of a difference, one for each title named; `holds` false says that it is gone. The window is the block's own, so
 * that a later word replaces the former.
 */
export function differenceRecords(
  difference: BlockDifference,
  marker: Marker,
  at: { readonly generation: Generation; readonly version: number; readonly holds: boolean },
): QualityRecord[] {
  const window = windowOf(marker, at.version);
  const named = difference.titles.length === 0 ? [undefined] : difference.titles;
  return named.map((title) => {
    const lane = title?.lane ?? difference.lane;
    const figure: Figure = {
      metric: 'parity_difference',
      scope: differenceScope(marker, at.generation, title?.title ?? ''),
      value: at.holds ? (title === undefined ? 1 : title.cells.length + title.more) : 0,
      weight: marker.events,
      verdict: at.holds ? `lanes differ: ${lane}` : 'ok',
    };
    return figureRecord(figure, window);
  });
}

/** A record for each partition whose compared blocks hold repeated ids; not judged, since both lanes count them. */
export function duplicateRecords(duplicates: readonly Duplicates[], version: number): QualityRecord[] {
  return duplicates.flatMap(({ topic, partition, records, late, withinWindow, fromMs, toMs }) => {
    const window = { start: fromMs, end: toMs, version };
    const scope = { topic, partition };
    const all: Figure[] = [
      { metric: 'late_duplicates', scope, value: late, weight: records },
      { metric: 'missed_duplicates', scope, value: withinWindow, weight: records },
    ];
    return all.filter(({ value }) => value > 0).map((figure) => figureRecord(figure, window));
  });
}
