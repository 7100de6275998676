/** What pages and rows of a profile take and answer. */
import { z } from 'zod';
import 'zod-openapi';
import { ROW_KINDS } from '../../domain/ranking/types.ts';
import { TEAMS } from '../../domain/experiments/interleave.ts';
import { FILTERS, TASTE_SOURCES, WHY_NOT_RULES } from '../../domain/ranking/request.ts';
import { INGREDIENTS } from '../../domain/ranking/policy.ts';
import { country } from '../../domain/ids.ts';
import { TITLE_KINDS } from '../../domain/catalogue.ts';
import { deviceText, hourText, limitText, purposeText } from '../api/parameters.ts';
import { inputsUsed, standing, viewVersions } from '../api/schemas.ts';
import { SOURCES } from '../standing.ts';
import { MOST_CURSOR_LENGTH } from './cursor.ts';
import { PERSONAL_MODES } from './profile.ts';

/** `mostRows` rows of `mostItems` titles at most. */
export const pageQueries = (mostRows: number, mostItems: number) => {
  const context = {
    country: z
      .string()
      .regex(/^[A-Z]{2}$/)
      .meta({ description: 'ISO 3166-1 alpha-2, upper case. Without it: all countries.', example: 'US' })
      .transform(country)
      .optional(),
    device: deviceText,
    hour: hourText,
    limit: limitText(mostItems),
  };
  const shown = {
    ...context,
    cursor: z
      .string()
      .max(MOST_CURSOR_LENGTH)
      .meta({ description: 'Of an answer: goes on from there, with no title that was shown.' })
      .optional(),
    purpose: purposeText,
    explain: z
      .enum(['true', 'false'])
      .default('false')
      .meta({ description: 'Whether each title says why it is there.' }),
  };
  const rows = z
    .string()
    .regex(/^\d{1,3}$/)
    .refine((text) => Number(text) >= 1 && Number(text) <= mostRows)
    .meta({ description: `How many rows, from 1 to ${mostRows}.`, example: '8' })
    .default(String(Math.min(8, mostRows)))
    .transform(Number);
  return {
    home: z.object({ ...shown, rows }),
    row: z.object(shown),
    similar: z.object({ country: context.country, limit: context.limit, purpose: shown.purpose }),
    whyNot: z.object({ ...context, rows }),
  };
};

export const rowPath = z.object({
  row: z
    .string()
    .min(1)
    .max(300)
    .meta({
      description: `The name of a row: a kind, or for rows about something \`genre:Horror\`, \`because-you-watched:50\`. Kinds: ${ROW_KINDS.join(', ')}.`,
      example: 'top-picks',
    }),
});

const source = z.enum(SOURCES).meta({
  description:
    'merged: with all that is known now. batch: from published versions alone. fallback: from copies nobody confirms, or in place of what could not be had.',
});

const explanation = z
  .object({
    score: z.number().meta({ description: 'What the row is ordered by.' }),
    parts: z.array(
      z.object({
        ingredient: z.enum(INGREDIENTS),
        weight: z.number(),
        value: z.number().nullable(),
        standard: z
          .number()
          .meta({ description: 'The value in standard deviations from the mean of the candidates.' }),
      }),
    ),
    seen: z.number().meta({ description: 'What being seen often adds, 0 or less.' }),
    diversity: z.number().meta({ description: 'What is taken off for being like the titles before it.' }),
    candidates: z.int().meta({ description: 'Titles that were scored for the row.' }),
    plays: z
      .object({ batch: z.number(), speed: z.number(), total: z.number() })
      .meta({ description: 'What was counted of it in this country, by lane.' }),
    ranked: z.boolean().meta({
      description:
        'Whether it was ranked for this answer: not in rows that were made ahead, nor where the catalogue stands in its order. There are no parts then.',
    }),
    policy: z
      .object({ version: z.int().nullable(), arm: z.string().nullable(), team: z.enum(TEAMS).nullable() })
      .meta({
        id: 'PolicyOfTitle',
        description:
          'The policy that placed it. In an interleaved row `arm` is the experiment, and `team` the arm that chose it: a for the first by name.',
      }),
    caps: z
      .object({
        lastDay: z.int().nullable().meta({ description: 'Impressions in this hour and the 23 before it.' }),
        week: z.number().nullable().meta({ description: 'Impressions, decayed over a week.' }),
        capped: z.boolean().nullable().meta({ description: 'Whether it was shown too often of late.' }),
        obeyed: z.boolean().meta({ description: 'Whether the row leaves out what was.' }),
      })
      .meta({ id: 'Caps', description: 'What the profile was shown of it; null where that is not known.' }),
    filters: z.array(z.enum(FILTERS)).meta({ description: 'What the row asks of a title, and it passed.' }),
  })
  .meta({ id: 'Explanation' });

