/** What of a notice may leave the house. */
import { describeNotice, type Notice } from './notice.ts';

/** The body of a webhook: the notice with a sentence for people. */
export interface OutsideNotice extends Notice {
  readonly summary: string;
  /** How many subscribers lag, also where they are not named. */
  readonly subscriberCount: number;
}

/** Addresses with a scheme, of mail, IPv4 and IPv6, host:port, names of hosts, absolute paths. */
const PRIVATE: readonly (readonly [RegExp, string])[] = [
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>),;]+/gi, '[address]'],
  [/\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/g, '[address]'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b/g, '[address]'],
  [/\[?\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{0,4}\]?(?::\d{1,5})?/gi, '[address]'],
  [/::1\b/g, '[address]'],
  [/\b(?=[\w.-]*[a-z])[\w-]+(?:\.[\w-]+)*:\d{3,5}\b/gi, '[address]'],
  [/\b(?:[a-z0-9-]+\.){2,}[a-z]{2,}\b/gi, '[address]'],
  [/(?<![\w\]])(?:[A-Za-z]:\\|\/)[\w.@-]+(?:[\\/][\w.@-]+)+[\\/]?/g, '[path]'],
];
const LONGEST_REASON = 500;

/** A text without addresses and paths, and not endless. */
export function scrub(text: string): string {
  const bare = PRIVATE.reduce((left, [pattern, stand]) => left.replace(pattern, stand), text);
  return bare.length > LONGEST_REASON ? `${bare.slice(0, LONGEST_REASON - 1)}…` : bare;
}

/**
 * With `details` everything that the topic has. Without, reasons lose addresses and paths, and subscribers, who are called by
 * their hosts, are counted and not named.
 */
export function forOutside(notice: Notice, details: boolean): OutsideNotice {
  const subscriberCount = notice.subscribers.length;
  if (details) return { ...notice, subscriberCount, summary: describeNotice(notice) };
  const reason = notice.reason === null ? null : scrub(notice.reason);
  const bare: Notice = { ...notice, reason, subscribers: [] };
  return { ...bare, subscriberCount, summary: describeNotice(bare) };
}
