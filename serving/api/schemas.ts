/** What the API takes and answers: the schemas that validate are the ones that the OpenAPI document is made from. */
import { z } from 'zod';
import 'zod-openapi';
import { MEASURES, type Measure } from '../../domain/measures.ts';
import { COUNTED_TOPICS } from '../../domain/topics.ts';
import { INPUT_MODES, INPUT_TYPES } from '../home/inputs.ts';
import { WINDOWS } from '../rows/rankings.ts';
import { SOURCES } from '../standing.ts';

const offsets = z
  .object(
    Object.fromEntries(COUNTED_TOPICS.map((topic) => [topic, z.array(z.int())])) as {
      plays: z.ZodArray<z.ZodInt>;
      impressions: z.ZodArray<z.ZodInt>;
    },
  )
  .meta({ id: 'Offsets', description: 'Offsets by clean topic and partition.' });

const ofLater = z
  .string()
  .optional()
  .meta({ description: 'The topic generation, where it is a later one than that of the cut.' });

const hole = z
  .object({ topic: z.enum(COUNTED_TOPICS), partition: z.int(), block: z.int(), generation: ofLater })
  .meta({ id: 'Hole', description: 'A block of a partition that the speed view should hold and does not.' });

const lane = z.object({ topic: z.enum(COUNTED_TOPICS), partition: z.int(), generation: ofLater }).meta({
  id: 'Lane',
  description:
    'A partition whose log holds records past the watermark while no new marker came for SERVING_SPEED_SILENT_MS.',
});

const behind = z
  .object({
    records: z
      .int()
      .meta({ description: 'Records from the watermark to the end of the log, all partitions.' }),
    ageMs: z.number().meta({ description: 'How long ago the end of the log was asked for.' }),
  })
  .meta({ id: 'Behind', description: 'How far the watermark is behind the end of a clean topic.' });

/** What every answer says about itself. */
export const standing = {
  source: z.enum(SOURCES).meta({
    description:
      'merged: batch view and speed view. batch: the announced view alone. fallback: a copy nobody confirms, other titles in place of those asked for, or the catalogue.',
  }),
  fallbackReason: z.string().nullable().meta({ description: 'Why it is not merged.' }),
  viewVersion: z.int().nullable().meta({ description: 'Version of the view popularity.' }),
  cut: offsets.meta({ description: 'First offsets that the view does not count.' }),
  cutAgeMs: z.number().nullable().meta({ description: 'Age of the view.' }),
  watermark: offsets.meta({ description: 'Offsets up to which everything is counted.' }),
  generation: z.string().meta({ description: 'The topic generation that cut and watermark are of.' }),
  later: z.array(z.object({ generation: z.string(), watermark: offsets })).meta({
    description:
      'Topic generations after it, counted from their beginning; none but for a while after a change of generation.',
  }),
  behind: z
    .object({ plays: behind.nullable(), impressions: behind.nullable() })
    .meta({ description: 'By clean topic; null while the end of its log was never heard.' }),
  complete: z.boolean().meta({
    description:
      'True exactly when batch view and speed view are both counted, no block between cut and watermark is missing, ' +
      'the end of each clean log was heard within SERVING_SPEED_SILENT_MS, and no partition whose log goes on past ' +
      'the watermark went without a new marker for longer than that, as far as this process has seen. It does not ' +
      'say that the watermark is at the end of the log: `behind` says how far that was.',
  }),
  incompleteReason: z
    .string()
    .nullable()
    .meta({ description: 'Why it is not complete; null exactly when it is.' }),
  holes: z.array(hole).meta({ description: 'The first 100 missing blocks.' }),
  silent: z.array(lane).meta({ description: 'The first 100 partitions whose speed lane is silent.' }),
};

export const viewVersions = z
  .record(z.string(), z.int().nullable())
  .meta({ description: 'Version of every view; null for one that was never published.' });

export const inputsUsed = z
  .array(
    z.object({
      input: z.string(),
      type: z.enum(INPUT_TYPES),
      mode: z.enum(INPUT_MODES),
      version: z.int().nullable(),
    }),
  )
  .meta({ description: 'What it was made of.' });

