/** What is let in without credentials: this machine alone, and no page of another site that its browser shows. */
import { MarqueeError } from '../../../domain/errors.ts';
import type { Config } from '../../config.ts';
import type { IncomingMessage } from 'node:http';

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\]|::1)$/i;
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const OWN_SITE: ReadonlySet<string> = new Set(['same-origin', 'none']);

const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** Throws CONFIG_INVALID where a process without credentials would listen for others. */
export function refuseOpen({ mode, allowOpen }: Config['auth'], setting: string, host: string): void {
  if (mode !== 'off' || allowOpen || isLoopback(host)) return;
  throw new MarqueeError('CONFIG_INVALID', {
    faults:
      `${setting} is ${JSON.stringify(host)} and AUTH_MODE is off, so that anybody who reaches it may do everything: ` +
      'set AUTH_MODE to keys, jwt or both, or AUTH_ALLOW_OPEN=true where something else keeps others out',
  });
}

/**
 * Throws ORIGIN_REFUSED for a host name that is not this machine's (a name of somebody else's that was made to point
 * here) and for a change that a page of another site asks for.
 */
export function refuseOthers({ headers, method }: Pick<IncomingMessage, 'headers' | 'method'>): void {
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  if (!isLoopback(host)) throw refused('the host asked for is another');
  if (SAFE_METHODS.has(method ?? '')) return;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && !OWN_SITE.has(site)) throw refused('a page of another site asks');
  if (site === undefined && headers.origin !== undefined && !isOwn(headers.origin, headers.host))
    throw refused('a page of another origin asks');
}

const isOwn = (origin: string, host: string | undefined): boolean =>
  URL.canParse(origin) && new URL(origin).host === host;

const refused = (reason: string): MarqueeError => new MarqueeError('ORIGIN_REFUSED', { reason });
