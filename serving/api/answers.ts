/** What answers of the OpenAPI document are made of. */
import { z } from 'zod';
import { errorAnswer } from './schemas.ts';

export const json = (schema: z.ZodType) => ({ 'application/json': { schema } });
export const problem = { 'application/problem+json': { schema: errorAnswer } };
export const invalid = { description: 'A parameter is wrong.', content: problem };
export const missing = { description: 'There is no such thing.', content: problem };
export const conflict = { description: 'Not in this state.', content: problem };
export const tooLarge = { description: 'The body is too large.', content: problem };
export const away = { description: 'Temporal does not answer: try again.', content: problem };
export const storeAway = { description: 'The object store does not answer: try again.', content: problem };
export const ok = (schema: z.ZodType, description = 'The answer.') => ({
  description,
  content: json(schema),
});
export const text = (description: string) => ({
  description,
  content: { 'text/plain': { schema: z.string() } },
});

/** Of rows and pages. */
export const sourceHeaders = z.object({
  'Marquee-Source': z.string().meta({
    description: 'What the answer was made of, in short: its source, then names and values, as `complete=1`.',
    example: 'merged; personal=none; complete=1; popularity=7',
  }),
});
