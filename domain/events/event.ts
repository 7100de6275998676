/** The event union, one `kind` each, as it is after validation. Times in milliseconds, positions in seconds. */
import type { Country, EventId, ProfileId, TitleId } from '../ids.ts';
import type { EpochMs, TimeStatus } from '../time.ts';
import type { EnrichedField, ENRICHED_FIELDS, EventKind } from './contract.ts';
import type { TitleKind } from '../catalogue.ts';

interface Envelope<K extends EventKind> {
  readonly kind: K;
  readonly eventId: EventId;
  readonly eventTime: EpochMs;
  readonly profileId: ProfileId;
  readonly country: Country;
  readonly sessionId?: string;
  readonly device?: string;
  readonly region?: string;
  readonly appVersion?: string;
  readonly producer?: string;
  readonly producerSeq?: number;
  readonly pageId?: string;
  readonly recommendationId?: string;
  /** Attributes outside the contract, kept as one JSON object in text. */
  readonly extra?: string;
}

interface Playhead {
  readonly titleId: TitleId;
  readonly playId: string;
  readonly positionSeconds: number;
  readonly durationSeconds?: number;
}

interface Viewed {
  /** Seconds really viewed in this play so far. */
  readonly viewedSeconds?: number;
}

interface Placement {
  readonly row?: string;
  readonly rank?: number;
}

export type PlayStart = Envelope<'play_start'> &
  Placement & {
    readonly titleId: TitleId;
    readonly playId?: string;
    readonly positionSeconds?: number;
    readonly durationSeconds?: number;
    readonly titleKind?: TitleKind;
  };
export type PlayPause = Envelope<'play_pause'> & Playhead & Viewed;
export type PlayResume = Envelope<'play_resume'> & Playhead & Viewed;
export type PlaySkip = Envelope<'play_skip'> & Playhead & Viewed & { readonly toSeconds: number };
export type PlayStop = Envelope<'play_stop'> & Playhead & { readonly viewedSeconds: number };
export type PlayEvent = PlayStart | PlayPause | PlayResume | PlaySkip | PlayStop;

export type Impression = Envelope<'impression'> & {
  readonly titleId: TitleId;
  readonly row: string;
  readonly rank: number;
  readonly rowLength?: number;
  readonly viewportMs?: number;
  /** Absent means explicit. */
  readonly origin?: 'explicit' | 'synthetic';
  readonly titleKind?: TitleKind;
  /** The promotion that the title was shown for. */
  readonly promotionId?: string;
};

export type Rate = Envelope<'rate'> & { readonly titleId: TitleId; readonly rating: number };
export type Browse = Envelope<'browse'> & { readonly target: string };
export type Click = Envelope<'click'> & Placement & { readonly titleId: TitleId };
export type ListAdd = Envelope<'list_add'> & Placement & { readonly titleId: TitleId };
export type ListRemove = Envelope<'list_remove'> & { readonly titleId: TitleId };
export type InteractionEvent = Rate | Browse | Click | ListAdd | ListRemove;

export type Search = Envelope<'search'> & { readonly query: string; readonly resultCount?: number };

export type MarqueeEvent = PlayEvent | Impression | InteractionEvent | Search;

type EnrichedValue<F extends EnrichedField> = (typeof ENRICHED_FIELDS)[F]['type'] extends 'string'
  ? string
  : number;

/** What the extractor added; see ENRICHED_FIELDS. */
export type Enriched = { readonly [F in EnrichedField]?: EnrichedValue<F> };

/** An event on a clean topic: what was sent, where it stood in the raw log and how its time was judged. */
export interface CleanRecord<E extends MarqueeEvent = MarqueeEvent> {
  readonly rawOffset: number;
  /** Broker append time of the raw record; where the broker's clock steps back, the highest before it in the partition. */
  readonly appendTime: EpochMs;
  readonly timeStatus: TimeStatus;
  readonly event: E;
  readonly enriched?: Enriched;
}
