/** What is wrong with the lines of a source, by number, for the operator who must mend it. */
import type { Refusal } from './publishing.ts';

/** Rules that lines are refused by; validators hold the parts to those of the same name once more. */
export const LINE_RULES = { lines: 'source-lines', keys: 'keys', orphans: 'orphans' } as const;
export type LineRule = (typeof LINE_RULES)[keyof typeof LINE_RULES];

interface LineFault {
  readonly line: number;
  readonly rule: LineRule;
  readonly reason: string;
}

export interface LineFaults {
  /** Lines are numbered from 1. */
  add(line: number, rule: LineRule, reason: string): void;
  /** The rule of the first fault found, and all of them, up to the limit; null where there is none. */
  refusal(): Refusal | null;
}

const LONGEST_REASON = 160;

/** Counts every fault and keeps the first `limit`. */
export function createLineFaults(limit: number): LineFaults {
  const kept: LineFault[] = [];
  let count = 0;
  return {
    add(line, rule, reason) {
      count += 1;
      if (kept.length < limit) kept.push({ line, rule, reason });
    },
    refusal() {
      const [first] = kept;
      if (first === undefined) return null;
      const lines = kept.map(({ line, reason }) => `line ${line}: ${reason.slice(0, LONGEST_REASON)}`);
      if (count > kept.length) lines.push(`and ${count - kept.length} more`);
      return {
        rule: first.rule,
        reason: `${count} bad ${count === 1 ? 'line' : 'lines'}: ${lines.join('; ')}`,
      };
    },
  };
}
