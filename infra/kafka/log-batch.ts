/** The batch that handlers are given: its records and its columns are made when they are first asked for. */
import type { LogBatch, LogColumns, LogRecord } from './consumer-port.ts';
import { columnsOf } from './log-columns.ts';

export type BatchPlace = Pick<LogBatch, 'topic' | 'partition' | 'highWatermark' | 'isStale'>;

export interface BatchSource {
  records(): readonly LogRecord[];
  columns(): LogColumns;
  release?(): void;
}

export function logBatch(place: BatchPlace, source: BatchSource): LogBatch {
  let records: readonly LogRecord[] | undefined;
  let columns: LogColumns | undefined;
  return {
    ...place,
    get records() {
      return (records ??= source.records());
    },
    columns: () => (columns ??= source.columns()),
    release() {
      if (records === undefined) source.release?.();
    },
  };
}

/** Of records that exist already. */
export function batchOfRecords(place: BatchPlace, records: readonly LogRecord[]): LogBatch {
  return logBatch(place, { records: () => records, columns: () => columnsOf(records) });
}