const item = z
  .object({
    titleId: z.string(),
    name: z.string(),
    kind: z.enum(TITLE_KINDS),
    year: z.int().nullable(),
    genres: z.array(z.string()),
    rank: z.int().meta({ description: 'Position in the row, from 0, as impressions report it.' }),
    resume: z
      .object({
        titleId: z.string().meta({ description: 'What to go on with: the episode of a series.' }),
        positionSeconds: z.number().nullable(),
        share: z.number().nullable(),
      })
      .optional()
      .meta({ description: 'Where to go on, in Continue Watching.' }),
    explanation: explanation.optional().meta({ description: 'With `explain=true`.' }),
  })
  .meta({ id: 'PageItem' });

export const pageRow = z
  .object({
    row: z.string().meta({ description: 'The name to ask for it alone, and to quote in impressions.' }),
    kind: z.enum(ROW_KINDS),
    heading: z.string(),
    subject: z.string().nullable().meta({ description: 'The genre or the title that it is about.' }),
    source,
    items: z.array(item),
  })
  .meta({ id: 'PageRow' });

const envelope = {
  profileId: z.string().nullable(),
  recommendationId: z
    .uuid()
    .meta({ description: 'Quote it in impressions and plays that come of this answer.' }),
  continues: z.uuid().nullable().meta({ description: 'The answer that this one goes on from.' }),
  country: z.string().nullable(),
  device: z.string().nullable(),
  hour: z.int(),
  source: source.meta({ description: 'The least of its rows.' }),
  fallbackReason: z.string().nullable().meta({ description: 'Why it is not all it could be.' }),
  personal: z
    .object({
      mode: z.enum(PERSONAL_MODES).meta({
        description:
          'online: ranked for the profile as it is now. nearline, offline: with rows that were made ahead, after its last play or by a published model. none: for everybody in the country.',
      }),
      reason: z.string().nullable().meta({ description: 'Why it is not online.' }),
      taste: z.enum(TASTE_SOURCES).meta({ description: 'What tastes were told by.' }),
    })
    .meta({ id: 'Personal' }),
  policy: z.object({ version: z.int().nullable(), arm: z.string().nullable() }).meta({ id: 'PolicyUsed' }),
  views: viewVersions,
  inputs: inputsUsed,
  counts: z
    .object(standing)
    .meta({ id: 'Standing', description: 'The counts that it was made with, at most a second old.' }),
  cursor: z
    .string()
    .nullable()
    .meta({ description: 'To go on from here; null where there is nothing more.' }),
};

export const homeAnswer = z.object({ ...envelope, rows: z.array(pageRow) }).meta({ id: 'HomePage' });
export const pageRowAnswer = z.object({ ...envelope, row: pageRow }).meta({ id: 'HomeRow' });

const named = { titleId: z.string(), name: z.string() };

export const similarAnswer = z
  .object({
    titleId: z.string(),
    row: z.string().meta({ description: 'The name to quote in impressions.', example: 'similar:50' }),
    country: z.string().nullable(),
    recommendationId: envelope.recommendationId,
    source: source.meta({
      description:
        'batch: of published models and the catalogue. fallback: nothing is like the title, and other titles stand in place.',
    }),
    fallbackReason: envelope.fallbackReason,
    views: envelope.views,
    inputs: envelope.inputs,
    counts: envelope.counts,
    items: z.array(item).meta({ description: 'Never the title itself.' }),
  })
  .meta({ id: 'SimilarTitles' });

export const whyNotAnswer = z
  .object({
    profileId: z.string(),
    titleId: z.string(),
    name: named.name.nullable(),
    shown: z
      .object({ row: z.string(), rank: z.int() })
      .nullable()
      .meta({ description: 'Where it does stand on the page.' }),
    reasons: z.array(
      z.object({
        row: z.string().nullable().meta({ description: 'Null for what holds for the whole page.' }),
        rule: z.enum(WHY_NOT_RULES),
        score: z.number().nullable(),
        lastShown: z.number().nullable().meta({ description: 'The score of the last title of the row.' }),
        earlier: z.string().nullable().meta({ description: 'The row above that has it.' }),
      }),
    ),
    policy: envelope.policy,
    views: envelope.views,
  })
  .meta({ id: 'WhyNot' });

export type HomeAnswer = z.output<typeof homeAnswer>;
export type PageRowAnswer = z.output<typeof pageRowAnswer>;
export type WhyNotAnswer = z.output<typeof whyNotAnswer>;
export type SimilarAnswer = z.output<typeof similarAnswer>;
