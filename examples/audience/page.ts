/** The two ports between the audience and whatever it watches: where pages come from, and where events go. */
import type { EventKind } from '../../domain/events/contract.ts';

export interface PageContext {
  readonly country: string;
  readonly device: string;
  /** Of the day in UTC, 0 to 23. */
  readonly hour: number;
  /** Milliseconds since the epoch, as events tell the time. */
  readonly now: number;
}

export interface AskedPage {
  readonly recommendationId: string;
  /** From the top, each with its titles from the left. */
  readonly rows: readonly { readonly row: string; readonly titles: readonly string[] }[];
}

/** Port: the home page of a profile. */
export type AskPage = (profileId: string, context: PageContext) => AskedPage | Promise<AskedPage>;

/** An event as an app sends it; the contract's fields, of which `kind` decides. */
export interface AudienceEvent {
  readonly kind: EventKind;
  readonly eventId: string;
  readonly eventTime: number;
  readonly profileId: string;
  readonly [field: string]: unknown;
}

/** Port: takes events in the order in which they happened to a profile. */
export type TellEvents = (events: readonly AudienceEvent[]) => void | Promise<void>;

/** Port: what time it is for the audience. */
export interface AudienceClock {
  /** Resolves once it is so late, simulated. */
  reach(at: number): void | Promise<void>;
  /** The time that events tell for a simulated one. */
  eventTime(at: number): number;
}

/** As fast as it goes: simulated time is event time. */
export const SIMULATED_CLOCK: AudienceClock = { reach: () => undefined, eventTime: (at) => at };
