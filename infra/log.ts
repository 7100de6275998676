/** Structured logs: one JSON object a line on stderr, so that stdout stays free for data. */
import { pino, type Logger } from 'pino';
import { createRedaction, type RedactionOptions } from './log-redaction.ts';

export type Log = Logger;

export interface LogOptions extends RedactionOptions {
  /** The process: `ingest`, `speed`, … */
  readonly name: string;
  readonly level: string;
  /** Fields on every line, e.g. region and partition. */
  readonly fields?: Readonly<Record<string, string | number>>;
  /** Where lines go; stderr by default. Written synchronously, so that the last line before a crash is kept. */
  readonly destination?: { write(line: string): void };
}

export function createLog(options: LogOptions): Log {
  const { name, level, fields } = options;
  const { paths, censor, scrub } = createRedaction(options);
  const out = options.destination ?? pino.destination({ dest: 2, sync: true });
  return pino(
    {
      name,
      level,
      base: { name, pid: process.pid, ...fields },
      redact: { paths, censor },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => out.write(scrub(line)) },
  );
}

/** A log that writes nothing, for tests and libraries without one. */
export const silentLog = (): Log => pino({ level: 'silent' });
