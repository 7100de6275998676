/** One call of the profile service over HTTP: `POST <url>/v1/profiles/batch` with `{ profileIds: [...] }`. */
import { MarqueeError } from '../../domain/errors.ts';
import { judgeAnswer, type Judged } from './answer.ts';

/**
 * Port: asks for these profiles, each once. Rejects with PROFILE_SERVICE_UNAVAILABLE where there is no answer, with
 * PROFILE_SERVICE_LIED where there is one that cannot be believed, and when the signal is aborted.
 */
export type ProfileCall = (profileIds: readonly string[], signal: AbortSignal) => Promise<Judged>;

export interface HttpCallOptions {
  readonly url: string;
  readonly maxAnswerBytes: number;
}

export function createHttpCall({ url, maxAnswerBytes }: HttpCallOptions): ProfileCall {
  const address = `${url.replace(/\/+$/, '')}/v1/profiles/batch`;
  return async (profileIds, signal) => {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ profileIds }),
      // A page to sign in at is no answer.
      redirect: 'error',
      signal,
    }).catch((error: unknown) => {
      throw unavailable(error);
    });
    const text = await bodyOf(response, maxAnswerBytes);
    if (!response.ok)
      throw new MarqueeError('PROFILE_SERVICE_UNAVAILABLE', { reason: `status ${response.status}` });
    const judged = judgeAnswer(parse(text), new Set(profileIds));
    if (judged === undefined) throw lied('it is not about who was asked for');
    return judged;
  };
}

/** Reads no more than allowed, whatever the length the service promised. */
async function bodyOf(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
  let text = '';
  let bytes = 0;
  try {
    for (;;) {
      const part = await reader?.read().catch((error: unknown) => {
        throw unavailable(error);
      });
      if (part === undefined || part.done) return text + decoder.decode();
      bytes += part.value.length;
      if (bytes > maxBytes) throw lied(`it has more than ${maxBytes} bytes`);
      text += decoder.decode(part.value, { stream: true });
    }
  } catch (error) {
    await reader?.cancel().catch(() => undefined);
    if (error instanceof TypeError) throw lied('it is not UTF-8', error);
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw lied('it is not JSON', error);
  }
}

const lied = (reason: string, cause?: unknown): MarqueeError =>
  new MarqueeError('PROFILE_SERVICE_LIED', { reason }, { cause });

function unavailable(error: unknown): MarqueeError {
  const { message, cause } = error as { message?: string; cause?: { message?: string } };
  const reason = cause?.message ?? message ?? String(error);
  return new MarqueeError('PROFILE_SERVICE_UNAVAILABLE', { reason }, { cause: error });
}
