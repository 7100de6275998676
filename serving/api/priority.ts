/** How much an answer would be missed, by what was asked for. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Priority } from '../../infra/resilience/shed.ts';

const VITAL: readonly string[] = ['/livez', '/readyz', '/metrics'];
const HOME = /^\/v1\/(profiles\/[^/]+\/)?home$/;
const ROW = /^\/v1\/(rows\/|profiles\/[^/]+\/rows\/|titles\/[^/]+\/similar$)/;
const PREFETCH_QUERY = /[?&]purpose=prefetch(&|$)/;
const EXPLAIN_QUERY = /[?&]explain=true(&|$)/;

/**
 * A prefetch says so by `Sec-Purpose: prefetch`, as browsers do, by `Purpose`, as they used to, or by `?purpose=prefetch`.
 * Reads nothing but address and headers, and never fails.
 */
export function priorityOf({ url, headers }: { url: string; headers: IncomingHttpHeaders }): Priority {
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  if (VITAL.includes(path)) return 'vital';
  if (saysPrefetch(headers['sec-purpose']) || saysPrefetch(headers['purpose'])) return 'prefetch';
  if (end >= 0 && PREFETCH_QUERY.test(url)) return 'prefetch';
  if (end >= 0 && EXPLAIN_QUERY.test(url)) return 'detail';
  if (HOME.test(path)) return 'home';
  return ROW.test(path) ? 'row' : 'detail';
}

const saysPrefetch = (value: string | string[] | undefined): boolean =>
  value !== undefined && String(value).includes('prefetch');
