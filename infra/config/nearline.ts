import { z } from 'zod';
import { integer } from './setting.ts';

/** Rows that are ranked as soon as a profile has watched something. */
export const nearlineSection = z.object({
  history: integer('NEARLINE_HISTORY_PER_PROFILE', {
    default: 64,
    min: 1,
    max: 1000,
    reason: 'Titles watched, and titles rated, that rows are ranked from: those with the newest events.',
  }),
  titlesPerRow: integer('NEARLINE_TITLES_PER_ROW', {
    default: 40,
    min: 1,
    max: 500,
    reason:
      'Titles of a row that are kept: more than are shown, since some are unavailable or capped by then.',
  }),
  subjects: integer('NEARLINE_SUBJECTS_PER_PROFILE', {
    default: 3,
    min: 0,
    max: 20,
    reason: 'Titles watched last that get a row of titles like them.',
  }),
  storeIntervalMs: integer('NEARLINE_STORE_INTERVAL_MS', {
    default: 250,
    min: 10,
    max: 600_000,
    reason: 'How often rows that were ranked are stored, which is when serving sees them.',
  }),
  viewPollIntervalMs: integer('NEARLINE_VIEW_POLL_INTERVAL_MS', {
    default: 5000,
    min: 100,
    max: 3_600_000,
    reason: 'How often to look for newer versions of the models that rows are ranked with.',
  }),
  startGraceMs: integer('NEARLINE_START_GRACE_MS', {
    default: 10_000,
    min: 0,
    max: 600_000,
    reason: 'How long ranking waits for the models at the start; then it goes on without, until they come.',
  }),
});