const rowItem = z
  .object({
    titleId: z.string(),
    name: z.string(),
    rank: z.int().meta({ description: 'Position in the row, from 0, as impressions report it.' }),
    plays: z.number(),
    impressions: z.number(),
    cappedPlays: z.number().meta({
      description:
        'Plays of which each profile counts at most 3 a title and hour of the log; what trending goes by.',
    }),
    cappedImpressions: z.number().meta({ description: 'Impressions, capped in the same way.' }),
    takeRate: z
      .number()
      .nullable()
      .meta({ description: 'Plays per impression, smoothed; null when withheld.' }),
    score: z.number().nullable().meta({ description: 'What the row is ordered by.' }),
  })
  .meta({ id: 'RowItem' });

export const rowAnswer = z
  .object({
    row: z.enum(['trending', 'popular']),
    window: z.enum(WINDOWS).nullable(),
    country: z.string().nullable(),
    recommendationId: z
      .uuid()
      .meta({ description: 'Quote it in impressions and plays that come of this row.' }),
    ...standing,
    takeRateReason: z
      .string()
      .nullable()
      .meta({ description: 'Why every take rate of the row is withheld.' }),
    views: viewVersions,
    inputs: inputsUsed,
    items: z.array(rowItem),
  })
  .meta({ id: 'Row' });

const parts = z.object({ batch: z.number(), speed: z.number(), total: z.number() }).meta({
  id: 'Parts',
  description: 'What batch counted, what the speed layer counted past the cut, and the sum.',
});

const measures = Object.fromEntries(MEASURES.map((measure) => [measure, parts])) as Record<
  Measure,
  typeof parts
>;

const distinctProfiles = z
  .object({
    batch: z.int(),
    speed: z.int(),
    total: z.int(),
    relativeError: z.number().meta({ description: 'Standard error of the estimate, as a share of it.' }),
  })
  .meta({
    id: 'DistinctProfiles',
    description: 'HyperLogLog estimates. A profile may be in both parts: they do not add up to the total.',
  });

const rowCounts = z
  .object({
    row: z.string(),
    plays: z
      .int()
      .nullable()
      .meta({
        description:
          'Plays that came from the row, as attribution says by now: those since `rowPlaysSince`, as far back as the topic ' +
          'attributed-plays was kept when this process began, not since ever as impressions are. Null while not known.',
      }),
    impressions: parts,
    cappedImpressions: parts,
  })
  .meta({
    id: 'RowCounts',
    description: 'Impressions of the title in one row, and plays that came from there.',
  });

export const countsAnswer = z
  .object({
    titleId: z.string(),
    name: z.string().nullable().meta({ description: 'Null for a title that is not in the catalogue.' }),
    country: z.string().nullable(),
    ...measures,
    distinctProfiles: distinctProfiles.nullable().meta({
      description: 'Who started the title, in all countries; null where one country was asked for.',
    }),
    byRow: z.array(rowCounts).nullable().meta({
      description:
        'The 50 rows with most impressions, in all countries; null where one country was asked for.',
    }),
    rowPlaysSince: z.iso.datetime().nullable().meta({
      description:
        'When the oldest play counted by row was logged; null where none is, or they are not known.',
    }),
    takeRate: z.number().nullable(),
    takeRateReason: z.string().nullable().meta({ description: 'Why the take rate is withheld.' }),
    ...standing,
  })
  .meta({ id: 'TitleCounts' });

export const errorAnswer = z
  .looseObject({
    type: z.string().meta({ description: '`code` as a URI.', example: 'urn:marquee:error:REQUEST_INVALID' }),
    title: z.string().meta({ description: 'The status in words.' }),
    status: z.int(),
    detail: z.string().meta({ description: 'The same as `message`.' }),
    code: z.string().meta({ description: 'What went wrong; decide by this.', example: 'REQUEST_INVALID' }),
    message: z.string(),
    field: z.string().optional().meta({ description: 'The parameter or field that is wrong.' }),
    shape: z.string().optional().meta({ description: 'What it was.' }),
  })
  .meta({ id: 'Error', description: 'Problem details (RFC 9457).' });

export type RowAnswer = z.output<typeof rowAnswer>;
export type CountsAnswer = z.output<typeof countsAnswer>;
