/** Follows the generations of a region in the background: the object store may be away at any time. */
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GenerationHistory } from '../../domain/generations.ts';
import type { Log } from '../log.ts';

export interface FollowGenerationsOptions {
  /** Rejects when the store does not answer. */
  readonly read: () => Promise<GenerationHistory>;
  /** What was known when the process last ran; the store's answer replaces it. */
  readonly remembered?: GenerationHistory;
  readonly pollIntervalMs: number;
  /** Called with every history that differs from the one before, the first included. */
  readonly onChange?: (history: GenerationHistory) => void;
  readonly log: Log;
  readonly now?: () => number;
}

export interface GenerationFollower {
  /** The newest that is known; undefined before anything is. */
  current(): GenerationHistory | undefined;
  /** How long ago the store was asked for what is known; Infinity before its first answer. */
  ageMs(): number;
  /** Resolves with the store's first answer, or when the follower is closed. */
  readonly heard: Promise<void>;
  /** Asks now rather than at the next poll. */
  nudge(): void;
  close(): Promise<void>;
}

export function followGenerations(options: FollowGenerationsOptions): GenerationFollower {
  const { read, pollIntervalMs, onChange, log, now = Date.now } = options;
  const stopping = new AbortController();
  const heard: PromiseWithResolvers<void> = Promise.withResolvers();
  let known = options.remembered;
  let askedAt = -Infinity;
  let isComplaining = false;
  let wake = new AbortController();

  async function turn(): Promise<void> {
    const begun = now();
    try {
      const history = await read();
      if (stopping.signal.aborted) return;
      askedAt = begun;
      isComplaining = false;
      if (!isDeepStrictEqual(history, known)) onChange?.((known = history));
      heard.resolve();
    } catch (error) {
      if (!isComplaining) log.warn({ err: error }, 'the topic generations are not known: asked again');
      isComplaining = true;
    }
  }

  async function live(): Promise<void> {
    while (!stopping.signal.aborted) {
      wake = new AbortController();
      await turn();
      const signal = AbortSignal.any([stopping.signal, wake.signal]);
      await sleep(pollIntervalMs, undefined, { signal }).catch(() => undefined);
    }
  }

  const living = live();
  return {
    current: () => known,
    ageMs: () => Math.max(0, now() - askedAt),
    heard: heard.promise,
    nudge: () => wake.abort(),
    async close() {
      stopping.abort();
      heard.resolve();
      await living;
    },
  };
}
