/**
 * What side inputs know of an event, as columns of its clean record. Each column is what was known when the record was
 * appended; nothing is filled in that was not looked up, and the version of each view that was looked in is there even
 * where it knew nothing: a title with `catalogueVersion` and no `knownKind` is one that the catalogue does not have.
 */
import { correct, isContradiction, type Contradiction, type KnownOfEvent } from './correct.ts';
import type { Enriched, MarqueeEvent } from './events/event.ts';
import { hashProfile } from './hash.ts';
import type { SideInputs } from './side-inputs.ts';

export interface EnrichedEvent {
  readonly event: MarqueeEvent;
  readonly enriched: Enriched;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface Keys {
  readonly titleId?: string;
  readonly pageId?: string;
  readonly row?: string;
}

/** The event, corrected, with its columns; or why it cannot be what it says. */
export function enrich(event: MarqueeEvent, inputs: SideInputs): EnrichedEvent | Contradiction {
  const { catalogue, pages, countries } = inputs;
  const { titleId, pageId, row } = event as Keys;
  const looksInCatalogue = catalogue !== undefined && titleId !== undefined;
  const looksInPages = pages !== undefined && pageId !== undefined;
  const known: KnownOfEvent = {
    title: looksInCatalogue ? catalogue.titleOf(titleId) : undefined,
    place: looksInPages ? pages.placeOf(pageId, row) : undefined,
    profile: inputs.profileOf(event.profileId),
  };
  const corrected = correct(event, known, countries);
  if (corrected !== undefined && isContradiction(corrected)) return corrected;
  const enriched: Writable<Enriched> = { profileHash: hashProfile(event.profileId) };
  if (looksInCatalogue) enriched.catalogueVersion = catalogue.version;
  if (looksInPages) enriched.pagesVersion = pages.version;
  addKnown(enriched, known);
  if (corrected === undefined) return { event, enriched };
  enriched.corrections = JSON.stringify(corrected.sent);
  return { event: corrected.event, enriched };
}

function addKnown(enriched: Writable<Enriched>, { title, place, profile }: KnownOfEvent): void {
  if (title !== undefined) {
    enriched.rootTitleId = title.rootTitleId;
    enriched.knownKind = title.kind;
    if (title.genres !== '') enriched.genres = title.genres;
    if (title.runtimeSeconds !== undefined) enriched.runtimeSeconds = title.runtimeSeconds;
    if (title.launchTime !== undefined) enriched.launchTime = title.launchTime;
  }
  if (place !== undefined) {
    enriched.pageKind = place.pageKind;
    if (place.row !== undefined) {
      enriched.rowKind = place.row.kind;
      enriched.rowIndex = place.row.index;
    }
  }
  if (profile !== undefined) {
    enriched.profileAnswer = profile.answer;
    if (profile.segment !== undefined) enriched.profileSegment = profile.segment;
    if (profile.maturity !== undefined) enriched.profileMaturity = profile.maturity;
    if (profile.country !== undefined) enriched.profileCountry = profile.country;
  }
}
