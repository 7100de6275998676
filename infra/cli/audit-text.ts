/** The audit's summary as lines of text. */
import type { AuditSummary, ProducerRates, Share, Wrong } from '../../domain/audit/summary.ts';
import { renderTable, type Style } from './output.ts';

type Paint = (style: Style, text: string) => string;

/** Rows of a list of shares; the rest is in `--json`. */
const MOST_SHARES = 8;

export function auditLines(summary: AuditSummary, paint: Paint): string[] {
  if (summary.figures === 0) return [];
  const { from, to, wrong, producers } = summary;
  const holding = wrong.filter(({ holds }) => holds);
  return [
    holding.length === 0 ? paint('green', 'nothing is wrong') : paint('red', `${holding.length} wrong`),
    ...renderTable(holding.map(wrongRow)).map((line) => paint('red', line)),
    ...section('no longer wrong', wrong.filter(({ holds }) => !holds).map(wrongRow), paint),
    ...section(
      `producers, ${time(from)} to ${time(to)}`,
      producers.length === 0 ? [] : [PRODUCER_HEAD, ...producers.map(producerRow)],
      paint,
    ),
    ...section('take rate by row and country', shareRows(summary.takeRates), paint),
    ...section('source of play', shareRows(summary.sources), paint),
    ...section('source of discovery', shareRows(summary.discoveries), paint),
    ...section('answered from the fallback', shareRows(summary.fallbacks), paint),
    ...section('share of the catalogue in a window', shareRows(summary.coverage), paint),
  ];
}

function section(title: string, rows: readonly string[][], paint: Paint): string[] {
  return rows.length === 0 ? [] : ['', paint('bold', title), ...renderTable(rows)];
}

const time = (ms: number): string => new Date(ms).toISOString().slice(11, 19);
const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 2 : 1)} %`;

function wrongRow({ metric, scope, verdict, value, weight, since, until }: Wrong): string[] {
  const about = Object.entries(scope)
    .filter(([name]) => name !== 'what')
    .map(([name, text]) => (name === 'producer' ? text : `${name} ${text}`))
    .join(', ');
  const amount =
    verdict === 'silent'
      ? `${Math.round(value)} s`
      : metric === 'lag_records' || metric === 'parity_difference'
        ? String(value)
        : `${percent(value)} of ${weight}`;
  return [about, verdict, amount, `${time(since)} to ${time(until)}`];
}

const PRODUCER_HEAD = [
  'producer',
  'records',
  'per second',
  'refused',
  'unknown titles',
  'corrected',
  'future',
  'skew p50',
  'lost',
];

const producerRow = (rates: ProducerRates): string[] => [
  rates.producer,
  String(rates.records),
  rates.perSecond.toFixed(1),
  percent(rates.deadLetterShare),
  percent(rates.unknownTitleShare),
  percent(rates.correctedShare),
  percent(rates.futureShare),
  `${Math.round(rates.skewP50Ms)} ms`,
  String(rates.sequenceLost),
];

const shareRows = (shares: readonly Share[]): string[][] =>
  shares
    .slice(0, MOST_SHARES)
    .map(({ name, value, weight }) => [name, percent(value), `of ${Math.round(weight)}`]);
