/** The event union, one `kind` each, as it is after validation. Times in milliseconds, positions in seconds. */
import type { Country, EventId, ProfileId, TitleId } from '../ids.ts';
import type { EpochMs, TimeStatus } from '../time.ts';
import type { EventKind } from './contract.ts';

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
  };
export type PlayPause = Envelope<'play_pause'> & Playhead;
export type PlayResume = Envelope<'play_resume'> & Playhead;
export type PlaySkip = Envelope<'play_skip'> & Playhead & { readonly toSeconds: number };
export type PlayStop = Envelope<'play_stop'> & Playhead & { readonly viewedSeconds: number };
export type PlayEvent = PlayStart | PlayPause | PlayResume | PlaySkip | PlayStop;

export type Impression = Envelope<'impression'> & {
  readonly titleId: TitleId;
  readonly row: string;
  readonly rank: number;
  readonly viewportMs?: number;
};

export type Rate = Envelope<'rate'> & { readonly titleId: TitleId; readonly rating: number };
export type Browse = Envelope<'browse'> & { readonly target: string };
export type Click = Envelope<'click'> & Placement & { readonly titleId: TitleId };
export type ListAdd = Envelope<'list_add'> & Placement & { readonly titleId: TitleId };
export type ListRemove = Envelope<'list_remove'> & { readonly titleId: TitleId };
export type InteractionEvent = Rate | Browse | Click | ListAdd | ListRemove;

export type Search = Envelope<'search'> & { readonly query: string; readonly resultCount?: number };

export type MarqueeEvent = PlayEvent | Impression | InteractionEvent | Search;

/** An event on a clean topic: what was sent, where it stood in the raw log and how its time was judged. */
export interface CleanRecord<E extends MarqueeEvent = MarqueeEvent> {
  readonly rawOffset: number;
  /** Broker append time of the raw record. */
  readonly appendTime: EpochMs;
  readonly timeStatus: TimeStatus;
  readonly event: E;
}
