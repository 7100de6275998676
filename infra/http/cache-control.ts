/** Who may keep an answer, and for how long. */
import type { RequestHandler } from 'express';

/**
 * `shared`: the same for everybody for a moment. `revalidated`: may be kept, and is asked for again by its ETag. `never`:
 * of a person or of this instant.
 */
export type Keeping = 'shared' | 'revalidated' | 'never';

export interface CacheSettings {
  /** Seconds that a shared answer may be kept; 0 for not at all. */
  readonly sharedSeconds: number;
  /** Seconds for which a shared answer may stand in where no new one is to be had. */
  readonly sharedIfErrorSeconds: number;
}

/**
 * Sets `Cache-Control` before anything else is done, so that whoever knows better says so later; errors always say
 * `no-store`. What was answered to somebody who had to say who they are stays out of shared caches.
 */
export function createCacheControl(
  keepingOf: (path: string) => Keeping,
  { sharedSeconds, sharedIfErrorSeconds }: CacheSettings,
): RequestHandler {
  const lasting = `max-age=${sharedSeconds}, stale-if-error=${sharedIfErrorSeconds}`;
  return (request, response, next) => {
    response.setHeader('Cache-Control', valueFor(keepingOf(request.path), isNamed(request.headers)));
    next();
  };

  function valueFor(keeping: Keeping, named: boolean): string {
    if (keeping === 'never' || (keeping === 'shared' && sharedSeconds === 0)) return 'private, no-store';
    if (keeping === 'revalidated') return 'no-cache';
    return `${named ? 'private' : 'public'}, ${lasting}`;
  }
}

const isNamed = (headers: Readonly<Record<string, unknown>>): boolean =>
  headers['authorization'] !== undefined ||
  headers['x-api-key'] !== undefined ||
  headers['cookie'] !== undefined;
