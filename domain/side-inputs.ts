/**
 * What the extractor looks up beside an event, as pure look-ups: whoever drives the fold has fetched the answers before.
 * The live stage asks views and the profile service; a replay passes what was recorded (`recordedInputs`).
 */
import type { CleanRecord } from './events/event.ts';
import type { TitleKind } from './catalogue.ts';
import type { EpochMs } from './time.ts';

export interface TitleDetails {
  readonly kind: TitleKind;
  /** Joined by `|`; empty where none is known. */
  readonly genres: string;
  readonly runtimeSeconds?: number;
  readonly launchTime?: EpochMs;
  /** The topmost ancestor; the title itself where it has no parent. */
  readonly rootTitleId: string;
}

export interface PagePlace {
  readonly pageKind: string;
  /** Absent where no row was asked for, or the page has no such row. */
  readonly row?: { readonly kind: string; readonly index: number; readonly length?: number };
}

/** `fresh` and `stale` carry what is known; `unknown` is the service's word that there is no such profile. */
export interface ProfileAnswer {
  readonly answer: 'fresh' | 'stale' | 'unknown' | 'unavailable';
  readonly segment?: string;
  readonly maturity?: number;
  readonly country?: string;
}

/** A version of a view, looked in. */
export interface CatalogueLookup {
  readonly version: number;
  titleOf(titleId: string): TitleDetails | undefined;
}

export interface PagesLookup {
  readonly version: number;
  placeOf(pageId: string, row: string | undefined): PagePlace | undefined;
}

/** Whatever is absent is not known, and nothing waits for it. */
export interface SideInputs {
  readonly catalogue?: CatalogueLookup | undefined;
  readonly pages?: PagesLookup | undefined;
  /** Countries that belong to this region; absent where any may. */
  readonly countries?: ReadonlySet<string> | undefined;
  /** Undefined where the service is not asked at all. */
  profileOf(profileId: string): ProfileAnswer | undefined;
}

export const NOTHING_KNOWN: SideInputs = { profileOf: () => undefined };

/**
 * The answers that a clean record recorded, as side inputs: the fold over the same raw record with them gives the same
 * clean record. Without a record (it was refused) nothing is known, and it is refused again: more knowledge only ever
 * rescues an event (correct.ts).
 */
export function recordedInputs(
  record: CleanRecord | undefined,
  countries: ReadonlySet<string> | undefined,
): SideInputs {
  const enriched = record?.enriched;
  if (record === undefined || enriched === undefined) return { ...NOTHING_KNOWN, countries };
  const { catalogueVersion, pagesVersion, knownKind, rootTitleId, profileAnswer } = enriched;
  const { runtimeSeconds, launchTime, genres = '', pageKind, rowKind, rowIndex } = enriched;
  const title: TitleDetails | undefined =
    knownKind === undefined || rootTitleId === undefined
      ? undefined
      : {
          kind: knownKind as TitleKind,
          genres,
          rootTitleId,
          ...(runtimeSeconds === undefined ? {} : { runtimeSeconds }),
          ...(launchTime === undefined ? {} : { launchTime }),
        };
  const { rowLength: length } = record.event as { readonly rowLength?: number };
  const row =
    rowKind === undefined || rowIndex === undefined
      ? {}
      : { row: { kind: rowKind, index: rowIndex, ...(length === undefined ? {} : { length }) } };
  const place = pageKind === undefined ? undefined : { pageKind, ...row };
  const profile = profileAnswer === undefined ? undefined : recordedAnswer(enriched);
  return {
    countries,
    catalogue:
      catalogueVersion === undefined ? undefined : { version: catalogueVersion, titleOf: () => title },
    pages: pagesVersion === undefined ? undefined : { version: pagesVersion, placeOf: () => place },
    profileOf: () => profile,
  };
}

function recordedAnswer(enriched: NonNullable<CleanRecord['enriched']>): ProfileAnswer {
  const { profileAnswer, profileSegment, profileMaturity, profileCountry } = enriched;
  return {
    answer: profileAnswer as ProfileAnswer['answer'],
    ...(profileSegment === undefined ? {} : { segment: profileSegment }),
    ...(profileMaturity === undefined ? {} : { maturity: profileMaturity }),
    ...(profileCountry === undefined ? {} : { country: profileCountry }),
  };
}
