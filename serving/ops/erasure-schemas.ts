/** What the routes of erasures take and answer. Nothing that is answered names a profile. */
import { z } from 'zod';
import 'zod-openapi';
import { ERASURE_PHASES } from '../../domain/erasure/report.ts';
import { ERASURE_ID } from '../../domain/erasure/tombstone.ts';

export const erasureBody = z
  .object({
    profileId: z.string().min(1).max(128).meta({ description: 'Who is erased.', example: 'profile-1' }),
    dryRun: z
      .boolean()
      .default(false)
      .meta({ description: 'Counts what there is of the profile, and changes nothing.' }),
  })
  .meta({ id: 'ErasureOrder' });

export const erasurePath = z.object({
  id: z.string().regex(ERASURE_ID).meta({ description: 'The id that starting it answered.' }),
});

export const erasureStarted = z.object({ id: z.string() }).meta({ id: 'ErasureStarted' });

export const erasureSummaries = z
  .object({ erasures: z.array(z.object({ id: z.string(), requestedAt: z.string(), isDone: z.boolean() })) })
  .meta({ id: 'Erasures' });

const progress = z
  .object({
    id: z.string(),
    phase: z.enum(ERASURE_PHASES),
    waitsFor: z.array(z.string()),
    requestedAt: z.string(),
    deadline: z.string(),
    rows: z.record(z.string(), z.int()),
  })
  .meta({ id: 'ErasureProgress' });

const report = z
  .looseObject({
    id: z.string(),
    outcome: z.enum(['done', 'overdue', 'dry-run']),
    requestedAt: z.string(),
    endedAt: z.string(),
    deadline: z.string(),
    tables: z.array(z.object({ table: z.string(), rows: z.int(), files: z.int() })),
    audit: z.object({
      read: z.record(z.string(), z.number()),
      findings: z.array(z.object({ place: z.string(), found: z.number(), as: z.string() })),
    }),
  })
  .meta({ id: 'ErasureReport' });

export const erasureStanding = z
  .object({
    id: z.string(),
    state: z.enum(['running', 'done', 'overdue', 'failed']),
    progress: progress.nullable(),
    report: report.nullable(),
  })
  .meta({ id: 'ErasureStanding' });
