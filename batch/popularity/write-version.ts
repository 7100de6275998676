import { rm } from 'node:fs/promises';
import { BESIDE, findPart, type Column, type PartEntry } from '../../domain/manifest.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import { columnsOf, schemaOf, writePart, type LocalPart } from '../parts.ts';
import { aggregatesSql, closedHours } from './aggregates.ts';
import {
  AGGREGATES,
  basePartsSql,
  firstRecentDay,
  HOURLY_TABLES,
  PART_OF,
  partNamesOf,
  recentFrom,
  type BaseParts,
  type HourlyTable,
} from './base.ts';
import type { ComputeOptions, PopularityParts } from './job.ts';
import { titleOfCell } from './codes.ts';
import { capSpan } from './log-slice.ts';
import { sumMeasuresSql } from './measure-columns.ts';
import { dayOf, isWithin, spanInName, spanName, spanOf, spansOf, type Span } from './spans.ts';
import { hourlyOfLog, recentOfLog, SHAPES, totalsOfLog, unitedSql } from './tables.ts';

/** A version that what was counted is laid over. */
export interface Underlay {
  readonly parts: BaseParts;
  /** Its manifest's parts and time, by which those that stay are taken over; without it, every part is written. */
  readonly listed?: { readonly parts: readonly PartEntry[]; readonly asOf: number };
  /** Whether its rows of what was appended in a span stay. */
  keeps(span: Span): boolean;
  /** SQL of which of the rows kept stay, given an hour of event time. */
  readonly staying?: (hour: string) => string;
  /** Whether totals and recent buckets are its own and what was counted; else they are worked out anew. */
  readonly addsTotals: boolean;
  readonly addsRecent: boolean;
}

interface Writing {
  readonly connection: DuckDbConnection;
  readonly options: ComputeOptions;
  readonly under: Underlay | undefined;
  write(name: string, query: string): Promise<LocalPart>;
  takeOver(name: string, entry: PartEntry): Promise<LocalPart>;
}

/**
 * Writes the parts from the tables that logSlice left, whose rows to count are of `days`, laid over a version where there
 * is one. The same rows give the same bytes, however they came about.
 */
export async function writeVersion(
  connection: DuckDbConnection,
  options: ComputeOptions,
  days: readonly number[],
  under?: Underlay,
): Promise<PopularityParts> {
  const { outDir, onProgress, asOf } = options;
  const columnsByTable = new Map<string, readonly Column[]>();
  const writing: Writing = {
    connection,
    options,
    under,
    write(name, query) {
      onProgress?.(name);
      return writePart(connection, outDir, name, query);
    },
    async takeOver(name, entry) {
      const path = under!.parts.partPaths[name]!;
      // All parts of a table have the same columns.
      const table = name.split('-')[0]!;
      const columns = columnsByTable.get(table) ?? (await columnsOf(connection, path));
      columnsByTable.set(table, columns);
      return { ...entry, name, path, columns };
    },
  };
  const ofBase = under === undefined ? [] : partNamesOf('hours', under.parts);
  const based = ofBase.map((name) => spanInName(name, PART_OF.hours)!.fromDay);
  const hourly: LocalPart[] = [];
  for (const span of spansOf([...days, ...based, dayOf(asOf)], asOf))
    hourly.push(...(await writeSpan(writing, span, days)));
  const whole = [await writeTotals(writing, hourly), await writeRecent(writing)];
  const parts = [...whole, ...hourly, ...(await writeAggregates(writing, hourly))];
  const metrics = await sumsOf(connection);
  await connection.run('DROP TABLE totals');
  const rowCounts = Object.fromEntries(parts.map(({ name, rows }) => [name, rows]));
  return { parts, schema: schemaOf(parts), rowCounts, metrics };
}

