import type { PlayEvent } from './event.ts';

/**
 * What all events of a play are told by, within a profile: the `playId` they share. A start that states none is named by
 * its event id, so later events of such a play state that. Events that prove a play qualified state theirs.
 */
export const playIdOf = (event: PlayEvent): string =>
  event.kind === 'play_start' ? (event.playId ?? event.eventId) : event.playId;
