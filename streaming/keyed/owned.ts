/** Records of logs that still name an erased profile, as its surrogate's. */
import type { ErasureBook, EventOwners } from '../../domain/erasure/book.ts';
import { strippedEvent } from '../../domain/erasure/strip.ts';
import type { DerivedRecord } from '../../domain/events/derived.ts';
import type { CleanRecord } from '../../domain/events/event.ts';
import { hashProfile } from '../../domain/hash.ts';
import type { ProfileId } from '../../domain/ids.ts';

/** Whose the records of a partition are. */
export interface RecordOwners {
  readonly events: EventOwners;
  readonly ownerAt: ErasureBook['ownerAt'];
}

export function ownedRecord(record: CleanRecord, { events }: RecordOwners): CleanRecord {
  if (record.rawOffset > events.reach()) return record;
  const { event, enriched, rawOffset } = record;
  const owner = events.ownerOf(event.profileId, rawOffset);
  if (owner === event.profileId) return record;
  const profileHash = enriched?.profileHash === undefined ? {} : { profileHash: hashProfile(owner) };
  return {
    ...record,
    event: strippedEvent(event, owner),
    ...(enriched && { enriched: { ...enriched, ...profileHash } }),
  };
}

export function ownedUpsert(record: DerivedRecord, { ownerAt }: RecordOwners): DerivedRecord {
  const { profileId } = record as { profileId?: ProfileId };
  if (profileId === undefined) return record;
  const owner = ownerAt(profileId, record.appendTime);
  return owner === profileId ? record : ({ ...record, profileId: owner } as DerivedRecord);
}
