/** The report of an evaluation: a candidate beside others, metric by metric, as a table that goes with the version. */
import type { ModelTable } from '../models/model.ts';
import { createPace, type Pace } from '../models/pace.ts';
import { BOOTSTRAP, compareInTurns, type BootstrapOptions, type Interval } from './bootstrap.ts';
import { PROFILE_METRIC_NAMES, ROW_METRICS, type Evaluated, type RowMetric } from './evaluate.ts';
import type { Split } from './splits.ts';

/** What a model is in a report. Rules ask by role; `peer` is anything else. */
export type Role = 'candidate' | 'current' | 'popularity' | 'unpersonalised' | 'peer';

export interface Contender {
  readonly name: string;
  readonly role: Role;
  readonly evaluated: Evaluated;
}

export interface ReportRow {
  readonly split: string;
  readonly model: string;
  readonly role: Role;
  readonly metric: string;
  /** Profiles that were asked about. */
  readonly profiles: number;
  /** Metrics of all rows together have no interval: both ends are the value. */
  readonly value: Interval;
  /** Of the candidate, less this model's and over this model's, paired by profile. */
  readonly difference: Interval;
  readonly ratio: Interval;
}

export const EVALUATION_PART = 'evaluation';

/** All metrics of the candidate and of the others on one split. */
export async function reportRows(
  { name: split, rows }: Pick<Split, 'name' | 'rows'>,
  candidate: Contender,
  others: readonly Contender[],
  bootstrap: BootstrapOptions = BOOTSTRAP,
  pace: Pace = createPace(undefined),
): Promise<ReportRow[]> {
  const report: ReportRow[] = [];
  for (const { name, role, evaluated } of [candidate, ...others]) {
    const base = { split, model: name, role, profiles: rows.length };
    for (const metric of PROFILE_METRIC_NAMES) {
      const [own, theirs] = [candidate.evaluated.profiles[metric], evaluated.profiles[metric]];
      const { second, difference, ratio } = await compareInTurns(own, theirs, bootstrap, pace);
      report.push({ ...base, metric, value: second, difference, ratio });
    }
    for (const metric of Object.keys(ROW_METRICS) as RowMetric[]) {
      const [own, theirs] = [candidate.evaluated.rows[metric], evaluated.rows[metric]];
      const ratio = point(own === theirs ? 1 : own / theirs);
      report.push({ ...base, metric, value: point(theirs), difference: point(own - theirs), ratio });
    }
  }
  return report;
}

const point = (value: number): Interval => ({ value, low: value, high: value });

/** The part `evaluation`: its key is split, model and metric, in the order of the rows. */
export function reportTable(rows: readonly ReportRow[]): ModelTable {
  const text = (of: (row: ReportRow) => string) => ({ type: 'VARCHAR', values: rows.map(of) }) as const;
  const number = (of: (row: ReportRow) => number) =>
    ({ type: 'DOUBLE', values: Float64Array.from(rows, of) }) as const;
  const interval = (name: 'difference' | 'ratio') => ({
    [name]: number((row) => row[name].value),
    [`${name}_low`]: number((row) => row[name].low),
    [`${name}_high`]: number((row) => row[name].high),
  });
  return {
    name: EVALUATION_PART,
    rows: rows.length,
    columns: {
      split: text((row) => row.split),
      model: text((row) => row.model),
      metric: text((row) => row.metric),
      role: text((row) => row.role),
      profiles: { type: 'INTEGER', values: Int32Array.from(rows, (row) => row.profiles) },
      value: number((row) => row.value.value),
      value_low: number((row) => row.value.low),
      value_high: number((row) => row.value.high),
      ...interval('difference'),
      ...interval('ratio'),
    },
  };
}