/** The parts of a span: none where they would be empty, but for the day of the version. */
async function writeSpan(writing: Writing, span: Span, days: readonly number[]): Promise<LocalPart[]> {
  const { connection, under, options } = writing;
  const isCounted = days.some((day) => day >= span.fromDay && day < span.toDay);
  const isKept = under?.keeps(span) === true;
  const mayBeEmpty = isWithin(spanOf(dayOf(options.asOf), options.asOf), span);
  if (isCounted) await capSpan(connection, span);
  const parts: LocalPart[] = [];
  for (const table of HOURLY_TABLES) {
    const name = `${PART_OF[table]}-${spanName(span)}`;
    const names = isKept ? partNamesOf(table, under.parts, span) : [];
    const entry = isCounted || names.length !== 1 || names[0] !== name ? undefined : listedIn(under, name);
    if (entry !== undefined) {
      if (entry.rows > 0 || mayBeEmpty) parts.push(await writing.takeOver(name, entry));
      continue;
    }
    const kept = names.map((part) => SHAPES[table].coded(stayingSql(under!, part)));
    const counted = isCounted || kept.length === 0 ? [hourlyOfLog(table, span)] : [];
    const written = await writing.write(
      name,
      SHAPES[table].named(`(${unitedSql(table, [...counted, ...kept])})`),
    );
    if (written.rows > 0 || mayBeEmpty) parts.push(written);
    else await rm(written.path);
  }
  return parts;
}

const listedIn = (under: Underlay | undefined, name: string): PartEntry | undefined =>
  under?.listed === undefined ? undefined : findPart(under.listed, name);

const stayingSql = ({ parts, staying }: Underlay, part: string): string =>
  `(SELECT * FROM ${basePartsSql(parts, [part])} WHERE ${staying?.('hour') ?? 'true'})`;

async function writeTotals(writing: Writing, hourly: readonly LocalPart[]): Promise<LocalPart> {
  const { connection, under } = writing;
  const of = (relation: string): string => SHAPES.totals.coded(relation);
  const sql =
    under === undefined
      ? totalsOfLog()
      : under.addsTotals
        ? unitedSql('totals', [totalsOfLog(), of(basePartsSql(under.parts, ['totals']))])
        : unitedSql('totals', [of(writtenSql(hourly, 'hours'))], false);
  await connection.run(`CREATE OR REPLACE TEMP TABLE totals AS ${sql}`);
  return writing.write('totals', SHAPES.totals.named('totals'));
}

function writtenSql(hourly: readonly LocalPart[], table: HourlyTable): string {
  const partPaths = Object.fromEntries(hourly.map(({ name, path }) => [name, path]));
  return basePartsSql({ partPaths }, partNamesOf(table, { partPaths }));
}

async function writeRecent({ write, under, options: { asOf } }: Writing): Promise<LocalPart> {
  const counted = recentOfLog(recentFrom(asOf), firstRecentDay(asOf));
  const relations = [counted];
  if (under?.addsRecent === true) {
    const staying = under.staying?.('bucket // 12') ?? 'true';
    relations.push(
      SHAPES.recent.coded(`(SELECT * FROM ${basePartsSql(under.parts, ['recent'])}
        WHERE bucket >= ${recentFrom(asOf)} AND ${staying})`),
    );
  }
  return write('recent', SHAPES.recent.named(`(${unitedSql('recent', relations)})`));
}

async function writeAggregates(
  { write, takeOver, under, options: { asOf } }: Writing,
  hourly: readonly LocalPart[],
): Promise<LocalPart[]> {
  const now = identity(closedHours(hourly, asOf));
  const listed = under?.listed;
  const isSame =
    listed !== undefined &&
    dayOf(listed.asOf) === dayOf(asOf) &&
    identity(
      closedHours(
        listed.parts.map((part) => ({ ...part, name: part.name.replace(BESIDE, '') })),
        asOf,
      ),
    ) === now;
  const parts: LocalPart[] = [];
  for (const name of AGGREGATES) {
    const entry = isSame ? listedIn(under, name) : undefined;
    parts.push(
      entry === undefined
        ? await write(name, aggregatesSql(asOf, hourly)[name])
        : await takeOver(name, entry),
    );
  }
  return parts;
}

const identity = (parts: readonly PartEntry[]): string =>
  parts
    .map(({ name, sha256 }) => `${name} ${sha256}`)
    .sort()
    .join('\n');

async function sumsOf(connection: DuckDbConnection): Promise<Record<string, number>> {
  const { columns } = await connection.query(
    `SELECT ${sumMeasuresSql()}, count(DISTINCT ${titleOfCell}) AS titles FROM totals`,
  );
  return Object.fromEntries(Object.entries(columns).map(([name, { values }]) => [name, Number(values[0])]));
}
