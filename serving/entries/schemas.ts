/** What `/v1/views` takes and answers. */
import { z } from 'zod';
import 'zod-openapi';

const LONGEST_KEY = 1000;

export const entryPath = z.object({
  view: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,62}$/)
    .meta({ description: 'The view.', example: 'plays-by-hour' }),
  key: z.string().min(1).max(LONGEST_KEY).meta({
    description:
      'Values of the key’s columns in their order with commas between, all or only the first; each percent-encoded by itself where it has a comma or a percent sign.',
    example: 'US',
  }),
});

export const entryAnswer = z
  .object({
    view: z.string(),
    version: z.int(),
    asOf: z.string().meta({ description: 'ISO instant of which the version is.' }),
    key: z.record(z.string(), z.string()).meta({ description: 'What was asked for, by column.' }),
    parts: z.record(z.string(), z.array(z.looseObject({}))).meta({
      description: 'Rows by part, in the order of the part; a declared view has the one part `rows`.',
    }),
    truncated: z
      .boolean()
      .meta({ description: 'There are more rows than an answer holds: ask for more of the key.' }),
  })
  .meta({ id: 'Entry', description: 'What the served version of a view has of a key.' });
export type EntryAnswer = z.infer<typeof entryAnswer>;
