/** The report as a page of Markdown. */
import type { Interval } from './bootstrap.ts';
import type { ReportRow } from './report.ts';

export interface PageText {
  readonly title: string;
  /** Paragraphs before the tables: what was compared, on what data, how it was chosen. */
  readonly introduction: readonly string[];
}

/** A table for each split: a line for each model, a column for each metric, and what the candidate's NDCG@10 is over it. */
export function reportPage({ title, introduction }: PageText, rows: readonly ReportRow[]): string {
  const splits = [...new Set(rows.map(({ split }) => split))];
  const sections = splits.flatMap((split) =>
    sectionOf(
      split,
      rows.filter((row) => row.split === split),
    ),
  );
  return `${[`# ${title}`, ...introduction, ...sections].join('\n\n')}\n`;
}

/** The metric that models are compared by. */
const DECIDING = 'ndcg_at_10';

function sectionOf(split: string, rows: readonly ReportRow[]): string[] {
  const metrics = [...new Set(rows.map(({ metric }) => metric))];
  const models = [...new Set(rows.map(({ model }) => model))];
  const lines = models.map((model) => {
    const own = rows.filter((row) => row.model === model);
    const deciding = own.find(({ metric }) => metric === DECIDING);
    const cells = metrics.map((metric) => valueCell(own.find((row) => row.metric === metric)?.value));
    const isCandidate = deciding?.role === 'candidate';
    return lineOf([
      isCandidate ? `**${model}**` : model,
      ...cells,
      isCandidate ? '' : valueCell(deciding?.ratio),
    ]);
  });
  const heads = ['model', ...metrics.map(headOf), `candidate over it, ${headOf(DECIDING)}`];
  return [
    `## ${capitalised(split.replaceAll('-', ' '))}: ${rows[0]?.profiles ?? 0} profiles`,
    [lineOf(heads), lineOf(heads.map(() => '---')), ...lines].join('\n'),
  ];
}

const lineOf = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** `ndcg_at_10` reads NDCG@10. */
const headOf = (metric: string): string => capitalised(metric.replace('_at_', '@')).replace('Ndcg', 'NDCG');
const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function valueCell(interval: Interval | undefined): string {
  if (interval === undefined) return '';
  const { value, low, high } = interval;
  const digits = (number: number): string => number.toPrecision(3);
  return low === high ? digits(value) : `${digits(value)} (${digits(low)}–${digits(high)})`;
}
