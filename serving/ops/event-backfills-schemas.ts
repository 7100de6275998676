/** What the routes of backfills of events take and answer. */
import { z } from 'zod';
import 'zod-openapi';
import { BACKFILL_STATES } from '../../domain/backfill.ts';
import { ANSWERS, BACKFILL_REASONS, TIME_AXES } from '../../domain/backfills/order.ts';
import { EVENTS_OUTCOMES } from '../../domain/backfills/run.ts';

const instant = z.string().min(1).max(40).meta({ example: '2026-01-31T13:00:00Z' });
const name = z
  .string()
  .min(1)
  .max(40)
  .meta({ description: 'Lower-case letters, digits and hyphens.', example: 'german-hours' });

export const eventsBody = z
  .object({
    name,
    reason: z.enum(BACKFILL_REASONS),
    axis: z.enum(TIME_AXES).default('arrival'),
    from: instant.nullable().default(null),
    to: instant.nullable().default(null).meta({ description: 'Excluded.' }),
    titleId: z.string().min(1).max(200).nullable().default(null),
    producer: z.string().min(1).max(200).nullable().default(null),
    answers: z
      .enum(ANSWERS)
      .default('recorded')
      .meta({ description: 'What enrichment goes by: what was recorded, or the views of now.' }),
    dryRun: z
      .boolean()
      .default(false)
      .meta({ description: 'Ends with the differences; nothing is changed.' }),
  })
  .meta({ id: 'EventsBackfillOrder' });

const run = z
  .string()
  .regex(/^[\x21-\x7e]{1,300}$/)
  .meta({ description: 'The id that starting it answered, or its name.' });

export const eventsPath = z.object({ id: run });
export const shardPath = z.object({
  id: run,
  shard: z
    .string()
    .regex(/^\d{1,5}$/)
    .meta({ description: 'Its number in the plan, from 0.', example: '0' }),
});

export const deriveBody = z
  .object({
    dryRun: z
      .boolean()
      .default(false)
      .meta({ description: 'Ends with the differences; nothing is said anew.' }),
  })
  .meta({ id: 'DeriveOrder' });

const summaryShape = {
  id: z.string(),
  order: z.looseObject({ name: z.string(), reason: z.enum(BACKFILL_REASONS) }),
  state: z.enum(BACKFILL_STATES),
  startedAt: z.string(),
  closedAt: z.string().nullable(),
};
export const eventsSummaries = z
  .object({ backfills: z.array(z.looseObject(summaryShape)) })
  .meta({ id: 'EventsBackfills' });

export const eventsReport = z
  .looseObject({
    ...summaryShape,
    progress: z
      .looseObject({ phase: z.string(), share: z.number(), paused: z.boolean(), shardsDone: z.int() })
      .nullable()
      .meta({
        description: 'With plan, audit and difference; null where no worker answers, and at the end.',
      }),
    result: z
      .looseObject({ outcome: z.enum(EVENTS_OUTCOMES), version: z.int().nullable() })
      .nullable()
      .meta({ description: 'With plan, audit, difference and approval; null until the end.' }),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
  })
  .meta({ id: 'EventsBackfillReport' });
