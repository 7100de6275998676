import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';

const CONFLICT = /\b409\b|conflict|CommitFailed|requirement failed|has been (altered|changed)/i;
const UNAVAILABLE =
  /connect|connection|timed? ?out|timeout|refused|reset|HTTP (GET|POST|PUT|HEAD|DELETE)?\s*error|HTTP Error|IO Error|\b50[0234]\b|Interrupt|unreachable|Could not establish|SSL|invalid access token|\b401\b|table bucket \S+ not found/i;

const SNAPSHOT_GONE = /could not find snapshot with id (\d+)/i;

/**
 * Names a DuckDB failure by the error table: LAKE_CONFLICT when the catalog refused a commit because the table moved,
 * LAKE_SNAPSHOT_GONE when a snapshot that was named has expired, LAKE_UNAVAILABLE when catalog or object store did not
 * answer (the outcome of a commit is then not known), else INTERNAL. Errors of the table pass through.
 */
export function lakeFailure(error: unknown, table: string): MarqueeError {
  if (isMarqueeError(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const short = reason.split('\n')[0]?.slice(0, 300) ?? '';
  const gone = SNAPSHOT_GONE.exec(reason)?.[1];
  if (gone !== undefined) return new MarqueeError('LAKE_SNAPSHOT_GONE', { snapshot: gone }, { cause: error });
  if (CONFLICT.test(reason)) return new MarqueeError('LAKE_CONFLICT', { table }, { cause: error });
  if (UNAVAILABLE.test(reason))
    return new MarqueeError('LAKE_UNAVAILABLE', { reason: short }, { cause: error });
  return new MarqueeError('INTERNAL', { reason: `lake table ${table}: ${short}` }, { cause: error });
}
