import { z } from 'zod';
import { decimal, integer, optionalText, text } from './setting.ts';

export const servingSection = z.object({
  host: text('SERVING_HOST', {
    default: '127.0.0.1',
    reason: 'The address to listen on; 0.0.0.0 in a container.',
  }),
  port: integer('SERVING_PORT', {
    default: 4000,
    min: 0,
    max: 65_535,
    reason: 'Where rows are asked for; 0 takes any free port.',
  }),
  catalogPath: optionalText('SERVING_CATALOG_PATH', {
    expects: 'an NDJSON file',
    reason: 'Titles with names, genres and availability by country. Unset: `<data folder>/catalogue.ndjson`.',
  }),
  pollIntervalMs: integer('SERVING_POLL_INTERVAL_MS', {
    default: 2000,
    min: 50,
    max: 600_000,
    reason: 'How often view pointers are read, should an announcement be lost.',
  }),
  deadlineMs: integer('SERVING_DEADLINE_MS', {
    default: 200,
    min: 5,
    max: 60_000,
    reason: 'The time one answer may take before the next step of the fallback ladder answers.',
  }),
});

/** What publishing keeps and refuses. */
export const viewsSection = z.object({
  keepVersions: integer('VIEWS_KEEP_VERSIONS', {
    default: 5,
    min: 1,
    max: 1000,
    reason: 'Newest good versions that stay servable; cells live until the oldest of them covers them.',
  }),
  minRows: integer('VIEWS_MIN_ROWS', {
    default: 1,
    min: 0,
    max: 1_000_000_000,
    reason: 'A version with fewer rows is refused.',
  }),
  maxRemovedShare: decimal('VIEWS_MAX_REMOVED_SHARE', {
    default: 0.5,
    min: 0,
    max: 1,
    reason: 'A version that drops more than this share of the keys of the one before is refused.',
  }),
});
