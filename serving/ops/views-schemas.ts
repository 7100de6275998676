/** What the routes of views take and answer. */
import { z } from 'zod';
import 'zod-openapi';
import { CANARY_OUTCOMES } from '../../domain/canary/verdict.ts';
import { LARGEST_VERSION, VERSION_STATES, VIEW_NAME, viewName, viewVersion } from '../../domain/views.ts';
import { STEERINGS } from '../../infra/hermes/steering.ts';
import { LONGEST_REASON } from '../../infra/hermes/states.ts';

export const viewPath = z.object({
  view: z
    .string()
    .regex(VIEW_NAME)
    .meta({ description: 'Which view.', example: 'popularity' })
    .transform(viewName),
});

export const versionsQuery = z.object({
  limit: z
    .string()
    .regex(/^\d{1,3}$/)
    .refine((text) => Number(text) >= 1)
    .default('10')
    .transform(Number)
    .meta({ description: 'How many of the newest versions.' }),
});

const dryRun = z
  .boolean()
  .default(false)
  .meta({ description: 'Only says what would be served; nothing is changed.' });

export const pinBody = z
  .object({ version: z.int().min(1).max(LARGEST_VERSION).transform(viewVersion), dryRun })
  .meta({ id: 'PinOrder' });
export const unpinBody = z.object({ dryRun }).meta({ id: 'UnpinOrder' });
export const rollBackBody = z
  .object({
    reason: z
      .string()
      .min(1)
      .max(LONGEST_REASON)
      .meta({ description: 'What is wrong with it, for the record.' }),
    dryRun,
  })
  .meta({ id: 'RollBackOrder' });

const version = z.int().meta({ description: 'Number of a version.' });

export const steered = z
  .object({
    view: z.string(),
    action: z.enum(STEERINGS),
    from: version.meta({ description: 'What was to be served before.' }),
    to: version.meta({ description: 'What is to be served now.' }),
    pinned: z.int().nullable(),
    changed: z.boolean().meta({ description: 'False where it was so already, and in a dry run.' }),
    dryRun: z.boolean(),
    notified: z
      .boolean()
      .meta({ description: 'False where subscribers could not be told: they find out at their next look.' }),
  })
  .meta({ id: 'Steered' });

const subscriber = z
  .object({
    view: z.string(),
    subscriber: z.string(),
    version: z.int().nullable(),
    pinned: z.int().nullable(),
    loadedAt: z.string().nullable(),
    loadLagMs: z.number().nullable().meta({
      description:
        'From the announcement of the version to its being loaded; null where it was announced before the subscriber was there, or follows a pin.',
    }),
    lagMs: z.number().nullable().meta({
      description: 'How long the version to be served has waited by then; 0 where it is served.',
    }),
    heardAt: z.int().meta({ description: 'When it reported last, milliseconds since the epoch.' }),
    standing: z.enum(['current', 'behind', 'silent']).meta({
      description:
        'behind: it serves another version than it should. silent: it missed three reports; after a day it is left out.',
    }),
  })
  .meta({ id: 'Subscriber' });

export const viewAnswer = z
  .object({
    view: z.string(),
    version: z.int().nullable().meta({ description: 'The announced version; null before the first.' }),
    pinned: z.int().nullable(),
    announcedAt: z.string().nullable(),
    versions: z.array(
      z.object({
        version,
        state: z.enum([...VERSION_STATES, 'unreadable']),
        runId: z.string().nullable(),
        rule: z.string().nullable().meta({ description: 'The rule that refused it.' }),
        reason: z.string().nullable(),
      }),
    ),
    candidate: z
      .object({ version, share: z.number(), openedAt: z.string(), endsAt: z.string() })
      .nullable()
      .meta({ description: 'The version that is on trial now, with the share of profiles it is served to.' }),
    canary: z
      .object({
        outcome: z.enum([...CANARY_OUTCOMES, 'skipped']),
        against: version,
        reason: z.string(),
        openedAt: z.string(),
        decidedAt: z.string(),
        figures: z.record(z.string(), z.number()),
      })
      .nullable()
      .meta({ description: 'What the trial of the announced version came to; null where it had none.' }),
    subscribers: z
      .array(subscriber)
      .nullable()
      .meta({ description: 'Who follows it; null while the log of reports cannot be read.' }),
  })
  .meta({ id: 'View' });
