/**
 * Hedged reads (Dean and Barroso, The Tail at Scale, 2013): a read that takes longer than most is sent a second time, and
 * whichever comes first answers. Only for reads: both may be carried out.
 */
import { startLateTimer } from './late-timer.ts';

export interface HedgeOptions {
  /** How long the first read may take, past the turn that it was sent in, before the second is sent; 0 sends none. */
  readonly afterMs: number;
  /** Second reads as a share of all reads, so that a slow store is not asked twice as much. */
  readonly mostShare: number;
  readonly onHedge?: (outcome: HedgeOutcome) => void;
}

/** `won` and `lost` say which of the two was faster; `withheld` was not sent, since too many were. */
export type HedgeOutcome = 'won' | 'lost' | 'withheld';

/** So many second reads may be sent at once after a quiet time. */
const MOST_SAVED = 10;

/** Resolves with the first answer; throws what the first read threw once neither can answer. */
export function createHedge({
  afterMs,
  mostShare,
  onHedge,
}: HedgeOptions): <T>(read: () => Promise<T>) => Promise<T> {
  let saved = MOST_SAVED;
  if (afterMs === 0) return (read) => read();
  return <T>(read: () => Promise<T>) => {
    saved = Math.min(MOST_SAVED, saved + mostShare);
    const first = read();
    return new Promise<T>((resolve) => {
      let second: Promise<T> | undefined;
      let isOver = false;
      const settle = (outcome: HedgeOutcome | undefined, end: () => void): void => {
        if (isOver) return;
        isOver = true;
        timer.end();
        if (outcome !== undefined) onHedge?.(outcome);
        end();
      };
      const timer = startLateTimer(afterMs, () => {
        if (saved < 1) {
          onHedge?.('withheld');
          return;
        }
        saved -= 1;
        second = read();
        second.then(
          (value) => settle('won', () => resolve(value)),
          () => undefined,
        );
      });
      first.then(
        (value) => settle(second && 'lost', () => resolve(value)),
        () => {
          // Handed on as it is.
          const fail = (): void => resolve(first);
          if (second === undefined) settle(undefined, fail);
          // The other one may still answer; what it says of a failure is no news.
          else second.catch(() => settle('lost', fail));
        },
      );
    });
  };
}
