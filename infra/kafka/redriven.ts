/** What the headers of a raw record say of redriving. */
import {
  REDRIVEN_FROM,
  redrivenOf,
  SIGHTED,
  type RawCoordinates,
  type Redriven,
} from '../../domain/redrive.ts';
import type { LogRecord } from './consumer-port.ts';

/** Undefined where the record was not redriven in this log. */
export function readRedriven(
  { offset, headers }: LogRecord,
  partition: Omit<RawCoordinates, 'offset'>,
): Redriven | undefined {
  const from = headers[REDRIVEN_FROM];
  if (from === undefined) return undefined;
  return redrivenOf(String(from), headers[SIGHTED] !== undefined, { ...partition, offset });
}

/** The record itself unless it was redriven, which few are. */
export function withRedriven(
  record: LogRecord,
  partition: Omit<RawCoordinates, 'offset'>,
): LogRecord & { readonly redriven?: Redriven | undefined } {
  const redriven = readRedriven(record, partition);
  return redriven === undefined ? record : { ...record, redriven };
}
