/** The last parts of a version, which are of all its spans. */
import { BESIDE, type PartEntry } from '../../domain/manifest.ts';
import { schemaOf, writePart, type LocalPart } from '../parts.ts';
import { aggregatesSql, closedHours } from './aggregates.ts';
import { AGGREGATES, basePartsSql, partNamesOf } from './base.ts';
import type { PopularityParts } from './job.ts';
import { allRows } from './keys.ts';
import { MEASURE_NAMES, sumMeasuresSql } from './measure-columns.ts';
import { readRows } from './read-rows.ts';
import { runsOf, type CodedRows } from './rows.ts';
import { together } from './some-at-a-time.ts';
import { dayOf } from './spans.ts';
import { listedIn, united, write, type Writing } from './writing.ts';

/** `written` gives the parts by span, in their order. */
export async function finish(
  writing: Writing,
  written: () => Promise<readonly LocalPart[]>,
): Promise<PopularityParts> {
  let spans: ReturnType<typeof written> | undefined;
  const spansOnce: typeof written = () => (spans ??= written());
  const [bySpan, { whole, metrics }] = await together(spansOnce, async () => {
    const totals = await totalsOf(writing, spansOnce);
    return { whole: await write(writing, 'totals', 'totals', totals), metrics: sumsOf(totals) };
  });
  const parts = [whole, ...bySpan, ...(await writeAggregates(writing, bySpan))];
  const rowCounts = Object.fromEntries(parts.map(({ name, rows }) => [name, rows]));
  return { parts, schema: schemaOf(parts), rowCounts, metrics };
}

async function totalsOf(
  { use, codes, under, totals }: Writing,
  written: () => Promise<readonly LocalPart[]>,
): Promise<CodedRows> {
  if (under === undefined) return totals.rows();
  if (under.addsTotals) {
    const own = basePartsSql(under.parts, ['totals']);
    const rows = await use((connection) => readRows(connection, codes, 'totals', own));
    totals.add(united('totals', [rows]));
    return totals.rows();
  }
  const summed = `(SELECT title_id, country, ${sumMeasuresSql()} FROM ${writtenSql(await written())} GROUP BY ALL)`;
  return united('totals', [await use((connection) => readRows(connection, codes, 'totals', summed))]);
}

function writtenSql(bySpan: readonly LocalPart[]): string {
  const partPaths = Object.fromEntries(bySpan.map(({ name, path }) => [name, path]));
  return basePartsSql({ partPaths }, partNamesOf('hours', { partPaths }));
}

async function writeAggregates(
  { use, takeOver, under, options: { asOf, outDir, onProgress } }: Writing,
  bySpan: readonly LocalPart[],
): Promise<LocalPart[]> {
  const now = identity(closedHours(bySpan, asOf));
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
    onProgress?.(name);
    parts.push(
      entry === undefined
        ? await use((connection) => writePart(connection, outDir, name, aggregatesSql(asOf, bySpan)[name]))
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

/** Of all titles, and how many there are. */
function sumsOf(totals: CodedRows): Record<string, number> {
  const sums = MEASURE_NAMES.map((name, m) => {
    let sum = 0;
    for (const value of totals.values[m]!) sum += value;
    return [name, sum];
  });
  const [title] = totals.keys;
  const titles = runsOf([title, title], allRows(totals.size)).length - 1;
  return { ...Object.fromEntries(sums), titles } as Record<string, number>;
}
