/** A dead letter as data, and its headers on the compacted topic `dead-letters`, keyed by the coordinates of its record. */
import type { ErrorCode } from './errors.ts';
import { SIGHTED } from './redrive.ts';
import type { EpochMs } from './time.ts';

export interface DeadLetter {
  /** Coordinates of the refused record: `eu/g1/3/1234`; `eu/g1/plays/3/1234` for one of a clean topic. */
  readonly key: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly field?: string | undefined;
  readonly shape?: string | undefined;
  /** Broker append time of the refused record. */
  readonly appendTime: EpochMs;
  /** Size of the whole value; what the letter carries may be cut. */
  readonly bytes: number;
  /** An event with its id was sighted, though not accepted; see redrive.ts. */
  readonly sighted: boolean;
  /** Raw offset of the newest redrive that was refused again; the letter's value is that record's. */
  readonly redrivenAt?: number | undefined;
  /** Whether the value was put right since, and waits to be redriven. */
  readonly fixed: boolean;
}

export function letterHeaders(letter: Omit<DeadLetter, 'key'>): Record<string, string> {
  const { code, message, field, shape, appendTime, bytes, sighted, redrivenAt, fixed } = letter;
  return {
    code,
    message,
    ...(field === undefined ? {} : { field }),
    ...(shape === undefined ? {} : { shape }),
    appendTime: String(appendTime),
    bytes: String(bytes),
    ...(sighted ? { [SIGHTED]: '1' } : {}),
    ...(redrivenAt === undefined ? {} : { 'redriven-at': String(redrivenAt) }),
    ...(fixed ? { fixed: '1' } : {}),
  };
}

/** Undefined headers are ones that the letter does not have. */
export function readLetter(key: string, header: (name: string) => string | undefined): DeadLetter {
  const redrivenAt = header('redriven-at');
  return {
    key,
    code: (header('code') ?? 'INTERNAL') as ErrorCode,
    message: header('message') ?? '',
    field: header('field'),
    shape: header('shape'),
    appendTime: Number(header('appendTime') ?? 0),
    bytes: Number(header('bytes') ?? 0),
    sighted: header(SIGHTED) !== undefined,
    redrivenAt: redrivenAt === undefined ? undefined : Number(redrivenAt),
    fixed: header('fixed') !== undefined,
  };
}
