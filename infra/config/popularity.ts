import { z } from 'zod';
import { integer } from './setting.ts';

/** How the work of counting everything anew is shared between workers. */
export const popularitySection = z.object({
  eventsPerPiece: integer('POPULARITY_EVENTS_PER_PIECE', {
    default: 20_000_000,
    min: 1,
    max: 10_000_000_000,
    reason: 'Events that one activity counts where a log is counted whole; a longer log is cut into pieces.',
  }),
  maxPieces: integer('POPULARITY_MAX_PIECES', {
    default: 64,
    min: 1,
    max: 500,
    reason: 'Most pieces of one log; a piece is whole days, however many events they have.',
  }),
  window: integer('POPULARITY_WINDOW', {
    default: 8,
    min: 1,
    max: 500,
    reason: 'Pieces under way at a time, over all workers.',
  }),
});
