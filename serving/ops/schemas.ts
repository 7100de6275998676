/** What the operators' routes take and answer. */
import { z } from 'zod';
import 'zod-openapi';
import { BACKFILL_OUTCOMES, BACKFILL_PHASES, BACKFILL_STATES } from '../../domain/backfill.ts';
import { MEASURES, type Measure } from '../../domain/measures.ts';
import { VIEW_NAME, viewName } from '../../domain/views.ts';

const instant = z.string().min(1).max(40).meta({ example: '2026-01-31T13:00:00Z' });

export const orderBody = z
  .object({
    view: z.string().regex(VIEW_NAME).default('popularity').transform(viewName),
    from: instant.meta({ description: 'Start of the range, an instant at a whole hour.' }),
    to: instant.meta({ description: 'End of the range, excluded, an instant at a whole hour.' }),
    dryRun: z
      .boolean()
      .default(false)
      .meta({ description: 'Ends with the difference; nothing is published.' }),
  })
  .meta({ id: 'BackfillOrder' });

export const approvalBody = z
  .object({ approver: z.string().min(1).max(200).meta({ description: 'Who approves, for the record.' }) })
  .meta({ id: 'Approval' });

export const backfillPath = z.object({
  id: z
    .string()
    .regex(/^[\x21-\x7e]{1,300}$/)
    .meta({ description: 'The id that starting it answered.' }),
});

export const listQuery = z.object({
  limit: z
    .string()
    .regex(/^\d{1,3}$/)
    .refine((text) => Number(text) >= 1)
    .default('20')
    .transform(Number),
});

export const started = z.object({ id: z.string() }).meta({ id: 'BackfillStarted' });

const summaryShape = {
  id: z.string(),
  view: z.string(),
  from: z.string(),
  to: z.string(),
  dryRun: z.boolean(),
  state: z.enum(BACKFILL_STATES),
  startedAt: z.string(),
  closedAt: z.string().nullable(),
};
export const summary = z.looseObject(summaryShape).meta({ id: 'BackfillSummary' });
export const summaries = z.object({ backfills: z.array(summary) }).meta({ id: 'Backfills' });

const sums = z
  .object(
    Object.fromEntries(MEASURES.map((measure) => [measure, z.number()])) as Record<Measure, z.ZodNumber>,
  )
  .meta({ id: 'MeasureSums' });
const rowChange = z.object({
  titleId: z.string(),
  country: z.string(),
  hour: z.string(),
  before: sums,
  after: sums,
});
const diff = z
  .object({
    added: z.int(),
    removed: z.int(),
    changed: z.int(),
    unchanged: z.int(),
    before: sums,
    after: sums,
    top: z.array(rowChange),
  })
  .meta({
    id: 'BackfillDiff',
    description: 'What the published version would say otherwise, over the range.',
  });

export const report = z
  .looseObject({
    ...summaryShape,
    progress: z
      .looseObject({
        phase: z.enum(BACKFILL_PHASES),
        hoursDone: z.number(),
        hoursTotal: z.number(),
        base: z.int().nullable(),
        diff: diff.nullable(),
      })
      .nullable(),
    result: z
      .looseObject({
        outcome: z.enum(BACKFILL_OUTCOMES),
        base: z.int(),
        diff,
        version: z.int().nullable(),
        approver: z.string().nullable(),
      })
      .nullable(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
  })
  .meta({ id: 'BackfillReport' });
