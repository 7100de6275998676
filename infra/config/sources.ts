import { z } from 'zod';
import { SOURCE_TEXT } from '../sources/address.ts';
import { integer, optionalText } from './setting.ts';

const source = (env: string, what: string) =>
  optionalText(env, {
    pattern: SOURCE_TEXT,
    expects: 'a path, an http or https address, or s3://bucket/key',
    reason: `${what}, NDJSON, plain or gzip. Unset: the view is neither refreshed nor scheduled.`,
  });

const interval = (env: string, view: string) =>
  integer(env, {
    default: 300_000,
    min: 10_000,
    max: 86_400_000,
    reason: `How often the source of the view ${view} is looked at; the same bytes publish nothing.`,
  });

/** Where the views `catalogue`, `pages` and `ranking-policy` come from. */
export const sourcesSection = z.object({
  catalogue: source('MARQUEE_CATALOGUE_SOURCE', 'Titles, one a line'),
  pages: source('MARQUEE_PAGES_SOURCE', 'Rows of pages, one a line'),
  rankingPolicy: source('MARQUEE_RANKING_POLICY_SOURCE', 'How rows are ranked, one setting a line'),
  catalogueIntervalMs: interval('CATALOGUE_REFRESH_INTERVAL_MS', 'catalogue'),
  pagesIntervalMs: interval('PAGES_REFRESH_INTERVAL_MS', 'pages'),
  rankingPolicyIntervalMs: interval('RANKING_POLICY_REFRESH_INTERVAL_MS', 'ranking-policy'),
  timeoutMs: integer('SOURCE_TIMEOUT_MS', {
    default: 60_000,
    min: 100,
    max: 3_600_000,
    reason: 'How long a source may take to answer over HTTP, its last byte included.',
  }),
  maxBytes: integer('SOURCE_MAX_BYTES', {
    default: 1_000_000_000,
    min: 1000,
    max: 100_000_000_000,
    reason: 'A larger source is refused, packed or unpacked.',
  }),
  maxLineBytes: integer('SOURCE_MAX_LINE_BYTES', {
    default: 1_000_000,
    min: 100,
    max: 100_000_000,
    reason: 'A longer line of a source is a bad line.',
  }),
  maxRows: integer('SOURCE_MAX_ROWS', {
    default: 2_000_000,
    min: 1,
    max: 100_000_000,
    reason: 'A source with more lines is refused: serving and extract hold all of them in memory.',
  }),
  maxFaults: integer('SOURCE_MAX_FAULTS', {
    default: 10,
    min: 1,
    max: 1000,
    reason: 'How many bad lines of a refused source are named; all are counted.',
  }),
});
