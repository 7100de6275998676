/** What of a page is kept for training and audit: all but those that are asked for ahead of nobody in particular, of which a share. */
import { ARM_SEPARATOR } from '../../domain/experiments/assignment.ts';
import { isKept, type ServedRow } from '../../domain/served-rows.ts';
import type { TitleId } from '../../domain/ids.ts';
import type { HomePage } from './page.ts';

/** Whether a page is kept. One that a profile asked for ahead is: it may yet be shown to it. */
export const isPageKept = (
  { request }: Pick<HomePage, 'request'>,
  recommendationId: string,
  isPrefetch: boolean,
  anonymousShare: number,
): boolean => request.profile !== null || !isPrefetch || isKept(recommendationId, anonymousShare);

/** Rows that show nothing were not served. */
export function servedRows(
  { rows, request, lists, library, at }: HomePage,
  recommendationId: string,
): ServedRow[] {
  const { ids } = library.titles;
  return rows
    .filter(({ titles }) => titles.length > 0)
    .map(({ name, source, titles, teams }) => ({
      ...{ recommendationId, row: name, time: at, source },
      profileId: request.profile ?? undefined,
      country: request.country ?? undefined,
      titleIds: idsOf(titles, ids),
      viewVersion: lists.standing.viewVersion ?? undefined,
      arms: armsOf(request),
      teams,
    }));
}

/** Of experiments and of a canary. */
function armsOf({ arm, canaryArm }: HomePage['request']): string | undefined {
  if (canaryArm === null) return arm ?? undefined;
  return arm === null ? canaryArm : `${arm}${ARM_SEPARATOR}${canaryArm}`;
}

/** A loop: this runs for every title of every page. */
function idsOf(titles: Uint32Array, ids: readonly TitleId[]): TitleId[] {
  const found = new Array<TitleId>(titles.length);
  for (let at = 0; at < titles.length; at++) found[at] = ids[titles[at]!]!;
  return found;
}
