/** What the API takes and answers: the schemas that validate are the ones that the OpenAPI document is made from. */
import { z } from 'zod';
import 'zod-openapi';
import { COUNTED_TOPICS } from '../../domain/topics.ts';
import { country, titleId } from '../../domain/ids.ts';
import { WINDOWS } from '../rows/rankings.ts';
import { SOURCES } from '../standing.ts';

const countryText = z
  .string()
  .regex(/^[A-Z]{2}$/)
  .meta({ description: 'ISO 3166-1 alpha-2, upper case. Without it: all countries together.', example: 'US' })
  .transform(country)
  .optional();

const limitText = (most: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/)
    .refine((text) => Number(text) >= 1 && Number(text) <= most)
    .meta({ description: `How many titles, from 1 to ${most}.`, example: '10' })
    .default('20')
    .transform(Number);

/** Parameters of the rows; `most` is the longest row. */
export const rowQueries = (most: number) => {
  const window = z
    .enum(WINDOWS)
    .default('1h')
    .meta({ description: 'Plays of this window are held against the window before.' });
  const shape = { country: countryText, limit: limitText(most) };
  return { trending: z.object({ window, ...shape }), popular: z.object(shape) };
};

export const titlePath = z.object({
  id: z.string().min(1).max(128).meta({ description: 'The title id.', example: '50' }).transform(titleId),
});
export const countsQuery = z.object({ country: countryText });

const offsets = z
  .object(
    Object.fromEntries(COUNTED_TOPICS.map((topic) => [topic, z.array(z.int())])) as {
      plays: z.ZodArray<z.ZodInt>;
      impressions: z.ZodArray<z.ZodInt>;
    },
  )
  .meta({ id: 'Offsets', description: 'Offsets by clean topic and partition.' });

const hole = z
  .object({ topic: z.enum(COUNTED_TOPICS), partition: z.int(), block: z.int() })
  .meta({ id: 'Hole', description: 'A block of a partition that the speed view should hold and does not.' });

/** What every answer says about itself. */
const standing = {
  source: z.enum(SOURCES).meta({
    description:
      'merged: batch view and speed view. batch: the announced view alone. fallback: a copy nobody confirms, other titles in place of those asked for, or the catalogue.',
  }),
  fallbackReason: z.string().nullable().meta({ description: 'Why it is not merged.' }),
  viewVersion: z.int().nullable().meta({ description: 'Version of the view popularity.' }),
  cut: offsets.meta({ description: 'First offsets that the view does not count.' }),
  cutAgeMs: z.number().nullable().meta({ description: 'Age of the view.' }),
  watermark: offsets.meta({ description: 'Offsets up to which everything is counted.' }),
  complete: z
    .boolean()
    .meta({ description: 'Whether nothing is missing up to a watermark that follows the log.' }),
  holes: z.array(hole).meta({ description: 'The first 100 missing blocks.' }),
};

const rowItem = z
  .object({
    titleId: z.string(),
    name: z.string(),
    rank: z.int().meta({ description: 'Position in the row, from 0, as impressions report it.' }),
    plays: z.number(),
    impressions: z.number(),
    takeRate: z
      .number()
      .nullable()
      .meta({ description: 'Plays per impression, smoothed; null when withheld.' }),
    score: z.number().nullable().meta({ description: 'What the row is ordered by.' }),
  })
  .meta({ id: 'RowItem' });

export const rowAnswer = z
  .object({
    row: z.enum(['trending', 'popular']),
    window: z.enum(WINDOWS).nullable(),
    country: z.string().nullable(),
    recommendationId: z
      .uuid()
      .meta({ description: 'Quote it in impressions and plays that come of this row.' }),
    ...standing,
    items: z.array(rowItem),
  })
  .meta({ id: 'Row' });

const parts = z.object({ batch: z.number(), speed: z.number(), total: z.number() }).meta({
  id: 'Parts',
  description: 'What batch counted, what the speed layer counted past the cut, and the sum.',
});

export const countsAnswer = z
  .object({
    titleId: z.string(),
    name: z.string().nullable().meta({ description: 'Null for a title that is not in the catalogue.' }),
    country: z.string().nullable(),
    plays: parts,
    qualifiedPlays: parts,
    impressions: parts,
    secondsViewed: parts,
    takeRate: z.number().nullable(),
    takeRateReason: z.string().nullable().meta({ description: 'Why the take rate is withheld.' }),
    ...standing,
  })
  .meta({ id: 'TitleCounts' });

export const errorAnswer = z
  .looseObject({
    code: z.string().meta({ description: 'What went wrong; decide by this.', example: 'REQUEST_INVALID' }),
    message: z.string(),
    field: z.string().optional().meta({ description: 'The parameter or field that is wrong.' }),
    shape: z.string().optional().meta({ description: 'What it was.' }),
  })
  .meta({ id: 'Error' });

export type RowAnswer = z.output<typeof rowAnswer>;
export type CountsAnswer = z.output<typeof countsAnswer>;
