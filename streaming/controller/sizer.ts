/** Takes a reading at intervals and keeps the decision about one kind of process. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reading } from '../../domain/sizing-load.ts';
import { step, type SizingDecision, type SizingRules, type SizingState } from '../../domain/sizing.ts';
import type { EpochMs } from '../../domain/time.ts';

export interface SizerOptions {
  /** Throws when a reading cannot be taken. */
  readonly read: () => Promise<Reading>;
  readonly rules: SizingRules;
  readonly intervalMs: number;
  readonly now: () => EpochMs;
  /** Told of every decision, with the one before it. */
  readonly onDecision: (decision: SizingDecision, before: SizingDecision | undefined) => void;
  readonly onFailure: (error: unknown) => void;
}

export interface Sized {
  readonly decision: SizingDecision;
  /** When a reading last confirmed it. */
  readonly at: EpochMs;
}

export interface Sizer {
  /** Undefined until the first reading. */
  current(): Sized | undefined;
  /** Waits for a reading under way. */
  stop(): Promise<void>;
}

export function runSizer({ read, rules, intervalMs, now, onDecision, onFailure }: SizerOptions): Sizer {
  const stopping = new AbortController();
  let state: SizingState | undefined;
  let at = 0;

  const once = async (): Promise<void> => {
    const reading = await read().catch((error: unknown) => {
      onFailure(error);
      return undefined;
    });
    const before = state?.decision;
    state = step(state, reading, rules);
    if (state === undefined) return;
    if (reading !== undefined) at = now();
    onDecision(state.decision, before);
  };

  const live = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const startedMs = performance.now();
      await once();
      const restMs = Math.max(0, intervalMs - (performance.now() - startedMs));
      await sleep(restMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const ended = live();
  return {
    current: () => state && { decision: state.decision, at },
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
