/** What the route of the comparison of the lanes takes and answers. */
import { z } from 'zod';
import 'zod-openapi';
import { LANES } from '../../domain/parity/compare.ts';

export const parityQuery = z.object({
  limit: z
    .string()
    .regex(/^\d{1,3}$/)
    .refine((text) => Number(text) >= 1)
    .default('5')
    .transform(Number)
    .meta({ description: 'How many of the newest reports.' }),
});

const tally = z
  .looseObject({ events: z.int(), entries: z.int() })
  .meta({ id: 'ParityTally', description: 'Records that counted, and the entries they made.' });

const figures = z.looseObject({
  family: z.string(),
  cell: z.string(),
  measure: z.string(),
  batch: z.number(),
  speed: z.number(),
  log: z.number().nullable(),
});

const title = z
  .looseObject({ title: z.string(), lane: z.enum(LANES), cells: z.array(figures), more: z.int() })
  .meta({ id: 'ParityTitle' });

const differenceShape = {
  name: z.string().meta({ example: 'plays.g1/0/12' }),
  lane: z.enum(LANES).meta({ description: 'Which lane counts otherwise than the log.' }),
  batch: tally,
  speed: tally,
  log: tally.nullable(),
  titles: z.array(title),
  moreTitles: z.int(),
};

const parityReport = z
  .looseObject({
    version: z.int(),
    asOf: z.string(),
    compared: z.int(),
    equal: z.int(),
    differing: z.array(z.looseObject(differenceShape)),
    passedOver: z.int(),
    waiting: z.int(),
    open: z.int(),
  })
  .meta({ id: 'ParityReport' });

export const parityAnswer = z
  .object({
    open: z.array(z.looseObject({ ...differenceShape, since: z.string() })),
    exclusions: z.array(z.looseObject({ name: z.string(), kind: z.string() })),
    reports: z.array(parityReport),
  })
  .meta({ id: 'Parity', description: 'Differences between the lanes that stand, and the newest reports.' });
