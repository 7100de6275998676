/**
 * Columns of an event that disagree with what is known. Corrected in place where the truth is known, with what was sent
 * kept; an event that contradicts itself or its region, with nothing known that could settle it, is refused. Knowledge
 * only ever rescues: an event that is refused with more known is refused with less.
 *
 * | columns | disagree when | truth | else |
 * | --- | --- | --- | --- |
 * | `country` | it is none of the region's countries | the account's country, if that is one of them | refused |
 * | `rank`, `rowLength` | `rank` is not below `rowLength` | the row's length in the view of pages, if `rank` is below it | refused |
 * | `titleKind` | it is not the catalogue's kind | the catalogue's kind | (always known here) |
 *
 * A country of the region that is not the account's is a journey, not an error. A row that is longer or shorter than the
 * view of pages says is one that changed since; only what the event itself says can contradict it.
 */
import type { MarqueeEvent } from './events/event.ts';
import type { PagePlace, ProfileAnswer, SideInputs, TitleDetails } from './side-inputs.ts';

/** Columns that may be corrected. */
export const CORRECTED_FIELDS = ['country', 'rowLength', 'titleKind'] as const;
export type CorrectedField = (typeof CORRECTED_FIELDS)[number];

export interface Contradiction {
  /** The columns, joined by `, `; so the next two. */
  readonly field: string;
  /** What was sent, safe to show. */
  readonly shape: string;
  readonly expected: string;
}

export interface Corrected {
  readonly event: MarqueeEvent;
  /** Field → what was sent. */
  readonly sent: Partial<Record<CorrectedField, string | number>>;
}

/** What was looked up for one event. */
export interface KnownOfEvent {
  readonly title: TitleDetails | undefined;
  readonly place: PagePlace | undefined;
  readonly profile: ProfileAnswer | undefined;
}

interface Checked {
  readonly country: string;
  readonly rank?: number;
  readonly rowLength?: number;
  readonly titleKind?: string;
}

/** Undefined where nothing disagrees. */
export function correct(
  event: MarqueeEvent,
  { title, place, profile }: KnownOfEvent,
  countries: SideInputs['countries'],
): Corrected | Contradiction | undefined {
  const { country, rank, rowLength, titleKind } = event as Checked;
  const isAbroad = countries !== undefined && !countries.has(country);
  const isBeyondRow = rank !== undefined && rowLength !== undefined && rank >= rowLength;
  const isOtherKind = titleKind !== undefined && title !== undefined && title.kind !== titleKind;
  if (!isAbroad && !isBeyondRow && !isOtherKind) return undefined;
  const home = isAbroad ? profile?.country : undefined;
  const length = isBeyondRow ? place?.row?.length : undefined;
  const isHomeKnown = home !== undefined && countries?.has(home) === true;
  const isLengthKnown = length !== undefined && rank !== undefined && rank < length;
  if ((isAbroad && !isHomeKnown) || (isBeyondRow && !isLengthKnown)) {
    return contradiction(event, isAbroad, isBeyondRow);
  }
  const sent: Corrected['sent'] = {};
  const truth: Partial<Record<CorrectedField, string | number>> = {};
  if (isHomeKnown) {
    sent.country = country;
    truth.country = home;
  }
  if (isLengthKnown) {
    sent.rowLength = rowLength as number;
    truth.rowLength = length;
  }
  if (isOtherKind) {
    sent.titleKind = titleKind;
    truth.titleKind = title.kind;
  }
  return { event: { ...event, ...truth } as MarqueeEvent, sent };
}

/** Names every column that might settle it, whatever is known: the letter of a replay is the live one. */
function contradiction(event: MarqueeEvent, isAbroad: boolean, isBeyondRow: boolean): Contradiction {
  const { country, rank, rowLength } = event as Checked;
  const found: [field: string, shape: string, expected: string][] = [];
  if (isAbroad) found.push(['country', country, 'a country of this region']);
  if (isBeyondRow) found.push(['rowLength', `number ${rowLength}`, `more than the rank, ${rank}`]);
  const [field, shape, expected] = [0, 1, 2].map((i) => found.map((one) => one[i]).join(', '));
  return { field: field ?? '', shape: shape ?? '', expected: expected ?? '' };
}

export const isContradiction = (found: Corrected | Contradiction): found is Contradiction =>
  'expected' in found;
