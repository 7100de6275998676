/** Structured logs: one JSON object a line on stderr, so that stdout stays free for data. */
import { pino, type Logger } from 'pino';

export type Log = Logger;

export interface LogOptions {
  /** The process: `ingest`, `speed`, … */
  readonly name: string;
  readonly level: string;
  /** Fields on every line, e.g. region and partition. */
  readonly fields?: Readonly<Record<string, string | number>>;
  /** Where lines go; stderr by default. Written synchronously, so that the last line before a crash is kept. */
  readonly destination?: { write(line: string): void };
}

/** Secrets and credentials are replaced by `[redacted]` wherever they turn up in the first two levels. */
const REDACTED = [
  'secretAccessKey',
  '*.secretAccessKey',
  'authorization',
  '*.authorization',
  'password',
  '*.password',
];

export function createLog(options: LogOptions): Log {
  const { name, level, fields, destination } = options;
  return pino(
    {
      name,
      level,
      base: { name, pid: process.pid, ...fields },
      redact: { paths: REDACTED, censor: '[redacted]' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination ?? pino.destination({ dest: 2, sync: true }),
  );
}

/** A log that writes nothing, for tests and libraries without one. */
export const silentLog = (): Log => pino({ level: 'silent' });
