/** One address that notices are posted to. */
import { createHash } from 'node:crypto';
import { MarqueeError } from '../../domain/errors.ts';
import type { Notice } from '../../domain/notices/notice.ts';
import { forOutside } from '../../domain/notices/outside.ts';
import { withDeadline } from '../resilience/deadline.ts';
import { signWebhook, WEBHOOK_HEADERS } from './signature.ts';

export interface WebhookSettings {
  readonly secrets: readonly string[];
  /** For one try, from the connection to the head of the answer. */
  readonly timeoutMs: number;
  /** Whether reasons go as they are and subscribers are named. */
  readonly details: boolean;
}

export interface Webhook {
  /** What it is called where its address must not be seen: paths of webhooks are often secrets. */
  readonly name: string;
  /**
   * One try. WEBHOOK_UNAVAILABLE where the next may come through; WEBHOOK_REFUSED where it would not: a redirect, which is not
   * followed, or the word that nobody is there any more.
   */
  send(notice: Notice): Promise<void>;
}

/** 410: the receiver does not want it any more. */
const GONE = 410;

export function createWebhook(
  address: string,
  settings: WebhookSettings,
  now: () => number = Date.now,
): Webhook {
  const url = new URL(address);
  const name = `${url.host}#${createHash('sha256').update(address).digest('hex').slice(0, 8)}`;

  async function post(notice: Notice, signal: AbortSignal): Promise<number> {
    const body = JSON.stringify(forOutside(notice, settings.details));
    const timestampS = Math.floor(now() / 1000);
    const answer = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'marquee-notifications',
        [WEBHOOK_HEADERS.id]: notice.id,
        [WEBHOOK_HEADERS.timestamp]: String(timestampS),
        [WEBHOOK_HEADERS.signature]: signWebhook(settings.secrets, { id: notice.id, timestampS, body }),
      },
      body,
    });
    // Nothing in it is of any use, and it may never end.
    answer.body?.cancel().catch(() => undefined);
    return answer.status;
  }

  return {
    name,
    async send(notice) {
      const deadline = new AbortController();
      const late = (): Error =>
        new MarqueeError('WEBHOOK_UNAVAILABLE', { hook: name, reason: 'no answer in time' });
      let status: number;
      try {
        // Not left to the signal alone: a server that is killed in mid-answer can hold a request up for good.
        status = await withDeadline(post(notice, deadline.signal), settings.timeoutMs, late);
      } catch (error) {
        if (error instanceof MarqueeError) throw error;
        throw new MarqueeError(
          'WEBHOOK_UNAVAILABLE',
          { hook: name, reason: reasonOf(error) },
          { cause: error },
        );
      } finally {
        deadline.abort();
      }
      if (status >= 200 && status < 300) return;
      const reason = `it answered with status ${status}`;
      const isFinal = (status >= 300 && status < 400) || status === GONE;
      throw new MarqueeError(isFinal ? 'WEBHOOK_REFUSED' : 'WEBHOOK_UNAVAILABLE', { hook: name, reason });
    },
  };
}

/** The code alone: the message of a connection that failed has addresses in it. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: unknown } };
  return typeof cause?.code === 'string' ? cause.code : 'the connection failed';
}
