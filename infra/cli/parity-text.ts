/** Reports of the comparison of the lanes as lines of text. */
import { lateDuplicates, sentencesOf, type ParityReport } from '../../domain/parity/report.ts';
import { renderTable, type Style } from './output.ts';
import type { ParityAnswer } from './parity.ts';

type Paint = (style: Style, text: string) => string;

/** Lines of a list; the rest is in `--json`. */
const MOST_LINES = 20;

export function parityLines({ open, exclusions, reports }: ParityAnswer, paint: Paint): string[] {
  if (reports.length === 0) return [];
  const differences = open.flatMap(sentencesOf);
  const excluded = new Map(
    reports.flatMap((report) => report.excluded.map(({ name, by }) => [name, by] as const)),
  );
  return [
    verdict(open.length, reports, paint),
    ...shortened(differences).map((line) => paint('red', line)),
    ...section('reports', [HEAD, ...reports.map(row)], paint),
    ...section(
      'not compared, because of a correction',
      shortened([...excluded]).map((line) => (typeof line === 'string' ? [line] : [...line])),
      paint,
    ),
    ...section(
      'corrections',
      exclusions.slice(-MOST_LINES).map(({ name, kind }) => [kind, name]),
      paint,
    ),
    ...section('event ids that came again', reports.flatMap(duplicateRows).slice(0, MOST_LINES), paint),
  ];
}

/** That nothing differs says something only of what was compared. */
function verdict(differing: number, reports: ParityAnswer['reports'], paint: Paint): string {
  if (differing > 0) return paint('red', `the lanes differ in ${differing} blocks`);
  const compared = reports.reduce((sum, report) => sum + report.compared, 0);
  return compared === 0
    ? 'nothing differs, but these reports compared no block'
    : paint('green', `the lanes agree: no difference stands, ${compared} blocks compared in these reports`);
}

function section(title: string, rows: readonly string[][], paint: Paint): string[] {
  return rows.length === 0 ? [] : ['', paint('bold', title), ...renderTable(rows)];
}

const shortened = <T>(lines: readonly T[]): (T | string)[] =>
  lines.length <= MOST_LINES
    ? [...lines]
    : [...lines.slice(0, MOST_LINES), `and ${lines.length - MOST_LINES} more, with --json`];

const HEAD = [
  'as of',
  'version',
  'compared',
  'equal',
  'differing',
  'excluded',
  'passed over',
  'left',
  'late',
];

const row = (report: ParityReport): string[] => [
  report.asOf,
  String(report.version),
  String(report.compared),
  String(report.equal),
  String(report.differing.length),
  String(report.excluded.length),
  String(report.passedOver),
  String(report.waiting),
  String(lateDuplicates(report)),
];

const duplicateRows = ({ asOf, duplicates }: ParityReport): string[][] =>
  duplicates
    .filter(({ late, withinWindow }) => late + withinWindow > 0)
    .map(({ topic, partition, records, late, withinWindow }) => [
      asOf,
      `${topic}/${partition}`,
      `${late} later than the dedupe window`,
      withinWindow === 0 ? '' : `${withinWindow} within it, which the extractor should have kept out`,
      `of ${records}`,
    ]);
