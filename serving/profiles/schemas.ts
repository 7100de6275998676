/** What `/v1/profiles` takes and answers. */
import { z } from 'zod';
import 'zod-openapi';
import { profileId } from '../../domain/ids.ts';
import { MEMORY_SPANS, type MemorySpan } from '../../domain/memory/state.ts';
import { SIGNAL_NAMES } from '../../domain/signals/registry.ts';
import { ROW_KINDS, WATCH_STATUSES } from '../../domain/ranking/types.ts';
import { PAIR_TAU_MS } from '../../domain/title-pairs.ts';
import { limitText } from '../api/parameters.ts';

const MOST_TITLES = 1000;
const MOST_PAIRS = 1000;
const MOST_WATCHED = 5000;
const MOST_NEARLINE = 500;

export const profilePath = z.object({
  id: z
    .string()
    .min(1)
    .max(128)
    .meta({ description: 'The profile id.', example: 'profile-1' })
    .transform(profileId),
});
export const impressionsQuery = z.object({ limit: limitText(MOST_TITLES) });
export const watchingQuery = z.object({ limit: limitText(MOST_WATCHED) });
export const nearlineQuery = z.object({ limit: limitText(MOST_NEARLINE) });
export const titlePairsQuery = z.object({ limit: limitText(MOST_PAIRS) });

const spans = MEMORY_SPANS.map(({ name, tauMs }) => [
  name,
  z.number().meta({ description: `Each impression weighs e^(−age / ${tauMs} ms).` }),
]);
const counts = z.object(Object.fromEntries(spans) as Record<MemorySpan, z.ZodNumber>).meta({
  id: 'DecayedCounts',
  description: 'Explicit impressions, the older the lighter, by time constant.',
});
const time = z.int().meta({ description: 'Event time, milliseconds since the epoch.' });
const seen = { counts, firstSeen: time, lastSeen: time };

const row = z
  .object({
    row: z.string().nullable().meta({ description: 'Null for the rows that were folded together.' }),
    ...seen,
  })
  .meta({ id: 'RowMemory' });

const title = z
  .object({
    titleId: z.string(),
    name: z.string().nullable().meta({ description: 'Null for a title that is not in the catalogue.' }),
    ...seen,
    lastDay: z.int().meta({ description: 'Impressions in this hour and the 23 before it.' }),
    playedAt: time.nullable().meta({ description: 'Newest start of a play, where it is remembered.' }),
    capped: z.boolean().meta({
      description: 'Shown SERVING_CAP_PER_DAY times or more in the last day, without being played in it.',
    }),
    weight: z.number().meta({ description: 'The factor by which rows discount it, from 0 to 1.' }),
    rows: z.array(row),
  })
  .meta({ id: 'TitleMemory' });

export const impressionsAnswer = z
  .object({
    profileId: z.string(),
    asOf: z.int().meta({ description: 'What the counts are as of, milliseconds since the epoch.' }),
    remembered: z.int().meta({ description: 'How many titles are remembered.' }),
    titles: z.array(title).meta({ description: 'The strongest by month first.' }),
  })
  .meta({ id: 'ProfileImpressions' });

export const signalsAnswer = z
  .object({
    profileId: z.string(),
    asOf: time,
    signals: z
      .array(
        z
          .object({
            signal: z.enum(SIGNAL_NAMES),
            subject: z.string().meta({ description: 'A title, series, genre, query or hour.' }),
            eventTime: time,
            expiresAt: time,
            value: z.number(),
            detail: z.looseObject({}).meta({ description: 'What led to it.' }),
          })
          .meta({ id: 'Signal' }),
      )
      .meta({ description: 'Those raised that have not expired, the newest first.' }),
  })
  .meta({ id: 'ProfileSignals' });

const named = z.object({
  titleId: z.string(),
  name: z.string().nullable().meta({ description: 'Null for a title that is not in the catalogue.' }),
});

export const titlePairsAnswer = z
  .object({
    profileId: z.string(),
    asOf: time,
    pairs: z
      .array(
        z
          .object({
            titles: z.array(named).length(2).meta({ description: 'Series for their episodes.' }),
            times: z.int().meta({ description: 'How often both were watched within the window.' }),
            newest: time.meta({ description: 'The last time, to the hour, milliseconds since the epoch.' }),
            strength: z.number().meta({
              description: `Each time weighs e^(−age / ${PAIR_TAU_MS} ms).`,
            }),
          })
          .meta({ id: 'TitlePair' }),
      )
      .meta({ description: 'The strongest first.' }),
  })
  .meta({ id: 'ProfileTitlePairs' });

const watched = z
  .object({
    ...named.shape,
    rootTitleId: z.string().meta({ description: 'Its series; itself where it has none.' }),
    at: time.meta({ description: 'Newest event.' }),
    startedAt: time.meta({ description: 'Newest start; the newest event where none came.' }),
    positionSeconds: z.number().nullable().meta({ description: 'Where to go on.' }),
    runtimeSeconds: z.number().nullable(),
    share: z.number().nullable().meta({ description: 'Position as a share of the runtime, 0 to 1.' }),
    status: z.enum(WATCH_STATUSES),
    finishedAt: time.nullable().meta({ description: 'When it was last seen to its end, in whatever play.' }),
  })
  .meta({ id: 'WatchedTitle' });

export const watchingAnswer = z
  .object({
    profileId: z.string(),
    asOf: time,
    watched: z.array(watched).meta({ description: 'Newest first.' }),
    list: z
      .array(z.object({ ...named.shape, addedAt: time }).meta({ id: 'ListedTitle' }))
      .meta({ description: 'My List, newest first.' }),
    ratings: z
      .array(z.object({ ...named.shape, at: time, rating: z.number() }).meta({ id: 'RatedTitle' }))
      .meta({ description: 'The newest of each title, newest first.' }),
  })
  .meta({ id: 'ProfileWatching' });

const version = z.int().nullable().meta({ description: 'Null where none was published.' });

export const nearlineAnswer = z
  .object({
    profileId: z.string(),
    rows: z.array(
      z
        .object({
          kind: z.enum(ROW_KINDS),
          subject: named.nullable().meta({ description: 'The title that the row is about.' }),
          titles: z
            .array(z.object({ ...named.shape, score: z.number() }))
            .meta({ description: 'Best first, of every country, whether or not they are available now.' }),
        })
        .meta({ id: 'NearlineRow' }),
    ),
    cause: z
      .object({
        topic: z.string(),
        partition: z.int(),
        offset: z.int(),
        appendTime: time.meta({ description: 'When it was logged; rows are ranked as of then.' }),
        eventTime: time,
      })
      .meta({ id: 'NearlineCause', description: 'The record that the rows were ranked for.' }),
    versions: z
      .object({ itemFactors: version, neighbours: version, rankingPolicy: version })
      .meta({ id: 'NearlineVersions', description: 'Of the views that they were ranked with.' }),
  })
  .meta({ id: 'ProfileNearline' });

export type NearlineAnswer = z.output<typeof nearlineAnswer>;
export type WatchingAnswer = z.output<typeof watchingAnswer>;
export type TitlePairsAnswer = z.output<typeof titlePairsAnswer>;
export type SignalsAnswer = z.output<typeof signalsAnswer>;
export type ImpressionsAnswer = z.output<typeof impressionsAnswer>;
