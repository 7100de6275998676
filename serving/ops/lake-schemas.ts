/** What the routes of the lake take and answer. */
import { z } from 'zod';
import 'zod-openapi';
import { LAKE_CARE_STATES, LAKE_STEPS } from '../../domain/lake-care.ts';
import { LAKE_TABLES } from '../../infra/lake/tables.ts';

const tables = z.array(z.enum(LAKE_TABLES)).min(1).max(LAKE_TABLES.length);

export const careBody = z
  .object({
    steps: z
      .array(z.enum(LAKE_STEPS))
      .min(1)
      .max(LAKE_STEPS.length)
      .default([...LAKE_STEPS]),
    tables: tables.optional().meta({ description: 'All tables where nothing else is said.' }),
    dryRun: z.boolean().default(false).meta({ description: 'Says what would be done, and changes nothing.' }),
  })
  .meta({ id: 'LakeCareRequest' });

export const carePath = z.object({
  id: z
    .string()
    .regex(/^[0-9a-zA-Z-]{1,64}$/)
    .meta({ description: 'The id that starting it answered.' }),
});

export const careStarted = z.object({ id: z.string() }).meta({ id: 'LakeCareStarted' });

const line = z.looseObject({
  table: z.string(),
  tagsSet: z.int(),
  tagsRemoved: z.int(),
  hoursCompacted: z.int(),
  filesBefore: z.int(),
  filesAfter: z.int(),
  snapshotsExpired: z.int(),
  orphansFound: z.int(),
  orphansRemoved: z.int(),
});

export const careRun = z
  .object({
    id: z.string(),
    state: z.enum(LAKE_CARE_STATES),
    result: z
      .object({ dryRun: z.boolean(), tables: z.array(line), failures: z.array(z.string()) })
      .nullable(),
  })
  .meta({ id: 'LakeCareRun', description: 'Tables of which something was done, and what failed.' });

export const lakeAnswer = z
  .object({
    tables: z.array(
      z.looseObject({
        table: z.string(),
        rows: z.int(),
        bytes: z.int(),
        dataFiles: z.int(),
        deleteFiles: z.int(),
        smallFiles: z.int(),
        mostSmallFiles: z.int(),
        hoursToCompact: z.int(),
        oldestToCompact: z.string().nullable(),
        hours: z.int(),
        snapshots: z.int(),
        tags: z.int(),
        oldestTag: z.looseObject({ name: z.string(), snapshotId: z.string(), madeAt: z.string() }).nullable(),
      }),
    ),
  })
  .meta({ id: 'LakeStatistics', description: 'What each table is made of.' });
