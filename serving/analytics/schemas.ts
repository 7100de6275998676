/** What analytics take and answer. */
import { z } from 'zod';
import { country } from '../../domain/ids.ts';

const whole = (least: number, most: number, otherwise: number, description: string) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .refine((text) => Number(text) >= least && Number(text) <= most)
    .default(String(otherwise))
    .transform(Number)
    .meta({ description, example: String(otherwise) });

const limit = whole(1, 1000, 50, 'How many, from 1 to 1000.');
const oneCountry = z
  .string()
  .regex(/^[A-Z]{2}$/)
  .transform(country)
  .optional()
  .meta({
    description: 'ISO 3166-1 alpha-2, upper case. Without it: all countries together.',
    example: 'US',
  });
const rowText = z.string().min(1).max(128).optional();

export const performedRowsQuery = z.object({ limit });
export const positionsQuery = z.object({
  row: rowText.meta({ description: 'One row by name; all rows together without it.', example: 'trending' }),
});
export const promotionsQuery = z.object({
  promotion: z.string().min(1).max(128).optional().meta({ description: 'One promotion by its id.' }),
  limit,
});
export const launchesQuery = z.object({
  days: whole(1, 3650, 30, 'Titles launched in so many days before now.'),
  country: oneCountry,
  limit,
});
export const unengagedQuery = z.object({
  minimum: whole(1, 100_000_000, 100, 'Impressions that a title needs at least.'),
  country: oneCountry,
  limit,
});

const rate = z
  .object({
    value: z.number().meta({ description: 'Plays per impression.' }),
    low: z.number(),
    high: z.number(),
  })
  .meta({ id: 'Rate', description: "A share with Wilson's score interval of 95 %." });

const unbiased = z.object({ value: z.number(), low: z.number(), high: z.number() }).meta({
  id: 'UnbiasedRate',
  description:
    'What the rate would be where everything stands at the place that is looked at most, with its interval of 95 %.',
});

const taken = {
  shown: z.int().meta({ description: 'Explicit impressions.' }),
  taken: z.int().meta({ description: 'Plays that attribution traced to one.' }),
  rate,
};

const performance = {
  version: z.int().nullable().meta({ description: 'Of the view row-performance; null before the first.' }),
  asOf: z.string().nullable().meta({ description: 'When its newest row was logged.' }),
};

export const performedRowsAnswer = z
  .object({
    ...performance,
    rows: z.array(z.object({ row: z.string(), ...taken, unbiasedRate: unbiased })),
  })
  .meta({ id: 'RowPerformance' });

export const positionsAnswer = z
  .object({
    ...performance,
    row: z.string().nullable(),
    positions: z.array(
      z.object({
        position: z.int().meta({ description: 'Rank in the row, from 0.' }),
        ...taken,
        propensity: z
          .number()
          .nullable()
          .meta({ description: 'How often a title there is looked at, against the place looked at most.' }),
      }),
    ),
  })
  .meta({ id: 'PositionPerformance' });

export const promotionsAnswer = z
  .object({ ...performance, promotions: z.array(z.object({ promotion: z.string(), ...taken })) })
  .meta({ id: 'PromotionPerformance' });

const countedTitle = {
  titleId: z.string(),
  name: z.string().nullable(),
  impressions: z.number(),
  plays: z.number().meta({ description: 'Of the title, wherever they came from.' }),
  rate: rate
    .nullable()
    .meta({ description: 'Null where there are more plays than impressions, or no impression.' }),
};

const counted = {
  complete: z.boolean().meta({ description: 'As of counts: nothing is missing.' }),
  incompleteReason: z.string().nullable(),
  country: z.string().nullable(),
};

export const launchesAnswer = z
  .object({
    ...counted,
    titles: z.array(z.object({ ...countedTitle, launchedAt: z.iso.datetime() })),
  })
  .meta({ id: 'LaunchPerformance', description: 'The newest launch first.' });

export const unengagedAnswer = z
  .object({
    ...counted,
    usual: z.number().meta({ description: 'Plays per impression of all titles, at most one half.' }),
    titles: z.array(z.object(countedTitle)),
  })
  .meta({
    id: 'UnengagedTitles',
    description:
      'Titles whose rate lies below the usual one with their whole interval, most impressions first.',
  });

export type PerformedRowsAnswer = z.output<typeof performedRowsAnswer>;
export type PositionsAnswer = z.output<typeof positionsAnswer>;
export type PromotionsAnswer = z.output<typeof promotionsAnswer>;
export type LaunchesAnswer = z.output<typeof launchesAnswer>;
export type UnengagedAnswer = z.output<typeof unengagedAnswer>;
