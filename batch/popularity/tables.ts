import { MEASURE_NAMES } from './measure-columns.ts';
import type { Named } from './codes.ts';
import type { SpanTable } from './base.ts';
import type { Uniting } from './rows.ts';

/** Everything that is counted. */
export type CountedTable = SpanTable | 'totals';

export interface TableShape {
  /** Columns that tell rows apart, in whose order a part has them; the first is the title. */
  readonly keys: readonly (Named | 'hour' | 'bucket' | 'register')[];
  readonly values: readonly string[];
  readonly valueType: 'BIGINT' | 'INTEGER';
  readonly uniting: Uniting;
}

const measures = { values: MEASURE_NAMES, valueType: 'BIGINT', uniting: 'sum' } as const;

export const SHAPES: Readonly<Record<CountedTable, TableShape>> = {
  totals: { keys: ['title_id', 'country'], ...measures },
  hours: { keys: ['title_id', 'country', 'hour'], ...measures },
  recent: { keys: ['title_id', 'country', 'bucket'], ...measures },
  row_hours: {
    ...measures,
    keys: ['title_id', 'row', 'hour'],
    values: ['impressions', 'capped_impressions'],
  },
  registers: {
    keys: ['title_id', 'hour', 'register'],
    values: ['rank'],
    valueType: 'INTEGER',
    uniting: 'max',
  },
};
