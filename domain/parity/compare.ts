/**
 * Drills a block that the lanes count otherwise down to titles, and judges by a third opinion which lane is wrong: the
 * counting fold itself, over the records of the log.
 */
import { eachRegister } from '../distinct.ts';
import type { TitleId } from '../ids.ts';
import { MEASURE_COUNT, MEASURES } from '../measures.ts';
import { ROW_MEASURE_COUNT, ROW_MEASURES } from '../row-counts.ts';
import type { Family, FamilyPart } from '../speed-view.ts';
import { textAt } from '../text-column.ts';
import { sameTally, type BlockContent, type Tally } from './block.ts';

/** Which lane counts otherwise than the log; `unknown` where the log does not hold the block any more. */
export const LANES = ['batch', 'speed', 'both', 'unknown'] as const;
export type Lane = (typeof LANES)[number];

/** A figure of one entry of a title. */
export interface CellDifference {
  readonly family: Family;
  /** `DE 5966401` (country and bucket), the row, or the hour with the register. */
  readonly cell: string;
  /** A measure, or `rank` of a register. */
  readonly measure: string;
  readonly batch: number;
  readonly speed: number;
  /** Null where there is no third opinion. */
  readonly log: number | null;
}

export interface TitleDifference {
  readonly title: TitleId;
  readonly lane: Lane;
  readonly cells: readonly CellDifference[];
  /** Differing figures beyond those in `cells`. */
  readonly more: number;
}

export interface TitleLimits {
  readonly titles: number;
  readonly cells: number;
}

export interface Drilled {
  readonly titles: readonly TitleDifference[];
  /** Differing titles beyond those named. */
  readonly moreTitles: number;
}

/** Whose tally is not the log's. */
export function judge(batch: Tally, speed: Tally, log: Tally | undefined): Lane {
  if (log === undefined) return 'unknown';
  return laneOf(sameTally(batch, log), sameTally(speed, log));
}

function laneOf(isBatchRight: boolean, isSpeedRight: boolean): Lane {
  if (isBatchRight) return 'speed';
  return isSpeedRight ? 'batch' : 'both';
}

/** Titles whose entries differ, those with the most differing figures first. */
export function differingTitles(
  batch: BlockContent,
  speed: BlockContent,
  log: BlockContent | undefined,
  limits: TitleLimits,
): Drilled {
  const [inBatch, inSpeed] = [figuresOf(batch.parts), figuresOf(speed.parts)];
  const inLog = log === undefined ? undefined : figuresOf(log.parts);
  const found: TitleDifference[] = [];
  for (const title of new Set([...inBatch.keys(), ...inSpeed.keys()])) {
    const cells = differingCells(inBatch.get(title), inSpeed.get(title), inLog && (inLog.get(title) ?? NONE));
    if (cells.length === 0) continue;
    const lane =
      inLog === undefined
        ? 'unknown'
        : laneOf(
            cells.every(({ batch: mine, log: truth }) => mine === truth),
            cells.every(({ speed: mine, log: truth }) => mine === truth),
          );
    found.push({ title, lane, cells, more: 0 });
  }
  found.sort((x, y) => y.cells.length - x.cells.length || (x.title < y.title ? -1 : 1));
  return {
    titles: found.slice(0, limits.titles).map(({ cells, ...rest }) => ({
      ...rest,
      cells: cells.slice(0, limits.cells),
      more: Math.max(0, cells.length - limits.cells),
    })),
    moreTitles: Math.max(0, found.length - limits.titles),
  };
}

interface Figure {
  readonly family: Family;
  readonly cell: string;
  readonly measure: string;
  readonly value: number;
}

/** A title's figures by family, cell and measure. */
type Figures = ReadonlyMap<string, Figure>;
const NONE: Figures = new Map();

/** What a cell without figures is known by: it is there, and everything in it is 0. */
const PRESENT = 'present';

function differingCells(
  batch: Figures = NONE,
  speed: Figures = NONE,
  log: Figures | undefined,
): CellDifference[] {
  const found: CellDifference[] = [];
  for (const key of new Set([...batch.keys(), ...speed.keys()])) {
    const [mine, other] = [batch.get(key), speed.get(key)];
    const { family, cell, measure } = (mine ?? other)!;
    const at = { batch: mine?.value ?? 0, speed: other?.value ?? 0 };
    if (at.batch === at.speed) continue;
    found.push({ family, cell, measure, ...at, log: log === undefined ? null : (log.get(key)?.value ?? 0) });
  }
  // Figures before mere presence: they say more.
  return found.sort((x, y) => Number(x.measure === PRESENT) - Number(y.measure === PRESENT));
}

function figuresOf(parts: readonly FamilyPart[]): Map<TitleId, Map<string, Figure>> {
  const byTitle = new Map<TitleId, Map<string, Figure>>();
  const put = (title: TitleId, figure: Figure): void => {
    let figures = byTitle.get(title);
    if (figures === undefined) byTitle.set(title, (figures = new Map<string, Figure>()));
    figures.set(`${figure.family}|${figure.cell}|${figure.measure}`, figure);
  };
  const putAll = (
    at: { readonly title: TitleId; readonly family: Family; readonly cell: string },
    names: readonly string[],
    values: Float64Array,
    base: number,
  ): void => {
    const { title, ...rest } = at;
    put(title, { ...rest, measure: PRESENT, value: 1 });
    names.forEach((measure, m) => put(title, { ...rest, measure, value: values[base + m]! }));
  };
  for (const part of parts) {
    const { family } = part;
    const { titles, size } = part.columns;
    if (family === 'distinct') {
      eachRegister(part.columns, (i, register, rank) => {
        const cell = `hour ${part.columns.hours[i]} register ${register}`;
        put(textAt(titles, i), { family, cell, measure: 'rank', value: rank });
      });
      continue;
    }
    for (let i = 0; i < size; i++) {
      const title = textAt(titles, i);
      if (family === 'cells') {
        const cell = `${textAt(part.columns.countries, i)} ${part.columns.buckets[i]}`;
        putAll({ title, family, cell }, MEASURES, part.columns.measures, i * MEASURE_COUNT);
      } else {
        const cell = textAt(part.columns.rows, i);
        putAll({ title, family, cell }, ROW_MEASURES, part.columns.measures, i * ROW_MEASURE_COUNT);
      }
    }
  }
  return byTitle;
}
