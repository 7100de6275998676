/** What operators did: one JSON object a line, in a file that is only ever added to and that its owner alone reads. */
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MarqueeError } from '../../domain/errors.ts';

/** One action is written twice, before it is done and after, under the same `action`. */
export interface OperatorEntry {
  readonly action: string;
  readonly state: 'begun' | 'ended';
  /** Names the credentials. */
  readonly who: string;
  /** The address that it came from, or `command line`. */
  readonly from: string;
  /** `POST /v1/ops/backfills/7/approve`, or the command. */
  readonly what: string;
  /** How it ended: an HTTP status, or an error's code. */
  readonly outcome?: string | number;
}

export interface OperatorLog {
  /** Resolves when the disk has it; throws OPERATOR_LOG_UNAVAILABLE. */
  record(entry: OperatorEntry): Promise<void>;
}

const OWNER_ONLY = 0o600;

/** Opened for every line, so that the file may be moved away. Lines of several processes do not mix. */
export function createOperatorLog(path: string, now: () => Date = () => new Date()): OperatorLog {
  return {
    async record(entry) {
      const line = `${JSON.stringify({ at: now().toISOString(), ...entry })}\n`;
      try {
        await mkdir(dirname(path), { recursive: true });
        const file = await open(path, 'a', OWNER_ONLY);
        try {
          await file.write(line);
          await file.datasync();
        } finally {
          await file.close();
        }
      } catch (cause) {
        const reason = `the operators' log cannot be written (${(cause as NodeJS.ErrnoException).code ?? 'failed'})`;
        throw new MarqueeError('OPERATOR_LOG_UNAVAILABLE', { reason }, { cause });
      }
    },
  };
}
