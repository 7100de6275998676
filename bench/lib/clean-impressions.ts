/** Impressions as the extractor appends them: the sample events, enriched, about 1.2 KB as Avro. */
import type { CleanRecord, Impression } from '../../domain/events/event.ts';
import { FIELDS } from '../../domain/events/contract.ts';
import { sampleEvent } from './sample-events.ts';

const LAUNCH_MS = Date.UTC(2026, 3, 17);

/** Raw offsets follow the index. */
export function cleanImpression(index: number): CleanRecord<Impression> {
  const entries = Object.entries(sampleEvent(index));
  const isOwn = ([name]: [string, unknown]): boolean => name === 'kind' || Object.hasOwn(FIELDS, name);
  const own = Object.fromEntries(entries.filter(isOwn)) as unknown as Impression;
  const extra = JSON.stringify(Object.fromEntries(entries.filter((entry) => !isOwn(entry))));
  return {
    rawOffset: index,
    appendTime: own.eventTime + 40,
    timeStatus: 'ok',
    event: { ...own, extra },
    enriched: {
      profileHash: (index * 2_654_435_761) % 2 ** 52,
      rootTitleId: own.titleId,
      knownKind: 'film',
      genres: 'Drama|Thriller',
      runtimeSeconds: 6120,
      launchTime: LAUNCH_MS,
      pageKind: 'home',
      rowKind: own.row,
      rowIndex: index % 5,
      profileSegment: 'regular',
      profileMaturity: 16,
      profileCountry: own.country,
      profileAnswer: 'fresh',
      catalogueVersion: 12,
      pagesVersion: 3,
    },
  };
}
