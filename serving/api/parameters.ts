/** Parameters that several routes take: the schemas that validate them. */
import { z } from 'zod';
import 'zod-openapi';
import { country, titleId } from '../../domain/ids.ts';
import { WINDOWS } from '../rows/rankings.ts';

const countryText = z
  .string()
  .regex(/^[A-Z]{2}$/)
  .meta({ description: 'ISO 3166-1 alpha-2, upper case. Without it: all countries together.', example: 'US' })
  .transform(country)
  .optional();

export const limitText = (most: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/)
    .refine((text) => Number(text) >= 1 && Number(text) <= most)
    .meta({ description: `How many titles, from 1 to ${most}.`, example: '10' })
    // A default is not checked against the bounds.
    .default(String(Math.min(20, most)))
    .transform(Number);

const LAST_HOUR = 23;

export const deviceText = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/)
  .meta({ description: 'What it is shown on.', example: 'tv' })
  .optional();

export const hourText = z
  .string()
  .regex(/^\d{1,2}$/)
  .refine((text) => Number(text) <= LAST_HOUR)
  .meta({
    description:
      'Hour of the day that it is shown in, 0 to 23 in UTC, as plays are counted by; for pages that are asked for ahead. Without it: the present one.',
    example: '20',
  })
  .transform(Number)
  .optional();

export const purposeText = z
  .enum(['prefetch'])
  .meta({
    description:
      'Says that nobody looks yet, as the header `Sec-Purpose: prefetch` does: such requests are the first to be turned away, and fewer of their answers are kept.',
  })
  .optional();

/** Parameters of the rows, and no others; `most` is the longest row. */
export const rowQueries = (most: number) => {
  const window = z
    .enum(WINDOWS)
    .default('1h')
    .meta({ description: 'Plays of this window are held against the window before.' });
  const shape = {
    ...{ country: countryText, limit: limitText(most) },
    ...{ device: deviceText, hour: hourText, purpose: purposeText },
  };
  return { trending: z.strictObject({ window, ...shape }), popular: z.strictObject(shape) };
};

export const titlePath = z.object({
  id: z.string().min(1).max(128).meta({ description: 'The title id.', example: '50' }).transform(titleId),
});
export const countsQuery = z.object({ country: countryText });
