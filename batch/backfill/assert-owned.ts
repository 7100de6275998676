/** A shadow was folded by the erasures of that time. Whoever was erased since must not come back with it. */
import type { ErasureBook, EventOwners } from '../../domain/erasure/book.ts';
import { MarqueeError } from '../../domain/errors.ts';
import type { ProfileId } from '../../domain/ids.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { dropShadow, shadowTable, shadowTopics, stageShadow, type Shadow } from './overlay.ts';

/** Throws BACKFILL_MOVED where a row that would be put in is a surrogate's by now. */
export function assertOwned(
  lake: DuckDbLake,
  shadow: Shadow,
  book: Pick<ErasureBook, 'owners' | 'tombstones'>,
): Promise<void> {
  if (book.tombstones().length === 0) return Promise.resolve();
  return lake.read(async (connection) => {
    await stageShadow(connection, lake.reference, shadow);
    for (const topic of shadowTopics(shadow.files)) {
      // An erasure reaches all up to a place, so that the first of a profile tells.
      const { rowCount, columns } = await connection.query(
        `SELECT "partition", profile_id, CAST(min(raw_offset) AS DOUBLE) AS first FROM ${shadowTable(topic)}
        WHERE change <> 'removed' GROUP BY "partition", profile_id`,
      );
      const owners = new Map<number, EventOwners>();
      let erased = 0;
      for (let row = 0; row < rowCount; row += 1) {
        const profileId = String(columns['profile_id']!.values[row]) as ProfileId;
        const partition = Number(columns['partition']!.values[row]);
        // Of a partition once: they look through all erasures.
        const known = owners.get(partition) ?? book.owners(shadow.plan.generation, partition);
        owners.set(partition, known);
        if (known.ownerOf(profileId, Number(columns['first']!.values[row])) !== profileId) erased += 1;
      }
      if (erased > 0) {
        const reason = `${erased} profiles were erased since; start it again`;
        throw new MarqueeError('BACKFILL_MOVED', { table: topic, reason });
      }
    }
    await dropShadow(connection);
  });
}
