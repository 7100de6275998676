/** The ports over HTTP: pages from serving, events to ingest. */
import { MarqueeError } from '../../domain/errors.ts';
import { POST_DEFAULTS, postLines } from '../demo/post.ts';
import type { AskedPage, AskPage, TellEvents } from './page.ts';

export interface ServingAddress {
  /** Without a path. */
  readonly url: string;
  readonly rows: number;
  readonly limit: number;
  readonly timeoutMs: number;
  /** An API key or token, where serving asks for one. */
  readonly authorization?: string | undefined;
}

/** Asks `GET /v1/profiles/:id/home`; throws INTERNAL for anything but a page. */
export function askOverHttp({ url, rows, limit, timeoutMs, authorization }: ServingAddress): AskPage {
  return async (profileId, { country, device, hour }) => {
    const query = new URLSearchParams({ country, device, hour: String(hour) });
    query.set('rows', String(rows));
    query.set('limit', String(limit));
    const response = await fetch(
      `${url}/v1/profiles/${encodeURIComponent(profileId)}/home?${query.toString()}`,
      {
        headers: authorization === undefined ? {} : { authorization },
        signal: AbortSignal.timeout(timeoutMs),
      },
    );
    const text = await response.text();
    if (response.status !== 200)
      throw new MarqueeError('INTERNAL', {
        reason: `serving answered ${response.status}: ${text.slice(0, 200)}`,
      });
    return readPage(JSON.parse(text));
  };
}

interface HomeRow {
  readonly row: string;
  readonly items: readonly { readonly titleId: string }[];
}

/** The part of the answer that an app needs. Throws INTERNAL where it is not there. */
export function readPage(answer: unknown): AskedPage {
  const { recommendationId, rows } = answer as {
    readonly recommendationId?: string;
    readonly rows?: readonly HomeRow[];
  };
  if (recommendationId === undefined || rows === undefined)
    throw new MarqueeError('INTERNAL', { reason: 'what serving answered is not a page' });
  return {
    recommendationId,
    rows: rows.map(({ row, items }) => ({ row, titles: items.map(({ titleId }) => titleId) })),
  };
}

/** Posts events at once; ingest takes them in order. LOG_UNAVAILABLE when it stays away. */
export function tellOverHttp(url: string): TellEvents {
  return async (events) => {
    if (events.length === 0) return;
    await postLines(
      events.map((event) => JSON.stringify(event)),
      { ...POST_DEFAULTS, url },
    );
  };
}
