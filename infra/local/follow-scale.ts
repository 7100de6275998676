/** Keeps a fleet at the number that a controller asks for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { bearing } from '../http/bearing.ts';
import type { Fleet } from './fleet.ts';

export interface FollowScaleOptions {
  readonly fleet: Pick<Fleet, 'members' | 'scaleTo'>;
  /** The number wanted now; throws when nobody says. */
  readonly ask: () => Promise<number>;
  readonly pollIntervalMs: number;
  readonly signal: AbortSignal;
  /** Told when the controller fell silent, and when it answers again. */
  readonly onSilence?: (error: unknown) => void;
  readonly onVoice?: () => void;
}

/** Resolves when `signal` is raised. While nobody says how many there should be, as many go on as were wanted last. */
export async function followScale(options: FollowScaleOptions): Promise<void> {
  const { fleet, ask, pollIntervalMs, signal, onSilence, onVoice } = options;
  let wanted = fleet.members().length;
  let isSilent = false;
  while (!signal.aborted) {
    try {
      wanted = await ask();
      if (isSilent) onVoice?.();
      isSilent = false;
    } catch (error) {
      if (!isSilent) onSilence?.(error);
      isSilent = true;
    }
    if (!signal.aborted) await fleet.scaleTo(wanted);
    await sleep(pollIntervalMs, undefined, { signal }).catch(() => undefined);
  }
}

const ASK_TIMEOUT_MS = 5000;

/** Asks a controller's `GET /v1/scale/<process>`; throws when it does not answer with a number. */
export async function askController(url: string, name: string, token?: string): Promise<number> {
  const response = await fetch(`${url}/v1/scale/${name}`, {
    headers: bearing(token),
    signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
  });
  const body = (await response.json()) as { readonly desired?: unknown };
  if (response.status === 200 && Number.isInteger(body.desired)) return body.desired as number;
  throw new Error(`${url} answered ${response.status}`);
}
